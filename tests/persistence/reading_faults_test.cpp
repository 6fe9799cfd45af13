#include <catch2/catch.hpp>

#include <cerrno>
#include <functional>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/tests/support/commit_texts.hpp"
#include "daybook/tests/support/memory_files.hpp"

// Whoever reads a journal has the truth or an error, whatever call fails under it: never less than there is, never "intact"
// where it is not.

using namespace daybook;
using namespace daybook::testing;

namespace {

const std::filesystem::path dir = "/d";

const char* const one_of_two = names_with_one_hash[0];
const char* const other_of_two = names_with_one_hash[1];

file_journal_options small_segments() {
  file_journal_options options;
  options.segment_bytes = 700;
  options.make_id = [](time_us) { return std::string{"one-id-for-all"}; };
  return options;
}

struct subject {
  std::string name;
  memory_disk disk;
};

/// The paths that contain this, in order.
std::vector<std::string> paths(const memory_disk& disk, const std::string& part) {
  std::vector<std::string> found;
  for (const auto& each : disk.files())
    if (each.find(part) != std::string::npos)
      found.push_back(each);
  return found;
}

memory_disk without(memory_disk disk, const std::string& part) {
  for (const auto& each : paths(disk, part))
    disk.erase(each);
  return disk;
}

struct made {
  memory_disk running;
  memory_disk stopped;
};

/// A journal of several segments with two streams.
made make(time_us now) {
  memory_files files;
  auto books = file_journal::open(dir, small_segments(), journal_time, files);
  REQUIRE(books);
  for (const auto* stream : {one_of_two, other_of_two})
    REQUIRE((*books)->append({wanted(stream, 0, 1, true)}, now).front());
  for (version_t i = 0; i < 6; ++i)
    for (const auto* stream : {"a", "b"})
      REQUIRE((*books)->append({wanted(stream, i, 1, i == 5)}, now + i).front());
  auto running = files.disk();
  REQUIRE((*books)->close());
  return {running, files.disk()};
}

/// The states in which a journal may be found.
std::vector<subject> subjects() {
  const auto [running, stopped] = make(journal_time);
  std::vector<subject> all{{"stopped", stopped}, {"killed", running}};
  // Another journal of the same id, beside the index of the first.
  auto replaced = stopped;
  const auto others = make(journal_time + 9).stopped;
  for (const auto& each : paths(others, ".jsonl"))
    replaced.put(each, *others.contents(each));
  all.push_back({"replaced", replaced});
  auto torn = running;
  const auto last = paths(running, ".jsonl").back();
  torn.put(last, *torn.contents(last) + R"({"position":15,"stream":"c","version":1,"ty)");
  all.push_back({"torn", torn});
  // More than is looked at once, with what looks like the beginning of an event here and there.
  auto far = running;
  std::string garbage;
  for (int i = 0; i < 5; ++i)
    garbage.append(500'000, 'x').append(R"({"position":)");
  far.put(last, *running.contents(last) + garbage);
  all.push_back({"torn, far", far});
  far.put(last, *running.contents(last) + std::string(2'500'000, 'y'));
  all.push_back({"torn, far, without a line", far});
  all.push_back({"without an index", without(running, "/index/")});
  auto damaged = stopped;
  damaged.flip(paths(stopped, ".jsonl").front(), 500, 1);
  all.push_back({"damaged", damaged});
  auto damaged_end = running;
  damaged_end.flip(last, running.contents(last)->size() - 100, 1);
  all.push_back({"damaged at the end", damaged_end});
  all.push_back({"without its last segment", without(stopped, last)});
  return all;
}

using reading = std::function<result<std::string>(memory_files&)>;

result<std::string> verified(memory_files& files) {
  auto report = verify_journal(dir, {{{1, "no digest"}}, {}}, files);
  if (!report)
    return report.error();
  // Where it is seen first may depend on an index that could not be read.
  if (!report->intact)
    return std::string{"damaged"};
  return report->journal_id + " " + std::to_string(report->commits) + " " + std::to_string(report->last_position) + " " +
         report->last_digest + " " + std::to_string(report->unfinished_bytes) + " " + report->unmet;
}

result<std::string> stated(memory_files& files) {
  auto report = stat_journal(dir, files);
  if (!report)
    return report.error();
  return report->journal_id + " " + std::to_string(report->segments) + " " + std::to_string(report->bytes) + " " +
         std::to_string(report->first_position) + " " + std::to_string(report->last_position) + " " +
         std::to_string(report->created_at) + " " + std::to_string(report->last_recorded_at) + " " +
         std::to_string(report->index_bytes);
}

result<std::string> everything_in(const file_journal& books) {
  auto commits = books.read_from(1);
  if (!commits)
    return commits.error();
  std::string text;
  for (const auto& each : *commits)
    text += text_of(each);
  for (const auto* stream : {"a", "b", "c", one_of_two, other_of_two}) {
    auto events = books.read_stream(stream);
    if (!events)
      return events.error();
    for (const auto& each : *events)
      text += text_of(each);
  }
  auto open = books.open_streams();
  if (!open)
    return open.error();
  for (const auto& each : *open)
    text += each + " ";
  auto digest = books.digest_at(3);
  if (!digest)
    return digest.error();
  return text + *digest;
}

result<std::string> started_with(file_journal_options options, memory_files& files) {
  auto books = file_journal::open(dir, std::move(options), journal_time + 100, files);
  return books ? everything_in(**books) : books.error();
}

result<std::string> started(memory_files& files) {
  return started_with(small_segments(), files);
}

/// How often a call failed, in this reading of this journal.
int with_every_call_failing(const subject& journal, const reading& read, os_outcome outcome, bool is_short) {
  memory_files whole{journal.disk};
  const auto truth = read(whole);
  int failed = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    memory_files files{journal.disk};
    files.fail({std::nullopt, "", nth, false, outcome, is_short});
    const auto found = read(files);
    if (files.struck() == 0)
      return failed;
    ++failed;
    INFO(journal.name << ", call " << nth << (is_short ? " is short" : " fails"));
    if (found) {
      REQUIRE(truth);
      REQUIRE(*found == *truth);
    } else if (is_short) {
      REQUIRE_FALSE(truth);
      REQUIRE(found.error().message == truth.error().message);
    }
  }
}

void whatever_fails(const reading& read) {
  int failed = 0;
  for (const auto& each : subjects()) {
    failed += with_every_call_failing(each, read, -EIO, false);
    with_every_call_failing(each, read, 0, true);
  }
  CHECK(failed > 50);
}

} // namespace

