#include "daybook/persistence/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace daybook {
namespace {

error failure(std::string_view action, const std::filesystem::path& path, os_outcome outcome) {
  const auto number = static_cast<int>(-outcome);
  auto code = errc::io_error;
  if (number == ENOSPC || number == EDQUOT)
    code = errc::disk_full;
  else if (number == ENOENT)
    code = errc::not_found;
  return {code, fmt::format("cannot {} {}: {}", action, path.string(), std::generic_category().message(number))};
}

result<done> checked(std::string_view action, const std::filesystem::path& path, os_outcome outcome) {
  if (outcome < 0)
    return failure(action, path, outcome);
  return done{};
}

/// A signal is no reason to give up; a thousand of them for one call are.
template <class Call>
os_outcome retried(Call call) {
  auto outcome = call();
  for (int i = 0; outcome == -EINTR && i < 1000; ++i)
    outcome = call();
  return outcome;
}

} // namespace

file::file(std::unique_ptr<os_file> opened, std::filesystem::path path) :
    opened_(std::move(opened)), path_(std::move(path)) {
  // nop
}

result<std::size_t> file::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  std::size_t total = 0;
  while (total < size) {
    const auto count = retried([&] { return opened_->read(offset + total, into + total, size - total); });
    if (count < 0)
      return failure("read", path_, count);
    if (count == 0)
      break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

result<done> file::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = retried([&] { return opened_->write(offset, bytes.data(), bytes.size()); });
    if (count <= 0)
      return failure("write", path_, count < 0 ? count : -ENOSPC);
    offset += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return done{};
}

/// EINTR is not tried again: whether the first attempt lost something cannot be known.
result<done> file::sync() {
  return checked("sync", path_, opened_->sync());
}

result<done> file::truncate(std::uint64_t size) {
  return checked("shorten", path_, retried([&] { return opened_->truncate(size); }));
}

result<done> file::allocate(std::uint64_t size) {
  return checked("take room for", path_, retried([&] { return opened_->allocate(size); }));
}

result<std::uint64_t> file::size() const {
  const auto size = retried([&] { return opened_->size(); });
  if (size < 0)
    return failure("look at", path_, size);
  return static_cast<std::uint64_t>(size);
}

result<std::unique_ptr<file>> file_system::open(const std::filesystem::path& path, open_mode mode) const {
  std::unique_ptr<os_file> opened;
  const auto outcome = retried([&] { return system_->open(path, mode, opened); });
  if (outcome < 0)
    return failure("open", path, outcome);
  return std::make_unique<file>(std::move(opened), path);
}

result<std::vector<std::string>> file_system::list(const std::filesystem::path& directory) const {
  std::vector<std::string> names;
  const auto outcome = retried([&] {
    names.clear();
    return system_->list(directory, names);
  });
  if (outcome < 0)
    return failure("list", directory, outcome);
  std::sort(names.begin(), names.end());
  return names;
}

bool file_system::is_directory(const std::filesystem::path& path) const {
  return retried([&] { return system_->is_directory(path); }) == 1;
}

result<done> file_system::make_directory(const std::filesystem::path& path) const {
  if (is_directory(path))
    return done{};
  const auto made = retried([&] { return system_->make_directory(path); });
  if (made == -EEXIST && is_directory(path))
    return done{};
  return checked("make directory", path, made);
}

result<done> file_system::make_directories(const std::filesystem::path& path) const {
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (path.empty() || path == parent)
    return done{};
  if (auto made = make_directories(parent); !made)
    return made;
  const bool was_there = is_directory(path);
  if (auto made = make_directory(path); !made)
    return made;
  // Also of those that were there: an earlier process may have made them and been killed before it could sync them.
  const auto synced = system_->sync_directory(parent);
  const bool is_not_ours = was_there && (synced == -EACCES || synced == -EPERM || synced == -EROFS || synced == -EINVAL);
  if (synced >= 0 || is_not_ours)
    return done{};
  // A second sync may say success over a name that this one lost: the next attempt has to make it anew. One with something in
  // it stays; it was synced before that was made.
  system_->remove(path);
  return checked("sync directory", parent, synced);
}

result<done> file_system::rename(const std::filesystem::path& from, const std::filesystem::path& to) const {
  return checked("rename", from, retried([&] { return system_->rename(from, to); }));
}

result<done> file_system::remove(const std::filesystem::path& path) const {
  return checked("remove", path, retried([&] { return system_->remove(path); }));
}

result<done> file_system::sync_directory(const std::filesystem::path& directory) const {
  return checked("sync directory", directory, system_->sync_directory(directory));
}

result<std::unique_ptr<directory_lock>> file_system::lock(const std::filesystem::path& path) const {
  std::unique_ptr<directory_lock> taken;
  std::int64_t holder = 0;
  const auto outcome = retried([&] { return system_->lock(path, taken, holder); });
  if (outcome == -EWOULDBLOCK)
    return error{errc::directory_in_use,
                 fmt::format("{} has {} open ({}): stop it first, or connect to it",
                             holder > 0 ? fmt::format("process {}", holder) : std::string{"another process"},
                             path.parent_path().parent_path().string(), path.string())};
  if (outcome < 0)
    return failure("lock", path, outcome);
  return taken;
}

result<std::string> read_whole(const file& from, std::uint64_t limit) {
  const auto size = from.size();
  if (!size)
    return size.error();
  if (*size > limit)
    return error{errc::io_error, fmt::format("a file has {} bytes where at most {} are expected", *size, limit)};
  std::string contents(*size, '\0');
  const auto count = from.read_at(0, contents.data(), contents.size());
  if (!count)
    return count.error();
  contents.resize(*count);
  return contents;
}

} // namespace daybook
