#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook {

// A backup is a directory with `journal/`, as a data directory has it, and `backup.json`, which says how far it goes. Whatever
// checks a data directory checks a backup.

/// What a backup or a restore did.
struct copy_report {
  std::string journal_id;
  /// The last event that is in it, and the chain's digest there.
  position_t last_position = 0;
  std::string last_digest;
  std::uint64_t segments = 0;
  std::uint64_t copied_segments = 0;
  std::uint64_t copied_bytes = 0;
  /// Of a restore: an earlier one had been interrupted.
  bool was_interrupted = false;
};

/// Copies a journal into a backup directory, made when missing, while a node may be writing: up to the last commit that is
/// known to be durable. Sealed segments that are there are not copied again. What is copied is read back and verified, and only
/// then takes its place; the backup can be restored at every moment of it.
///
/// Errors: `invalid_argument` when the directory holds something else: another journal, or one that this journal is behind of
/// or has left; `journal_damaged` when the journal is (the backup stays as it was); `directory_in_use` when another backup is
/// under way; `disk_full`, `io_error`, `storage_failed`.
result<copy_report> backup_journal(const std::filesystem::path& data_dir, const std::filesystem::path& backup_dir, time_us now,
                                   const byte_progress& progress = {}, os_files& files = posix_files());

/// Brings a backup into an empty data directory, verified before and after, durable when this returns.
///
/// Errors: `invalid_argument` when the data directory is not empty; `not_found` when there is no finished backup;
/// `journal_damaged` when it does not verify, or holds less than `backup.json` says.
result<copy_report> restore_journal(const std::filesystem::path& backup_dir, const std::filesystem::path& data_dir,
                                    const byte_progress& progress = {}, os_files& files = posix_files());

} // namespace daybook