TEST_CASE("whatever call fails, verify finds what is there or says that it could not read") {
  whatever_fails(verified);
}

TEST_CASE("whatever call fails, stat tells what is there or says that it could not read") {
  whatever_fails(stated);
}

TEST_CASE("whatever call of a start or of reading fails, readers are given what is there or an error") {
  whatever_fails(started);
}

TEST_CASE("whatever call of a start beside a view fails, readers are given what is there or an error") {
  memory_files files{make(journal_time).stopped};
  const auto books = file_journal::open(dir, small_segments(), journal_time, files);
  REQUIRE(books);
  auto options = small_segments();
  options.ask_view = [seen = journal_witness{3, *(*books)->digest_at(3)}] { return std::optional{seen}; };
  const auto started_with_view = [&](memory_files& with) { return started_with(options, with); };
  int failed = 0;
  for (const auto& each : subjects())
    if (each.name == "killed" || each.name == "without an index" || each.name == "replaced")
      failed += with_every_call_failing(each, started_with_view, -EIO, false);
  CHECK(failed > 50);
}

TEST_CASE("a writer that cannot see which of two streams with one hash is meant is refused, not let through") {
  memory_files files{make(journal_time).stopped};
  auto books = file_journal::open(dir, small_segments(), journal_time + 100, files);
  REQUIRE(books);
  files.fail({file_call::read, "", 1, true, -EIO});
  const auto refused = std::move((*books)->append({wanted(one_of_two, 1)}, journal_time + 100).front());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::version_conflict);
  files.heal();
  CHECK((*books)->append({wanted(one_of_two, 1)}, journal_time + 100).front());
}

TEST_CASE("an index file that goes away while stat looks at it counts for nothing") {
  const auto with = [](os_outcome outcome) {
    memory_files files{make(journal_time).stopped};
    if (outcome != 0)
      files.fail({file_call::open, "/index/", 1, false, outcome});
    const auto found = stat_journal(dir, files);
    REQUIRE(found);
    return found->index_bytes;
  };
  CHECK(with(-ENOENT) > 0);
  CHECK(with(-ENOENT) < with(0));
}

TEST_CASE("a start whose tail finds no room to be written again, the reserve being gone, is refused and keeps it") {
  memory_files files{without(make(journal_time).running, "/index/")};
  files.fail({file_call::allocate, "", 1, true, -ENOSPC});
  files.fail({file_call::write, ".jsonl", 1, true, -ENOSPC});
  auto options = small_segments();
  options.reserve_bytes = 4096;
  const auto refused = file_journal::open(dir, options, journal_time + 100, files);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::disk_full);
  files.heal();
  auto books = file_journal::open(dir, options, journal_time + 100, files);
  REQUIRE(books);
  CHECK((*books)->last_position() == 14);
}

TEST_CASE("a file that is larger than expected, or cannot be read, is not taken into memory") {
  memory_files files;
  auto disk = files.disk();
  disk.put("/d/some", "twelve bytes");
  for (const auto what : {file_call::size, file_call::read}) {
    memory_files with{disk};
    const file_system system{with};
    auto opened = system.open("/d/some", open_mode::read);
    REQUIRE(opened);
    const auto whole = read_whole(**opened, 12);
    REQUIRE(whole);
    CHECK(*whole == "twelve bytes");
    const auto refused = read_whole(**opened, 11);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("12 bytes") && Catch::Contains("at most 11"));
    with.fail({what, "", 1, false, -EIO});
    const auto unread = read_whole(**opened, 12);
    REQUIRE_FALSE(unread);
    CHECK(unread.error().code == errc::io_error);
  }
}
