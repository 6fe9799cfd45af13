#include "daybook/persistence/journal_scan.hpp"

#include <algorithm>

namespace daybook {

namespace format = journal_format;

namespace {

/// A window that has become larger than this is given all the room that it may need.
constexpr std::size_t growing_bytes = std::size_t{8} << 20;

} // namespace

commit_scanner::commit_scanner(const file& from, std::uint64_t offset, std::uint64_t end, const digest_text& previous,
                               std::size_t block)
  : from_(from), offset_(offset), end_(end), digest_(previous), block_(block), window_offset_(offset) {
  // nop
}

/// Adds a block to the window; false at the end of the file.
result<bool> commit_scanner::read_more() {
  if (at_ > 0) {
    window_.erase(0, at_);
    window_offset_ += at_;
    at_ = 0;
  }
  const auto from = window_offset_ + window_.size();
  if (from >= end_)
    return false;
  // No more than the longest commit and a block, and no more memory than that: growing by itself a string takes thrice as much.
  const auto before = window_.size();
  const auto most = format::max_commit_bytes + 1 + block_;
  const auto wanted = std::min(std::max(block_, before), most - std::min(most, before));
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end_ - from));
  if (before + size > growing_bytes && window_.capacity() < most)
    window_.reserve(most);
  window_.resize(before + size);
  auto got = from_.read_at(from, window_.data() + before, size);
  if (!got)
    return got.error();
  window_.resize(before + *got);
  return *got > 0;
}

/// The size of the commit at the window's mark; 0 when there is none, with `problem_` set unless the file ends there.
result<std::size_t> commit_scanner::find_end() {
  for (std::size_t line = at_;;) {
    const auto feed = window_.find('\n', line);
    if (feed != std::string::npos) {
      if (format::ends_with_digest(std::string_view{window_}.substr(line, feed + 1 - line)))
        return feed + 1 - at_;
      line = feed + 1;
      continue;
    }
    if (window_.size() - at_ > format::max_commit_bytes) {
      problem_ = "no end of a commit within " + std::to_string(format::max_commit_bytes) + " bytes";
      return std::size_t{0};
    }
    line -= at_;
    auto more = read_more();
    if (!more)
      return more.error();
    line += at_;
    if (!*more) {
      if (window_.size() > at_)
        problem_ = "the commit is not complete";
      return std::size_t{0};
    }
  }
}

result<bool> commit_scanner::next(scanned_commit& into) {
  if (!problem_.empty())
    return false;
  auto size = find_end();
  if (!size)
    return size.error();
  if (*size == 0)
    return false;
  const auto bytes = std::string_view{window_}.substr(at_, *size);
  const auto stated = format::digest_at_end(bytes);
  const auto covered = bytes.substr(0, bytes.size() - format::digest_suffix);
  if (to_base64url(hash_.start().add(view(digest_)).add(covered).finish()) != stated) {
    problem_ = "the commit's digest is not that of its bytes";
    return false;
  }
  if (!parse(bytes, into))
    return false;
  into.offset = offset_;
  into.bytes = *size;
  into.digest = digest_ = stated;
  offset_ += *size;
  at_ += *size;
  expected_ = into.last_position() + 1;
  return true;
}

namespace {

/// Whether an event can be the one behind another in its commit.
bool follows(const format::event_line& event, const format::event_line& before) noexcept {
  return event.position == before.position + 1 && event.version == before.version + 1 && event.stream == before.stream &&
         event.recorded_at == before.recorded_at && event.command_id == before.command_id &&
         event.command_hash == before.command_hash && event.correlation_id == before.correlation_id &&
         event.causation_id == before.causation_id && event.batch == 0;
}

} // namespace

bool commit_scanner::parse(std::string_view bytes, scanned_commit& into) {
  into.events.clear();
  while (!bytes.empty()) {
    const auto feed = bytes.find('\n');
    const bool is_last = feed + 1 == bytes.size();
    const auto line = bytes.substr(0, is_last ? bytes.size() - format::digest_suffix : feed);
    format::event_line event;
    if (!format::parse_event(line, is_last, event)) {
      problem_ = "a line is not of the journal's form";
      return false;
    }
    const bool fits = into.events.empty() ? expected_ == 0 || event.position == expected_
                                          : follows(event, into.events.back());
    if (!fits) {
      problem_ = "position " + std::to_string(event.position) + " does not follow";
      return false;
    }
    into.events.push_back(event);
    bytes.remove_prefix(feed + 1);
  }
  return true;
}

result<digest_text> digest_before(const file& from, std::uint64_t offset) {
  digest_text digest{};
  const auto behind = digest.size() + format::digest_close.size();
  if (offset < behind)
    return error{errc::journal_damaged, "there is no digest before byte " + std::to_string(offset)};
  auto got = from.read_at(offset - behind, digest.data(), digest.size());
  if (!got)
    return got.error();
  return digest;
}

