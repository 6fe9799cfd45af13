#include <algorithm>
#include <iterator>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/file_journal_segment.hpp"

// What readers ask a file journal, from any thread: memory knows where, the disk is read and verified.

namespace daybook {

namespace {

/// Bytes read at a time where one commit is wanted, and where many are.
constexpr std::size_t small_block = std::size_t{4} << 10;
constexpr std::size_t large_block = std::size_t{1} << 20;

} // namespace

bool file_journal::is_at(std::string_view stream, version_t version) const {
  const std::shared_lock guard{mutex_};
  const auto head = heads_.find(stream_hash(stream));
  return (head ? head->version : 0) == version;
}

bool file_journal::may_have(std::string_view stream) const {
  const std::shared_lock guard{mutex_};
  return heads_.find(stream_hash(stream)).has_value();
}

/// Where an index says that a position is may be wrong, also of one that verifies; it is never 0, see `read_heads`.
result<file_journal::place> file_journal::locate(position_t position) const {
  place found;
  {
    const std::shared_lock guard{mutex_};
    if (position > last_position_)
      return error{errc::journal_damaged, "the index leads to position " + std::to_string(position)
                                            + ", which is not there; stop the node, remove the index directory, start again"};
    const auto behind = std::upper_bound(segments_.begin(), segments_.end(), position,
                                         [](position_t wanted, const auto& each) { return wanted < each->first; });
    found.in = *std::prev(behind);
    if (!found.in->index) {
      found.entry = found.in->entries[position - found.in->first];
      return found;
    }
  }
  auto entry = read_index_entry(*found.in->index, position - found.in->first);
  if (!entry)
    return entry.error();
  found.entry = *entry;
  return found;
}

/// The commits of a hash's streams, newest first.
result<std::vector<file_journal::place>> file_journal::places_of(std::uint64_t hash) const {
  std::optional<stream_head> head;
  {
    const std::shared_lock guard{mutex_};
    head = heads_.find(hash);
  }
  std::vector<place> places;
  for (auto position = head ? head->position : 0; position > 0;) {
    auto found = locate(position);
    if (!found)
      return found.error();
    const auto entry = found->entry;
    if (entry.hash != hash) {
      --position;
      continue;
    }
    // By its first position: a segment that is sealed meanwhile is another object.
    if (places.empty() || places.back().in->first != found->in->first || places.back().entry.offset() != entry.offset())
      places.push_back(std::move(*found));
    if (entry.distance() == 0)
      break;
    // A distance that did not fit: look on from there.
    position -= entry.distance() == far_back ? 1 : entry.distance();
  }
  return places;
}

result<recorded_commit> file_journal::read_commit(const place& at) const {
  const auto offset = at.entry.offset();
  auto previous = digest_before(*at.in->data, offset);
  if (!previous)
    return previous.error();
  commit_scanner scanner{*at.in->data, offset, at.in->bytes, *previous, small_block};
  scanned_commit found;
  auto verified = scanner.next(found);
  if (!verified)
    return verified.error();
  if (!*verified)
    return damage(*at.in, offset, 0, scanner.problem());
  return to_recorded(found);
}

result<std::vector<recorded_event>> file_journal::read_stream(std::string_view stream) const {
  auto places = places_of(stream_hash(stream));
  if (!places)
    return places.error();
  std::vector<recorded_event> events;
  for (auto each = places->rbegin(); each != places->rend(); ++each) {
    auto found = read_commit(*each);
    if (!found)
      return found.error();
    if (found->events.front().stream == stream)
      std::move(found->events.begin(), found->events.end(), std::back_inserter(events));
  }
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events[i].version != i + 1)
      return error{errc::journal_damaged, "stream " + std::string{stream} + " lacks version " + std::to_string(i + 1)
                                            + " (found " + std::to_string(events[i].version) + " at position "
                                            + std::to_string(events[i].position)
                                            + "); stop the node and run: daybook journal verify"};
  return events;
}

result<std::vector<recorded_commit>> file_journal::read_from(position_t from, read_limit limit) const {
  std::vector<recorded_commit> commits;
  const auto last = last_position();
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (auto next = std::max<position_t>(from, 1); next <= last && events < limit.events && bytes < limit.bytes;) {
    auto found = locate(next);
    if (!found)
      return found.error();
    const auto& in = *found->in;
    const auto offset = found->entry.offset();
    auto previous = digest_before(*in.data, offset);
    if (!previous)
      return previous.error();
    commit_scanner scanner{*in.data, offset, in.bytes, *previous, std::clamp(limit.bytes, small_block, large_block)};
    for (scanned_commit each; events < limit.events && bytes < limit.bytes;) {
      auto verified = scanner.next(each);
      if (!verified)
        return verified.error();
      if (!*verified && scanner.problem().empty() && scanner.offset() > offset)
        break;
      if (!*verified)
        return damage(in, scanner.offset(), next, scanner.problem().empty() ? "the index leads to its end" : scanner.problem());
      if (each.first_position() > next || each.last_position() < next)
        return damage(in, each.offset, next, "the index leads to another commit");
      events += each.events.size();
      bytes += each.bytes;
      next = each.last_position() + 1;
      commits.push_back(to_recorded(each));
    }
  }
  return commits;
}

/// Adds the last positions of the open streams among those that share a hash.
result<done> file_journal::find_open(std::uint64_t hash, std::vector<position_t>& into) const {
  auto places = places_of(hash);
  if (!places)
    return places.error();
  std::unordered_set<std::string> seen;
  for (const auto& each : *places) {
    auto found = read_commit(each);
    if (!found)
      return found.error();
    const auto& last = found->events.back();
    if (seen.insert(last.stream).second && last.open)
      into.push_back(last.position);
  }
  return done{};
}

result<std::vector<std::string>> file_journal::open_streams() const {
  std::vector<position_t> positions;
  std::vector<std::uint64_t> shared;
  {
    const std::shared_lock guard{mutex_};
    heads_.for_each([&](std::uint64_t hash, const stream_head& head) {
      if (head.is_shared())
        shared.push_back(hash);
      else if (head.open)
        positions.push_back(head.position);
    });
  }
  for (const auto hash : shared)
    if (auto found = find_open(hash, positions); !found)
      return found.error();
  std::sort(positions.begin(), positions.end());
  std::vector<std::string> streams;
  for (const auto position : positions) {
    auto at = locate(position);
    auto found = at ? read_commit(*at) : result<recorded_commit>{at.error()};
    if (!found)
      return found.error();
    streams.push_back(found->events.front().stream);
  }
  return streams;
}

result<std::string> file_journal::digest_at(position_t last) const {
  auto commits = read_from(last, {1, 1});
  if (!commits)
    return commits.error();
  if (commits->empty() || commits->front().last_position() != last)
    return error{errc::not_found, "no commit ends at position " + std::to_string(last)};
  return commits->front().digest;
}

} // namespace daybook
