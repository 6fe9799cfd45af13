#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook {

/// What reading every byte of a journal found. Position and digest are a receipt: whoever keeps them can prove later that
/// nothing up to there was changed.
struct verify_report {
  bool intact = true;
  std::uint64_t segments = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::string journal_id;
  position_t last_position = 0;
  std::string last_digest;
  /// Bytes behind the last commit: being written by a running node, or a tail that the next start cuts.
  std::uint64_t unfinished_bytes = 0;
  /// Where the damage is, when not intact: the segment's file name, the byte in it, the position that should be there.
  std::string damaged_segment;
  std::uint64_t damaged_offset = 0;
  position_t damaged_position = 0;
  std::string damage;
  /// The first receipt (by position) that does not fit, 0: all do; why, and the first position that is in doubt: the one behind
  /// the last receipt that fits.
  position_t unmet_position = 0;
  std::string unmet;
  position_t doubt_from = 0;
};

/// Receipts of earlier verifications: positions and the digests that were noted there.
using noted_digests = std::vector<std::pair<position_t, std::string>>;

/// The journal's size, without reading its events.
struct stat_report {
  std::string journal_id;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  position_t first_position = 0;
  position_t last_position = 0;
  time_us created_at = 0;
  time_us last_recorded_at = 0;
  std::uint64_t index_bytes = 0;
};

/// Told how many bytes of how many have been read.
using byte_progress = std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>;

struct verify_options {
  /// What must be so, in any order.
  noted_digests expected;
  byte_progress progress;
};

/// Verifies every byte, by the rules of a start and with the same evidence, without the lock: also beside a running node.
/// Damage and receipts that do not fit are in the report; the result is an error only when there is no journal or it cannot be
/// read (`not_found`, `journal_damaged`, `io_error`, `unsupported_format`). Changes nothing.
result<verify_report> verify_journal(const std::filesystem::path& data_dir, const verify_options& options = {},
                                     os_files& files = posix_files());

/// Sizes and ends of a journal, without the lock. Reads the last segment only.
result<stat_report> stat_journal(const std::filesystem::path& data_dir, os_files& files = posix_files());

} // namespace daybook
