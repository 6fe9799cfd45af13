#include "daybook/persistence/journal_rescue.hpp"

#include <algorithm>

#include "daybook/persistence/line_cursor.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

/// Takes what verifies from `offset` on; where it ends, `offset` itself when nothing does.
result<std::uint64_t> take_from(const segment_file& in, std::uint64_t offset, const digest_text& previous,
                                const std::function<void(const scanned_commit&)>& visit) {
  commit_scanner scanner{*in.data, offset, in.size, previous, commit_scanner::whole_segment};
  for (scanned_commit each;;) {
    auto verified = scanner.next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      return scanner.offset();
    visit(each);
  }
}

} // namespace

result<done> find_commits(const segment_file& in, std::uint64_t offset, const digest_text* previous,
                          const std::function<void(const scanned_commit&)>& visit) {
  auto whole = read_whole(*in.data);
  if (!whole)
    return whole.error();
  const std::string_view bytes{*whole};
  sha256 hash;
  for (auto at = std::min<std::size_t>(offset, bytes.size()); at < bytes.size();) {
    const auto feed = bytes.find('\n', at);
    if (feed == std::string_view::npos)
      break;
    const auto next = feed + 1;
    const auto line = bytes.substr(at, next - at);
    at = next;
    if (bytes.substr(next, format::event_start.size()) != format::event_start)
      continue;
    auto end = result<std::uint64_t>{std::uint64_t{next}};
    if (format::ends_with_digest(line))
      end = take_from(in, next, format::digest_at_end(line), visit);
    if (end && *end == next && previous != nullptr && next - offset > format::digest_suffix &&
        next - offset <= commit_scanner::near) {
      hash.start().add(view(*previous)).add(bytes.substr(offset, next - offset - format::digest_suffix));
      end = take_from(in, next, to_base64url(hash.finish()), visit);
    }
    if (!end)
      return end.error();
    at = *end;
  }
  return done{};
}

result<std::set<std::string>> find_streams(const segment_file& in, const std::vector<position_range>& positions) {
  auto whole = read_whole(*in.data);
  if (!whole)
    return whole.error();
  const std::string_view bytes{*whole};
  std::set<std::string> found;
  for (auto at = bytes.find(format::event_start); at != std::string_view::npos; at = bytes.find(format::event_start, at + 1)) {
    line_cursor cursor{bytes.substr(at, format::max_envelope_bytes)};
    position_t position = 0;
    std::string_view stream;
    cursor.literal(format::event_start).number(position).literal(R"(,"stream":")").text(stream, format::max_stream_bytes);
    if (cursor.ok() && std::any_of(positions.begin(), positions.end(),
                                   [&](const position_range& each) { return each.from <= position && position <= each.to; }))
      found.emplace(stream);
  }
  return found;
}

} // namespace daybook
