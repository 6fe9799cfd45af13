#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/persistence/file_journal.hpp"

namespace daybook {

/// A segment file and its index. Private to the file journal. Only the last one changes; when it is sealed, another object
/// takes its place, and whoever still reads this one may go on.
struct file_journal::segment {
  std::string name;
  position_t first = 1;
  /// Of a sealed segment, from the pool.
  std::unique_ptr<file> data;
  /// The index file of a sealed segment, from the pool; the last one's entries are in memory, and those of a sealed one whose
  /// index could not be written.
  std::unique_ptr<file> index;
  std::vector<index_entry> entries;
  /// Of durable commits and the header; what is behind them is not there yet.
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> count{0};

  position_t last() const noexcept { return first + count - 1; }
};

/// A segment as a start found it.
struct file_journal::found_segment {
  std::shared_ptr<segment> in;
  /// Of the last segment up to the end of its text (segment_file.hpp).
  std::uint64_t size = 0;
  std::uint64_t header_bytes = 0;
  /// The digest of what stood before this segment, as its header says.
  digest_text previous{};
  /// Its index, if that speaks of these very bytes.
  std::optional<segment_index> index;
  /// What a sound index that does not fit remembers of the segment's end.
  std::optional<journal_witness> indexed;
};

/// Names of files in the journal's directory.
std::string segment_name(position_t first);
/// The first position that a segment's name says; 0 when it is no segment's name.
position_t segment_first(const std::string& name);

} // namespace daybook
