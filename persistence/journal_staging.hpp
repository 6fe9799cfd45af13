#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"

namespace daybook {

/// A journal in the making, in DIR/journal.new of an empty data directory: it appears as DIR/journal in one step, when it is
/// whole and durable. What an interruption leaves is no journal, and is cleared away by the next attempt. Belongs to one
/// thread.
class journal_staging {
public:
  /// `invalid_argument` when the data directory is not empty, `directory_in_use` when another is at it.
  static result<journal_staging> begin(const std::filesystem::path& data_dir, os_files& files);

  /// Where segments are put.
  const std::filesystem::path& dir() const noexcept { return dir_; }
  /// Whether an earlier attempt was interrupted.
  bool was_interrupted() const noexcept { return was_interrupted_; }

  /// Makes it the journal; requires that its files are durable. Returns when the journal is.
  result<done> publish();

  /// Removes what is there.
  void give_up();

private:
  journal_staging(std::filesystem::path data_dir, os_files& files);
  result<done> check_empty() const;
  result<bool> clear() const;
  result<done> make_way() const;

  std::filesystem::path data_dir_;
  std::filesystem::path dir_;
  file_system files_;
  std::unique_ptr<directory_lock> lock_;
  bool was_interrupted_ = false;
};

} // namespace daybook
