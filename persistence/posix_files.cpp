#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daybook/persistence/os_files.hpp"

namespace daybook {
namespace {

os_outcome outcome_of(std::int64_t returned) noexcept {
  return returned < 0 ? -errno : returned;
}

/// Owns a descriptor.
class descriptor {
public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  int get() const noexcept { return number_; }

private:
  int number_;
};

/// Opens above the standard streams: a library that prints to a closed standard error must not write into a journal.
os_outcome open_descriptor(const std::filesystem::path& path, int flags, descriptor& into) {
  descriptor opened{::open(path.c_str(), flags | O_CLOEXEC, 0644)};
  if (opened.get() < 0)
    return -errno;
  if (opened.get() > STDERR_FILENO) {
    into = std::move(opened);
    return 0;
  }
  into = descriptor{::fcntl(opened.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  return outcome_of(into.get() < 0 ? -1 : 0);
}

class posix_file final : public os_file {
public:
  explicit posix_file(descriptor opened) noexcept : descriptor_(std::move(opened)) {}

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    return outcome_of(::pread(descriptor_.get(), into, size, static_cast<off_t>(offset)));
  }

  os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
    return outcome_of(::pwrite(descriptor_.get(), from, size, static_cast<off_t>(offset)));
  }

  os_outcome sync() override { return outcome_of(::fdatasync(descriptor_.get())); }

  os_outcome truncate(std::uint64_t size) override {
    return outcome_of(::ftruncate(descriptor_.get(), static_cast<off_t>(size)));
  }

  os_outcome allocate(std::uint64_t size) override {
    return -::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(size));
  }

  os_outcome size() const override {
    struct ::stat status{};
    const auto returned = ::fstat(descriptor_.get(), &status);
    return returned < 0 ? outcome_of(returned) : static_cast<os_outcome>(status.st_size);
  }

private:
  descriptor descriptor_;
};

/// flock belongs to the open file: unlike a POSIX record lock it survives that some library opens and closes the file.
class posix_lock final : public directory_lock {
public:
  explicit posix_lock(descriptor held) noexcept : held_(std::move(held)) {}

private:
  descriptor held_;
};

std::int64_t process_named_in(const descriptor& lock_file) {
  char text[24];
  const auto count = ::pread(lock_file.get(), text, sizeof text, 0);
  std::int64_t pid = 0;
  if (count > 0)
    std::from_chars(text, text + count, pid);
  return pid;
}

class posix_os_files final : public os_files {
public:
  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override {
    descriptor opened{-1};
    if (const auto outcome = open_descriptor(path, flags_of(mode), opened); outcome < 0)
      return outcome;
    into = std::make_unique<posix_file>(std::move(opened));
    return 0;
  }

  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override {
    const std::unique_ptr<::DIR, int (*)(::DIR*)> entries{::opendir(directory.c_str()), &::closedir};
    if (!entries)
      return -errno;
    for (;;) {
      errno = 0;
      const auto* entry = ::readdir(entries.get());
      if (entry == nullptr)
        return -errno;
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        into.emplace_back(entry->d_name);
    }
  }

  os_outcome make_directory(const std::filesystem::path& path) override {
    return outcome_of(::mkdir(path.c_str(), 0755));
  }

  os_outcome is_directory(const std::filesystem::path& path) override {
    struct ::stat status{};
    const auto returned = ::stat(path.c_str(), &status);
    return returned < 0 ? outcome_of(returned) : os_outcome{S_ISDIR(status.st_mode)};
  }

  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return outcome_of(::rename(from.c_str(), to.c_str()));
  }

  os_outcome remove(const std::filesystem::path& path) override { return outcome_of(::remove(path.c_str())); }

  os_outcome sync_directory(const std::filesystem::path& directory) override {
    descriptor opened{-1};
    if (const auto outcome = open_descriptor(directory, O_RDONLY | O_DIRECTORY, opened); outcome < 0)
      return outcome;
    return outcome_of(::fsync(opened.get()));
  }

  os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) override {
    descriptor opened{-1};
    if (const auto outcome = open_descriptor(path, O_RDWR | O_CREAT, opened); outcome < 0)
      return outcome;
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
      const auto outcome = -errno;
      holder = process_named_in(opened);
      return outcome;
    }
    const auto pid = fmt::format("{}\n", ::getpid());
    // The pid is for humans: the lock holds without it, also on a full disk.
    if (::ftruncate(opened.get(), 0) != 0 || ::pwrite(opened.get(), pid.data(), pid.size(), 0) < 0)
      errno = 0;
    into = std::make_unique<posix_lock>(std::move(opened));
    return 0;
  }

private:
  static int flags_of(open_mode mode) noexcept {
    switch (mode) {
      case open_mode::read: return O_RDONLY;
      case open_mode::write: return O_RDWR;
      case open_mode::create: return O_RDWR | O_CREAT | O_TRUNC;
      case open_mode::update: return O_RDWR | O_CREAT;
    }
    return O_RDONLY;
  }
};

/// Has no state: made before the program runs, so that no two threads meet in its making.
posix_os_files all_of_posix;

} // namespace

os_files& posix_files() {
  return all_of_posix;
}

} // namespace daybook
