#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_format.hpp"

namespace daybook {

/// A commit that verified. The events' texts point into the scanner and live until its next call.
struct scanned_commit {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::vector<journal_format::event_line> events;
  digest_text digest{};

  position_t first_position() const noexcept { return events.front().position; }
  position_t last_position() const noexcept { return events.back().position; }
  /// The first position of the write that this commit went out in.
  position_t batch() const noexcept { return events.front().batch != 0 ? events.front().batch : first_position(); }
};

/// Reads the commits of a segment one after the other and lets nothing pass that does not verify: the digest over the
/// commit's bytes, the form of its lines, positions, versions. Not thread-safe; the file outlives it.
class commit_scanner {
public:
  /// Bytes read at a time by who reads a whole segment.
  static constexpr std::size_t whole_segment = std::size_t{4} << 20;
  /// How far behind damage the end of the damaged commit is looked for when its own last bytes are damaged.
  static constexpr std::size_t near = std::size_t{64} << 10;

  /// @param offset where a commit's first line begins.
  /// @param end bytes of the file that may be looked at.
  /// @param previous the chain's digest before that commit.
  /// @param block bytes read at a time.
  commit_scanner(const file& from, std::uint64_t offset, std::uint64_t end, const digest_text& previous, std::size_t block);

  /// The next commit; false where there is none: at the end, or because what stands there does not verify (`problem`).
  /// Errors are those of the file.
  result<bool> next(scanned_commit& into);

  /// Where the first byte stands that is not part of a verified commit.
  std::uint64_t offset() const noexcept { return offset_; }
  const digest_text& digest() const noexcept { return digest_; }
  /// Why `next` was false; empty at the end.
  const std::string& problem() const noexcept { return problem_; }

private:
  result<std::size_t> find_end();
  result<bool> read_more();
  bool parse(std::string_view bytes, scanned_commit& into);

  const file& from_;
  std::uint64_t offset_;
  std::uint64_t end_;
  digest_text digest_;
  std::size_t block_;
  sha256 hash_;
  std::string window_;
  /// Offset of the window's first byte, and where the next commit begins in it.
  std::uint64_t window_offset_;
  std::size_t at_ = 0;
  position_t expected_ = 0;
  std::string problem_;
};

/// The digest that stands before `offset`, where a commit's first line begins.
result<digest_text> digest_before(const file& from, std::uint64_t offset);

/// Whether bytes that do not verify at `offset`, where the commit of position `expected` should begin, are more than the
/// rest of an interrupted write. Such a rest may have holes, but all of its commits name the write that they went out in
/// (`batch`), and it begins with `expected`. What a later write stands behind had been synced.
/// @param previous the chain's digest before `offset`.
/// @return the position of an event that shows it, or 0.
result<position_t> later_evidence(const file& from, std::uint64_t offset, std::uint64_t end,
                                  const digest_text& previous, position_t expected);

/// A copy of an event's line.
recorded_event to_recorded(const journal_format::event_line& line);
recorded_commit to_recorded(const scanned_commit& commit);

} // namespace daybook
