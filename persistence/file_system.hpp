#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/domain/result.hpp"

namespace daybook {

/// An open file. Reads may come from any thread at any time; changes belong to one thread.
/// Errors name the path and the system's reason: `disk_full` for want of room, `io_error` for everything else.
class file {
public:
  virtual ~file() = default;

  /// Fills `into` with up to `size` bytes from `offset` on; returns how many there were, fewer only at the file's end.
  virtual result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const = 0;

  /// Writes all of `bytes`; after an error any part of them may have been written.
  virtual result<done> write_at(std::uint64_t offset, std::string_view bytes) = 0;

  /// Returns when contents and size are on the device. After an error nothing written since the last success may be
  /// trusted, and asking again proves nothing: the kernel reports a lost page once.
  virtual result<done> sync() = 0;

  virtual result<done> truncate(std::uint64_t size) = 0;

  virtual result<std::uint64_t> size() const = 0;
};

/// What a file is opened for. Only `create` makes one; it also empties one that is there.
enum class open_mode : std::uint8_t { read, write, create };

/// Held as long as it lives; the process's end releases it in any case.
class directory_lock {
public:
  virtual ~directory_lock() = default;
};

/// Every call of the journal that reaches the operating system: the seam where tests fail, record or reorder them.
/// Thread-safe. A missing file or directory is `not_found`.
class file_system {
public:
  virtual ~file_system() = default;

  virtual result<std::unique_ptr<file>> open(const std::filesystem::path& path, open_mode mode) = 0;

  /// The names in a directory, in byte order.
  virtual result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;

  /// Makes one directory; one that is there already is fine.
  virtual result<done> make_directory(const std::filesystem::path& path) = 0;

  /// Replaces `to` in one step. Durable after `sync_directory`.
  virtual result<done> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;

  virtual result<done> remove(const std::filesystem::path& path) = 0;

  /// Returns when the directory's entries (files made, renamed, removed in it) are on the device.
  virtual result<done> sync_directory(const std::filesystem::path& directory) = 0;

  /// Takes the lock file at `path`, made if need be, and writes this process's id into it; `directory_in_use`, with the
  /// holder's id, when another holds it.
  virtual result<std::unique_ptr<directory_lock>> lock(const std::filesystem::path& path) = 0;
};

/// The operating system's files. Lives as long as the process.
file_system& posix_file_system();

/// Makes a directory and those above it, each one durable before the next.
result<done> make_directories(file_system& files, const std::filesystem::path& path);

/// A small file's whole contents.
result<std::string> read_whole(const file& from);

} // namespace daybook
