#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace daybook {

/// What one call of the operating system came to: a count (0 where there is nothing to count), or minus its `errno`.
using os_outcome = std::int64_t;

/// An open file, one call of the operating system at a time. Reads may come from any thread at any time; changes belong to
/// one thread. Closed when destroyed.
class os_file {
public:
  virtual ~os_file() = default;

  /// May read fewer bytes than asked for; 0 at the file's end.
  virtual os_outcome read(std::uint64_t offset, char* into, std::size_t size) const = 0;

  /// May write fewer bytes than asked for.
  virtual os_outcome write(std::uint64_t offset, const char* from, std::size_t size) = 0;

  /// `fdatasync`: contents and size.
  virtual os_outcome sync() = 0;

  virtual os_outcome truncate(std::uint64_t size) = 0;

  /// Gives the first `size` bytes room on the device, the file's size included; -ENOSPC where there is none.
  virtual os_outcome allocate(std::uint64_t size) = 0;

  virtual os_outcome size() const = 0;
};

/// What a file is opened for. Only `create` makes one; it also empties one that is there. `update` makes one where none is,
/// and leaves the contents of one that is there.
enum class open_mode : std::uint8_t { read, write, create, update };

/// Held as long as it lives; the process's end releases it in any case.
class directory_lock {
public:
  virtual ~directory_lock() = default;
};

/// Every call of the journal that reaches the operating system: the seam where tests record, fail and reorder them. It
/// speaks as the kernel does, interrupted calls and short writes included, so that what is above it (`file_system`) is
/// tested, too. Thread-safe.
class os_files {
public:
  virtual ~os_files() = default;

  virtual os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) = 0;

  /// The names in a directory, in no order.
  virtual os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) = 0;

  /// Makes one directory; -EEXIST where something of that name is.
  virtual os_outcome make_directory(const std::filesystem::path& path) = 0;

  /// 1 for a directory, 0 for anything else that is there; -ENOENT.
  virtual os_outcome is_directory(const std::filesystem::path& path) = 0;

  /// Replaces `to` in one step.
  virtual os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;

  /// A file, or a directory that is empty.
  virtual os_outcome remove(const std::filesystem::path& path) = 0;

  /// `fsync` of a directory: the files that were made, renamed and removed in it.
  virtual os_outcome sync_directory(const std::filesystem::path& directory) = 0;

  /// Takes the lock file at `path`, made if need be, and writes this process's id into it. -EWOULDBLOCK when another holds
  /// it; `holder` is then that process's id, as far as it can be known, else 0.
  virtual os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) = 0;
};

/// The operating system's own. Lives as long as the process.
os_files& posix_files();

} // namespace daybook
