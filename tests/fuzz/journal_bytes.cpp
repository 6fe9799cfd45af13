#include "daybook/tests/fuzz/journal_bytes.hpp"

#include <algorithm>
#include <iterator>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/journal_format.hpp"

namespace daybook::fuzz {

namespace format = journal_format;

namespace {

/// Where the 43 characters behind the last `key` of a line are; npos when they are not there whole.
std::size_t digest_behind(std::string_view line, std::string_view key) {
  const auto found = line.rfind(key);
  if (found == std::string_view::npos || found + key.size() + digest_text{}.size() > line.size())
    return std::string_view::npos;
  return found + key.size();
}

} // namespace

std::string with_digests(std::string_view segment, std::string_view previous) {
  std::string bytes{segment};
  const auto header_end = std::min(bytes.find('\n'), bytes.size());
  if (const auto at = digest_behind(std::string_view{bytes}.substr(0, header_end), R"("previous":")"); at < header_end)
    bytes.replace(at, previous.size(), previous);
  std::string digest{previous};
  sha256 hash;
  std::size_t from = 0;
  for (std::size_t line = 0; line < bytes.size();) {
    const auto end = std::min(bytes.find('\n', line), bytes.size() - 1) + 1;
    if (format::ends_with_digest(std::string_view{bytes}.substr(line, end - line))) {
      const auto covered = std::string_view{bytes}.substr(from, end - format::digest_suffix - from);
      const auto made = to_base64url(hash.start().add(digest).add(covered).finish());
      digest = view(made);
      bytes.replace(end - format::digest_close.size() - digest.size(), digest.size(), digest);
      from = end;
    }
    line = end;
  }
  return bytes;
}

std::string first_header() {
  format::segment_header header;
  header.journal_id = journal_id;
  header.created_at = journal_time;
  header.previous = format::first_digest();
  return format::encode_header(header);
}

std::string written_again(const recorded_commit& recorded, position_t batch, digest_text& previous) {
  const auto& first = recorded.events.front();
  commit wanted{first.stream, first.version - 1, first.command_id, first.correlation_id, first.causation_id,
                first.command_hash, {}};
  for (const auto& each : recorded.events)
    wanted.events.push_back({each.type, each.data, each.open});
  std::string bytes;
  sha256 hash;
  if (format::check(wanted))
    format::append_commit(bytes, wanted, {first.position, first.version, first.recorded_at, batch}, hash, previous);
  return bytes;
}

result<std::vector<recorded_commit>> all_commits(const journal& books) {
  std::vector<recorded_commit> commits;
  for (position_t next = 1; next <= books.last_position();) {
    // Few at a time, so that reading begins at many places.
    auto read = books.read_from(next, {2, 400});
    if (!read)
      return read.error();
    if (read->empty())
      return error{errc::internal, "nothing was read before the end"};
    std::move(read->begin(), read->end(), std::back_inserter(commits));
    next = commits.back().last_position() + 1;
  }
  return commits;
}

commit sample_commit(const std::string& stream, version_t expected, int events, bool open) {
  commit made;
  made.stream = stream;
  made.expected_version = expected;
  made.command_id = "c-" + std::to_string(expected);
  made.command_hash = 0x0123456789abcdef + expected;
  for (int i = 1; i <= events; ++i)
    made.events.push_back({"Happened", R"({"n":)" + std::to_string(i) + "}", open && i == events});
  return made;
}

std::string segment_path(position_t first) {
  return "d/journal/" + segment_name(first);
}

std::string index_path(position_t first) {
  return "d/index/" + segment_name(first).substr(0, 20) + ".idx";
}

} // namespace daybook::fuzz
