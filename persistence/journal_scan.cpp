#include "daybook/persistence/journal_scan.hpp"

#include <algorithm>

namespace daybook {

namespace format = journal_format;

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
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(block_, window_.size()), end_ - from));
  const auto before = window_.size();
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

/// How far behind damage the end of the damaged commit is looked for when its own last bytes are damaged.
constexpr std::size_t near = std::size_t{64} << 10;

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

} // namespace

result<position_t> later_evidence(const file& from, std::uint64_t offset, std::uint64_t end,
                                  const digest_text& previous, position_t expected) {
  std::string bytes(static_cast<std::size_t>(end - offset), '\0');
  auto got = from.read_at(offset, bytes.data(), bytes.size());
  if (!got)
    return got.error();
  bytes.resize(*got);
  const std::string_view rest{bytes};
  sha256 hash;
  constexpr auto none = std::string_view::npos;
  for (auto at = rest.find(format::event_start); at != none; at = rest.find(format::event_start, at + 1)) {
    const auto suffix = at < format::digest_suffix ? 0 : at - format::digest_suffix;
    if (at == 0 || format::ends_with_digest(rest.substr(suffix, at - suffix))) {
      if (const auto position = other_write(rest.substr(at), expected, at == 0); position != 0)
        return position;
    } else if (suffix > 0 && at <= near) {
      // Perhaps only the end of the commit before is damaged, where its digest is: what follows verifies all the same.
      const auto digest = to_base64url(hash.start().add(view(previous)).add(rest.substr(0, suffix)).finish());
      commit_scanner scanner{from, offset + at, end, digest, near};
      scanned_commit commit;
      auto verified = scanner.next(commit);
      if (!verified)
        return verified.error();
      if (*verified && commit.batch() > expected)
        return commit.first_position();
    }
  }
  return position_t{0};
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
