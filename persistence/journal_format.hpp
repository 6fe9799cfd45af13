#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/sha256.hpp"

namespace daybook {

/// The bytes of a journal, as docs/journal-format.md describes them. Nothing here touches a file; no function shares state,
/// all are thread-safe.
namespace journal_format {

inline constexpr std::string_view name = "daybook-journal";
inline constexpr std::uint64_t version = 1;

/// What a segment's first line begins with in every version: enough to refuse one from the future.
inline constexpr std::string_view header_start = R"({"format":"daybook-journal","format_version":)";
/// What an event's line begins with.
inline constexpr std::string_view event_start = R"({"position":)";

/// A header and the last line of a commit end with `,"digest":"` + 43 characters + `"}` + a line feed: a reader finds the
/// end of a commit, and the digest before a commit, without reading JSON.
inline constexpr std::string_view digest_key = R"(,"digest":")";
inline constexpr std::string_view digest_close = "\"}\n";
inline constexpr std::size_t digest_suffix = digest_key.size() + std::tuple_size<digest_text>::value + digest_close.size();

/// No header is longer than this.
inline constexpr std::size_t max_header_bytes = 512;
/// The longest commit, so that damage cannot make a reader swallow a segment.
inline constexpr std::size_t max_commit_bytes = std::size_t{32} << 20;
/// What an event's line has around its data, at the most.
inline constexpr std::size_t max_envelope_bytes = 800;
/// No event's line is shorter.
inline constexpr std::size_t min_event_bytes = 128;
inline constexpr std::size_t max_id_bytes = 64;
inline constexpr std::size_t max_stream_bytes = 128;
/// Limits of the index's fields; the largest number of 23 bits stands there for something else (`shared_hash`).
inline constexpr version_t max_version = (version_t{1} << 23) - 2;
inline constexpr position_t max_position = (position_t{1} << 40) - 1;

/// The digest "before" the first segment's header: 43 times 'A', which reads as 32 zero bytes.
digest_text first_digest() noexcept;

/// The first line of a segment.
struct segment_header {
  /// The journal's UUID, the same in all of its segments.
  std::string journal_id;
  position_t first_position = 1;
  time_us created_at = 0;
  /// The digest of the commit before this segment, and of this line.
  digest_text previous{};
  digest_text digest{};
};

/// Writes the line and sets `header.digest`.
std::string encode_header(segment_header& header);

/// Reads a line without its line feed; nothing when it is no header of this version. Does not check the digest.
std::optional<segment_header> parse_header(std::string_view line);

/// Whether the digest that the header's line carries is that of its bytes.
bool header_verifies(const segment_header& header, std::string_view line);

/// The version that a segment's first bytes name; nothing when they are not a header's.
std::optional<std::uint64_t> version_of(std::string_view bytes);

/// What may stand in an event: a stream's name or an id, a type's name, the data.
bool is_legal_text(std::string_view text, std::size_t longest) noexcept;
bool is_legal_type(std::string_view type) noexcept;
bool is_one_line_object(std::string_view data) noexcept;

/// `illegal_id` or `invalid_argument`, when a commit must not be written.
result<done> check(const commit& wanted);

/// Where a commit comes to stand.
struct placement {
  position_t first_position = 1;
  version_t first_version = 1;
  time_us recorded_at = 0;
  /// The first position of the group of commits that goes out in one write with this one.
  position_t batch = 1;
};

/// Appends a checked commit's lines to `out`; `digest` is the chain's before and after it.
void append_commit(std::string& out, const commit& wanted, const placement& place, sha256& hash, digest_text& digest);

/// An event's line, read; the texts point into it.
struct event_line {
  position_t position = 0;
  std::string_view stream;
  version_t version = 0;
  std::string_view type;
  time_us recorded_at = 0;
  std::string_view command_id;
  std::uint64_t command_hash = 0;
  bool open = false;
  /// 0 when absent: the commit is the first of its write.
  position_t batch = 0;
  std::string_view correlation_id;
  std::string_view causation_id;
  std::string_view data;
};

/// Reads a line without its line feed and, on the last line of a commit, without digest and closing brace
/// (`end_of_commit`). Strict: exactly the form that `append_commit` writes.
bool parse_event(std::string_view line, bool end_of_commit, event_line& into);

/// Whether a line, its line feed included, is a header's or ends a commit.
bool ends_with_digest(std::string_view line) noexcept;

/// The digest of a line for which `ends_with_digest` holds, or what stands in its place in any other line of that length.
digest_text digest_at_end(std::string_view line) noexcept;

/// A command's fingerprint: 16 hexadecimal digits in small letters.
void append_hash(std::string& out, std::uint64_t hash);
bool parse_hash(std::string_view text, std::uint64_t& into) noexcept;

/// "2026-11-23T10:15:00.123456Z", the only form of a time in a journal: 27 characters, years 1970 to 9999 (others are
/// clamped).
void append_time(std::string& out, time_us at);
std::optional<time_us> parse_exact_time(std::string_view text) noexcept;

} // namespace journal_format
} // namespace daybook
