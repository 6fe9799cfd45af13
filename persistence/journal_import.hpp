#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook {

struct import_options {
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  /// When the new segments are made.
  time_us now = 0;
  byte_progress progress;
};

struct import_report {
  /// The new journal's, and that of the one it was exported from.
  std::string journal_id;
  std::string source_journal_id;
  std::uint64_t segments = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  position_t last_position = 0;
  std::string last_digest;
  /// An earlier import into this directory had been interrupted; what it left was removed.
  bool was_interrupted = false;
};

/// Makes a journal of a JSON Lines export in an empty data directory: the same positions, versions, times, ids and
/// fingerprints, a journal id and digests of its own. Nothing is there before all of it is verified, read back and durable.
///
/// Errors: `unreadable_request` names the line that is not what must follow (form, position, version, time, commit) and covers
/// an export without its end; `invalid_argument` when the directory is not empty; those of the files.
result<import_report> import_journal(input_file& from, const std::filesystem::path& data_dir, const import_options& options,
                                     os_files& files = posix_files());

} // namespace daybook