namespace {

/// The position of the commit whose first line `text` begins with, if it was not written with `expected`; else 0.
position_t other_write(std::string_view text, position_t expected, bool is_first) {
  const auto line = text.substr(0, text.find('\n') + 1);
  const bool is_last = format::ends_with_digest(line);
  format::event_line event;
  const auto rest = is_last ? format::digest_suffix : 1;
  if (line.empty() || !format::parse_event(line.substr(0, line.size() - rest), is_last, event))
    return 0;
  const auto batch = event.batch != 0 ? event.batch : event.position;
  return batch > expected || (is_first && event.position != expected) ? event.position : 0;
}

/// The bytes of a file's tail, of which only a part is in memory; it moves forward.
class tail_window {
public:
  tail_window(const file& from, std::uint64_t offset, std::uint64_t end) : from_(from), offset_(offset), end_(end) {
    bytes_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, most)));
  }

  std::string_view bytes() const noexcept { return bytes_; }
  /// Where they begin in the file.
  std::uint64_t offset() const noexcept { return offset_; }

  /// Forgets what is before `count` and adds a block; false when there are no more, or more than a commit is there already.
  result<bool> move(std::size_t count) {
    bytes_.erase(0, count);
    offset_ += count;
    const auto before = bytes_.size();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(block, end_ - offset_ - before));
    if (size == 0 || before + size > most)
      return false;
    bytes_.resize(before + size);
    auto got = from_.read_at(offset_ + before, bytes_.data() + before, size);
    if (!got)
      return got.error();
    bytes_.resize(before + *got);
    return *got > 0;
  }

private:
  static constexpr std::size_t block = std::size_t{1} << 20;
  static constexpr std::size_t most = format::max_commit_bytes + 2 * block;

  const file& from_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::string bytes_;
};

/// Looks for evidence in a tail, from one beginning of a line to the next.
class evidence_search {
public:
  evidence_search(const file& from, std::uint64_t offset, std::uint64_t end, const digest_text& previous, position_t expected) :
      from_(from), begin_(offset), end_(end), previous_(previous), expected_(expected), window_(from, offset, end) {}

  result<position_t> run() {
    if (auto filled = window_.move(0); !filled)
      return filled.error();
    head_ = window_.bytes().substr(0, commit_scanner::near);
    for (std::size_t from = 0;;) {
      auto at = window_.bytes().find(format::event_start, from);
      if (at == std::string_view::npos) {
        // What may begin in the last bytes is looked for again, with the end of the line before it.
        const auto size = window_.bytes().size();
        const auto next = std::max(from, size - std::min(size, format::event_start.size() - 1));
        const auto dropped = next - std::min(next, format::digest_suffix);
        auto more = window_.move(dropped);
        if (!more)
          return more.error();
        if (!*more)
          return position_t{0};
        from = next - dropped;
        continue;
      }
      auto line = line_at(at);
      if (!line)
        return line.error();
      auto position = judge(at, *line);
      if (!position || *position != 0)
        return position;
      from = at + 1;
    }
  }

private:
  /// The line that begins at `at`, which may move; empty when it does not end within the longest commit.
  result<std::string_view> line_at(std::size_t& at) {
    if (window_.offset() + at < no_feed_before_)
      return std::string_view{};
    for (auto looked = at;;) {
      if (const auto feed = window_.bytes().find('\n', looked); feed != std::string_view::npos)
        return window_.bytes().substr(at, feed + 1 - at);
      looked = window_.bytes().size();
      const auto dropped = at - std::min(at, format::digest_suffix);
      auto more = window_.move(dropped);
      if (!more)
        return more.error();
      at -= dropped;
      looked -= dropped;
      if (!*more) {
        no_feed_before_ = window_.offset() + looked;
        return std::string_view{};
      }
    }
  }

  result<position_t> judge(std::size_t at, std::string_view line) const {
    const auto distance = window_.offset() + at - begin_;
    const auto position = other_write(line, expected_, distance == 0);
    if (position == 0)
      return position_t{0};
    const auto suffix = at - std::min(at, format::digest_suffix);
    if (distance == 0 || format::ends_with_digest(window_.bytes().substr(suffix, at - suffix)))
      return position;
    if (distance <= format::digest_suffix || distance > commit_scanner::near)
      return position_t{0};
    // Perhaps only the end of the commit before is damaged, where its digest is: what follows verifies all the same.
    const auto covered = std::string_view{head_}.substr(0, distance - format::digest_suffix);
    const auto digest = to_base64url(sha256{}.start().add(view(previous_)).add(covered).finish());
    commit_scanner scanner{from_, begin_ + distance, end_, digest, commit_scanner::near};
    scanned_commit commit;
    auto verified = scanner.next(commit);
    if (!verified)
      return verified.error();
    return *verified ? commit.first_position() : position_t{0};
  }

  const file& from_;
  std::uint64_t begin_;
  std::uint64_t end_;
  const digest_text& previous_;
  position_t expected_;
  tail_window window_;
  /// The tail's first bytes.
  std::string head_;
  std::uint64_t no_feed_before_ = 0;
};

} // namespace

result<position_t> later_evidence(const file& from, std::uint64_t offset, std::uint64_t end, const digest_text& previous,
                                  position_t expected) {
  return evidence_search{from, offset, end, previous, expected}.run();
}

recorded_event to_recorded(const format::event_line& line) {
  recorded_event event;
  event.position = line.position;
  event.stream = line.stream;
  event.version = line.version;
  event.type = line.type;
  event.recorded_at = line.recorded_at;
  event.command_id = line.command_id;
  event.correlation_id = line.correlation_id;
  event.causation_id = line.causation_id;
  event.command_hash = line.command_hash;
  event.open = line.open;
  event.data = line.data;
  return event;
}

recorded_commit to_recorded(const scanned_commit& commit) {
  recorded_commit result;
  result.events.reserve(commit.events.size());
  for (const auto& each : commit.events)
    result.events.push_back(to_recorded(each));
  result.digest = view(commit.digest);
  return result;
}

} // namespace daybook
