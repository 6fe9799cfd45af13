#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_rescue.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook {

struct repair_options {
  /// Else it is only said what would be done.
  bool carry_out = false;
  /// A backup of the journal to take segments from; empty: none.
  std::filesystem::path backup_dir;
  byte_progress progress;
};

enum class repair_action : std::uint8_t {
  /// The segment is put together from the backup, and from what follows there in the segment itself.
  take_from_backup,
  /// The segment is cut before the damage.
  cut,
  /// The segment is taken out of the journal.
  set_aside,
};

/// "take_from_backup", "cut", "set_aside".
std::string_view name(repair_action action) noexcept;

struct repair_step {
  repair_action action = repair_action::cut;
  std::string segment;
  /// Where the segment is kept as it was; empty where there was none.
  std::string kept_as;
};

struct repair_report {
  bool is_needed = false;
  bool is_done = false;
  std::string journal_id;
  /// What is wrong, in words.
  std::vector<std::string> damages;
  std::vector<repair_step> steps;
  /// With what the journal ends when it is repaired.
  position_t last_position = 0;
  std::string last_digest;
  /// Commits behind that which still verify in themselves: they go into a file of their own, as JSON Lines.
  std::uint64_t rescued_commits = 0;
  std::uint64_t rescued_events = 0;
  std::string rescued_file;
  /// What was there and is neither in the journal nor rescued; orders as far as they can be read.
  std::vector<position_range> lost;
  std::vector<std::string> lost_streams;
};

/// Finds what `journal verify` calls damage, and mends it: with a backup, by taking damaged and missing segments from it, as
/// far as the chain joins; without, or where that is not enough, by ending the journal before the damage. Nothing is written
/// over: what was there is kept as `….damaged-N`. The index directory and the view are removed, the next start makes them
/// anew. Interrupted at any moment it leaves damage that is still found, or a repaired journal, and can be begun again.
///
/// Needs the directory's lock (`directory_in_use`), also to look only. `invalid_argument` when the backup is none of this
/// journal.
result<repair_report> repair_journal(const std::filesystem::path& data_dir, const repair_options& options,
                                     os_files& files = posix_files());

} // namespace daybook
