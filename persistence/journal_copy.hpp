#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/journal_walk.hpp"

namespace daybook {

/// Where a segment must stand in a journal.
struct segment_place {
  std::string journal_id;
  position_t first = 1;
  /// The chain's digest before it.
  digest_text previous{};
};

/// How far a segment verifies.
struct segment_end {
  /// Of the header and the commits that verify; 0: not even the header does, or it belongs elsewhere.
  std::uint64_t bytes = 0;
  std::uint64_t commits = 0;
  position_t last_position = 0;
  digest_text digest{};
  /// Why it does not go on behind them; empty at the file's end.
  std::string problem;
};

using commit_visitor = std::function<void(const scanned_commit&)>;

/// Verifies a segment from its header on.
result<segment_end> scan_segment(const segment_file& in, const segment_place& place, const commit_visitor& visit = {});

/// The digest that stands at the end of a segment: what vouches for all of it. Nothing where none stands there.
result<std::string> digest_at_end(const segment_file& in);

/// Copies a file's first bytes into a file that is made anew, and returns when they are on the device.
result<done> copy_bytes(const file_system& files, const file& from, std::uint64_t bytes, const std::filesystem::path& to);

/// A segment, or the part of it that is verified, that was copied, read back and verified again.
struct segment_copy {
  std::string name;
  position_t first = 0;
  segment_end end;
  /// Where it is; durable but for its name in the directory.
  std::filesystem::path path;
};

/// Walks on to the end and copies what it gives: one file for each segment that has a commit.
/// `journal_damaged` where there is damage; what was copied is then there, too.
/// @param suffix is appended to each segment's name.
result<std::vector<segment_copy>> copy_segments(journal_walk& walk, const file_system& files, const std::filesystem::path& into,
                                                const std::string& suffix, const commit_visitor& visit,
                                                const byte_progress& progress);

/// The error that damage found by a walk is told with.
error damage_error(const journal_damage& damage, const std::filesystem::path& data_dir);

} // namespace daybook
