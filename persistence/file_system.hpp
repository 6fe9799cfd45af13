#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook {

/// An open file whose calls are carried through: interrupted and short ones are gone on with. Reads may come from any thread
/// at any time; changes belong to one thread. Errors name the path and the system's reason: `disk_full` for want of room,
/// `io_error` for everything else.
class file {
public:
  file(std::unique_ptr<os_file> opened, std::filesystem::path path);

  /// Fills `into` with up to `size` bytes from `offset` on; returns how many there were, fewer only at the file's end.
  result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const;

  /// Writes all of `bytes`; after an error any part of them may have been written.
  result<done> write_at(std::uint64_t offset, std::string_view bytes);

  /// Returns when contents and size are on the device. After an error nothing written since the last success may be
  /// trusted, and asking again proves nothing: the kernel reports a lost page once.
  result<done> sync();

  result<done> truncate(std::uint64_t size);

  /// Takes room on the device for the file's first `size` bytes.
  result<done> allocate(std::uint64_t size);

  result<std::uint64_t> size() const;

private:
  std::unique_ptr<os_file> opened_;
  std::filesystem::path path_;
};

/// The journal's way to files: `os_files` with calls carried through and errors in words. A missing file or directory is
/// `not_found`. A value; thread-safe as `os_files` is, which outlives it.
class file_system {
public:
  explicit file_system(os_files& system) noexcept : system_(&system) {}

  result<std::unique_ptr<file>> open(const std::filesystem::path& path, open_mode mode) const;

  /// The names in a directory, in byte order.
  result<std::vector<std::string>> list(const std::filesystem::path& directory) const;

  /// Makes one directory, which need not be durable; one that is there already is fine.
  result<done> make_directory(const std::filesystem::path& path) const;

  /// Makes a directory and those above it; those that are there already are fine. The names of all of them are on the device
  /// when this returns; of a directory above that was there and that we may not sync, that is taken for granted.
  result<done> make_directories(const std::filesystem::path& path) const;

  /// Replaces `to` in one step. Durable after `sync_directory`.
  result<done> rename(const std::filesystem::path& from, const std::filesystem::path& to) const;

  result<done> remove(const std::filesystem::path& path) const;

  /// Returns when the directory's entries (files made, renamed, removed in it) are on the device.
  result<done> sync_directory(const std::filesystem::path& directory) const;

  /// Takes the lock file at `path`; `directory_in_use`, with the holder's process id, when another holds it.
  result<std::unique_ptr<directory_lock>> lock(const std::filesystem::path& path) const;

private:
  bool is_directory(const std::filesystem::path& path) const;

  os_files* system_;
};

/// A small file's whole contents; `io_error` when it has more than `limit` bytes.
result<std::string> read_whole(const file& from, std::uint64_t limit = std::uint64_t{1} << 32);

} // namespace daybook
