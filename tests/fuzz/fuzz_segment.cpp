#include <algorithm>
#include <map>
#include <string>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/tests/fuzz/fuzz_target.hpp"
#include "daybook/tests/fuzz/journal_bytes.hpp"

// The reader of segments. An input is a byte of choices and the bytes of a journal's last segment. What the scanner accepts is,
// byte for byte, what the journal would write; the journal opens if, and only if, the scanner and the evidence behind its end
// say so; it then holds these commits and no others, now, after a clean stop and after a crash; and what is refused is
// left as it was.

namespace daybook::fuzz {
namespace {

namespace format = journal_format;

struct choices {
  bool make_digests, is_second, small_blocks;
};

/// A journal before the segment under test: nothing, or one sealed segment.
struct setting {
  plain_disk disk;
  position_t first = 1;
  digest_text previous = format::first_digest();
  std::vector<recorded_commit> commits;
};

setting two_segments() {
  setting made;
  auto& bytes = made.disk.contents[segment_path(1)] = first_header();
  made.previous = format::digest_at_end(bytes);
  sha256 hash;
  for (const auto* stream : {"a", "b"}) {
    const auto wanted = sample_commit(stream, 0, 2);
    format::append_commit(bytes, wanted, {made.first, 1, journal_time, made.first}, hash, made.previous);
    made.first += 2;
  }
  auto opened = file_journal::open("d", {}, journal_time, made.disk);
  require(opened.ok(), "the first segment opens");
  made.commits = *all_commits(**opened);
  opened->reset();
  made.disk.contents.erase("d/index/heads");
  made.disk.contents.erase("d/index/durable");
  return made;
}

/// What the parts of the journal's reader say about the segment, one by one.
struct verdict {
  bool opens = false;
  std::vector<recorded_commit> commits;
  std::uint64_t end = 0;
};

verdict judge(const setting& before, const std::string& bytes, std::size_t block) {
  verdict found;
  const auto feed = bytes.substr(0, format::max_header_bytes).find('\n');
  const auto line = std::string_view{bytes}.substr(0, feed);
  const auto header = feed == std::string::npos ? std::nullopt : format::parse_header(line);
  if (!header || !format::header_verifies(*header, line))
    return found;
  auto copy = *header;
  require(format::encode_header(copy) == bytes.substr(0, feed + 1), "an accepted header is what would be written");
  if (header->first_position != before.first || header->previous != before.previous ||
      (before.first > 1 && header->journal_id != journal_id))
    return found;
  plain_disk disk;
  disk.contents["s"] = bytes;
  const auto data = file_system{disk}.open("s", open_mode::read);
  auto digest = header->digest;
  commit_scanner scanner{**data, feed + 1, bytes.size(), digest, block};
  found.end = feed + 1;
  auto next = before.first;
  for (scanned_commit each;;) {
    const auto verified = scanner.next(each);
    require(verified.ok(), "a file in memory can be read");
    if (!*verified)
      break;
    require(each.offset == found.end && each.offset + each.bytes == scanner.offset(), "commits stand one behind the other");
    auto recorded = to_recorded(each);
    if (has_planted_bug && recorded.events.back().data.size() > 20)
      recorded.events.back().data.erase(1, 1);
    require(written_again(recorded, each.batch(), digest) == bytes.substr(each.offset, each.bytes),
            "an accepted commit is what would be written");
    require(digest == each.digest, "an accepted commit has the digest of its bytes");
    if (each.first_position() != next)
      return found;
    next = each.last_position() + 1;
    found.end = scanner.offset();
    found.commits.push_back(std::move(recorded));
  }
  require(scanner.problem().empty() == (found.end == bytes.size()), "every byte is accepted or refused");
  const auto later = later_evidence(**data, found.end, bytes.size(), digest, next);
  found.opens = scanner.problem().empty() || *later == 0;
  return found;
}

std::string text_of(const std::vector<recorded_commit>& commits) {
  std::string text;
  for (const auto& each : commits) {
    for (const auto& event : each.events)
      text += std::to_string(event.position) + ' ' + event.stream + ' ' + std::to_string(event.version) + ' ' + event.type +
              ' ' + std::to_string(event.recorded_at) + ' ' + event.command_id + ' ' + event.correlation_id + ' ' +
              event.causation_id + ' ' + std::to_string(event.command_hash) + ' ' + std::to_string(event.open) + ' ' +
              event.data + '\n';
    text += each.digest + '\n';
  }
  return text;
}

/// Every stream reads as the journal says it; one whose versions have gaps may be refused instead.
void check_streams(const journal& books, const std::vector<recorded_commit>& commits) {
  std::map<std::string, std::vector<recorded_event>> streams;
  for (const auto& each : commits)
    for (const auto& event : each.events)
      streams[event.stream].push_back(event);
  for (const auto& [stream, events] : streams) {
    bool is_whole = true;
    for (std::size_t i = 0; i < events.size(); ++i)
      is_whole = is_whole && events[i].version == i + 1;
    const auto read = books.read_stream(stream);
    require(books.may_have(stream), "a stream that is there may be there");
    require(read.ok() == is_whole, "a stream is read if it is whole");
    if (read)
      require(text_of({{*read, ""}}) == text_of({{events, ""}}), "a stream has its events, all of them and no others");
  }
}

void check_holds(plain_disk& disk, const std::vector<recorded_commit>& commits, bool with_index) {
  if (!with_index)
    for (auto each = disk.contents.begin(); each != disk.contents.end();)
      each = each->first.rfind("d/index/", 0) == 0 ? disk.contents.erase(each) : std::next(each);
  auto opened = file_journal::open("d", {}, journal_time, disk);
  require(opened.ok(), "a journal that opened opens again");
  const auto read = all_commits(**opened);
  require(read.ok() && text_of(*read) == text_of(commits), "a journal opened again holds the same");
}

void check_opened(file_journal& books, plain_disk& disk, const setting& before, const std::string& bytes, verdict expected) {
  const auto path = segment_path(before.first);
  auto& commits = expected.commits;
  commits.insert(commits.begin(), before.commits.begin(), before.commits.end());
  const auto read = all_commits(books);
  require(read.ok() && text_of(*read) == text_of(commits), "an open journal holds what the scanner accepted");
  check_streams(books, commits);
  require(disk.contents[path] == bytes.substr(0, expected.end), "the segment keeps what was accepted");
  if (expected.end < bytes.size())
    require(disk.contents[path + ".torn-" + std::to_string(expected.end)] == bytes.substr(expected.end),
            "what was cut is kept aside");
  const auto added = books.append({sample_commit("fuzz:added", 0)}, journal_time);
  require(added.front().ok() || books.may_have("fuzz:added"), "an open journal takes a commit");
  if (added.front())
    commits.push_back(*added.front());
  auto crashed = disk;
  require(books.close().ok(), "an open journal closes");
  check_holds(disk, commits, true);
  check_holds(crashed, commits, false);
}

void try_segment(const choices& chosen, std::string_view rest) {
  static const setting nothing;
  static const setting sealed = two_segments();
  const auto& before = chosen.is_second ? sealed : nothing;
  const auto bytes = chosen.make_digests ? with_digests(rest, view(before.previous)) : std::string{rest};
  const auto path = segment_path(before.first);
  const auto expected = judge(before, bytes, chosen.small_blocks ? 16 : 4096);
  auto disk = before.disk;
  disk.contents[path] = bytes;
  auto opened = file_journal::open("d", {}, journal_time, disk);
  require(opened.ok() == expected.opens, "a journal opens if, and only if, its parts say so");
  if (opened)
    return check_opened(**opened, disk, before, bytes, expected);
  const auto& cause = opened.error();
  require(cause.code == errc::journal_damaged || cause.code == errc::unsupported_format, "a refusal says that it is damage");
  require(cause.message.find(path.substr(path.rfind('/') + 1)) != std::string::npos, "a refusal names the segment");
  require(disk.contents[path] == bytes, "what is refused is left as it was");
}

} // namespace
} // namespace daybook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook::fuzz;
  input bytes{data, size};
  const auto bits = bytes.byte();
  try_segment({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}, bytes.rest());
  return 0;
}
