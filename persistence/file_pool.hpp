#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "daybook/persistence/file_system.hpp"

namespace daybook {

/// Files that are only read, and of which there may be more than a process may have open: each is opened when it is read, and
/// those that were read last stay open for the next time. Copies share what is open. Thread-safe, and so are its files.
class file_pool {
public:
  /// @param system outlives the pool and its files.
  /// @param most_open at least 1.
  file_pool(os_files& system, std::size_t most_open);

  /// A file that can be read and nothing else. One that is not there, or that cannot be opened, says so when it is read. It
  /// may outlive the pool.
  std::unique_ptr<file> at(const std::filesystem::path& path) const;

  /// Closes those that nobody has read since this was called before.
  void close_unread() const noexcept;

private:
  class lender;
  class lent_file;

  std::shared_ptr<lender> lender_;
};

} // namespace daybook
