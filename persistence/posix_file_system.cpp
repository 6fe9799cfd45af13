#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daybook/persistence/file_system.hpp"

namespace daybook {
namespace {

error failure(std::string_view action, const std::filesystem::path& path, int number) {
  auto code = errc::io_error;
  if (number == ENOSPC || number == EDQUOT)
    code = errc::disk_full;
  else if (number == ENOENT)
    code = errc::not_found;
  return {code, fmt::format("cannot {} {}: {}", action, path.string(), std::generic_category().message(number))};
}

template <class Call>
auto retried(Call call) {
  auto outcome = call();
  while (outcome == -1 && errno == EINTR)
    outcome = call();
  return outcome;
}

/// Owns a descriptor.
class descriptor {
public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  int get() const noexcept { return number_; }

private:
  int number_;
};

/// Opens above the standard streams: a library that prints to a closed standard error must not write into a journal.
result<descriptor> open_descriptor(const std::filesystem::path& path, int flags) {
  descriptor opened{retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); })};
  if (opened.get() < 0)
    return failure("open", path, errno);
  if (opened.get() > STDERR_FILENO)
    return opened;
  descriptor moved{::fcntl(opened.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  if (moved.get() < 0)
    return failure("open", path, errno);
  return moved;
}

class posix_file final : public file {
public:
  posix_file(descriptor opened, std::filesystem::path path) : descriptor_(std::move(opened)), path_(std::move(path)) {}

  result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const override {
    std::size_t total = 0;
    while (total < size) {
      const auto count = retried(
        [&] { return ::pread(descriptor_.get(), into + total, size - total, static_cast<off_t>(offset + total)); });
      if (count < 0)
        return failure("read", path_, errno);
      if (count == 0)
        break;
      total += static_cast<std::size_t>(count);
    }
    return total;
  }

  result<done> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto count = retried(
        [&] { return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count <= 0)
        return failure("write", path_, count < 0 ? errno : ENOSPC);
      offset += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return done{};
  }

  /// EINTR is not tried again: whether the first attempt lost something cannot be known.
  result<done> sync() override {
    if (::fdatasync(descriptor_.get()) != 0)
      return failure("sync", path_, errno);
    return done{};
  }

  result<done> truncate(std::uint64_t size) override {
    if (retried([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0)
      return failure("shorten", path_, errno);
    return done{};
  }

  result<std::uint64_t> size() const override {
    struct ::stat status{};
    if (::fstat(descriptor_.get(), &status) != 0)
      return failure("look at", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

private:
  descriptor descriptor_;
  std::filesystem::path path_;
};

/// flock belongs to the open file: unlike a POSIX record lock it survives that some library opens and closes the file.
class posix_lock final : public directory_lock {
public:
  explicit posix_lock(descriptor held) : held_(std::move(held)) {}

private:
  descriptor held_;
};

error in_use(const descriptor& lock_file, const std::filesystem::path& path) {
  char text[24];
  const auto count = ::pread(lock_file.get(), text, sizeof text, 0);
  long pid = 0;
  if (count > 0)
    std::from_chars(text, text + count, pid);
  const auto holder = pid > 0 ? fmt::format("process {}", pid) : std::string("another process");
  return {errc::directory_in_use,
          fmt::format("{} has {} open ({}): stop it first, or connect to it", holder,
                      path.parent_path().parent_path().string(), path.string())};
}

class posix_files final : public file_system {
public:
  result<std::unique_ptr<file>> open(const std::filesystem::path& path, open_mode mode) override {
    auto flags = O_RDONLY;
    if (mode == open_mode::write)
      flags = O_RDWR;
    else if (mode == open_mode::create)
      flags = O_RDWR | O_CREAT | O_TRUNC;
    auto opened = open_descriptor(path, flags);
    if (!opened)
      return opened.error();
    return std::unique_ptr<file>(std::make_unique<posix_file>(std::move(*opened), path));
  }

  result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    std::vector<std::string> names;
    std::error_code cause;
    auto entries = std::filesystem::directory_iterator(directory, cause);
    for (; !cause && entries != std::filesystem::directory_iterator(); entries.increment(cause))
      names.push_back(entries->path().filename().string());
    if (cause)
      return failure("list", directory, cause.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  result<done> make_directory(const std::filesystem::path& path) override {
    if (::mkdir(path.c_str(), 0755) == 0)
      return done{};
    const auto cause = errno;
    std::error_code ignored;
    if (cause == EEXIST && std::filesystem::is_directory(path, ignored))
      return done{};
    return failure("make directory", path, cause);
  }

  result<done> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return failure("rename", from, errno);
    return done{};
  }

  result<done> remove(const std::filesystem::path& path) override {
    if (::unlink(path.c_str()) != 0)
      return failure("remove", path, errno);
    return done{};
  }

  result<done> sync_directory(const std::filesystem::path& directory) override {
    auto opened = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
    if (!opened)
      return opened.error();
    if (::fsync(opened->get()) != 0)
      return failure("sync directory", directory, errno);
    return done{};
  }

  result<std::unique_ptr<directory_lock>> lock(const std::filesystem::path& path) override {
    auto opened = open_descriptor(path, O_RDWR | O_CREAT);
    if (!opened)
      return opened.error();
    if (retried([&] { return ::flock(opened->get(), LOCK_EX | LOCK_NB); }) != 0)
      return errno == EWOULDBLOCK ? in_use(*opened, path) : failure("lock", path, errno);
    const auto pid = fmt::format("{}\n", ::getpid());
    // The pid is for humans: the lock holds without it, also on a full disk.
    if (::ftruncate(opened->get(), 0) != 0 || ::pwrite(opened->get(), pid.data(), pid.size(), 0) < 0)
      errno = 0;
    return std::unique_ptr<directory_lock>(std::make_unique<posix_lock>(std::move(*opened)));
  }
};

} // namespace

file_system& posix_file_system() {
  static posix_files files;
  return files;
}

result<done> make_directories(file_system& files, const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored))
    return done{};
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (parent != path)
    if (auto made = make_directories(files, parent); !made)
      return made;
  if (auto made = files.make_directory(path); !made)
    return made;
  return files.sync_directory(parent);
}

result<std::string> read_whole(const file& from) {
  const auto size = from.size();
  if (!size)
    return size.error();
  std::string contents(*size, '\0');
  const auto count = from.read_at(0, contents.data(), contents.size());
  if (!count)
    return count.error();
  contents.resize(*count);
  return contents;
}

} // namespace daybook
