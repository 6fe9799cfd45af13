#include <catch2/catch.hpp>

#include "daybook/persistence/journal_backup.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

// The room that the last segment has behind its commits: line feeds that nobody may take for anything else.

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr std::size_t room = 16'000;

/// What is behind the last commit of the last segment.
std::string behind_commits(const journal_fixture& on) {
  return on.bytes().substr(commit_ends(on.bytes()).back());
}

/// A journal that was killed while it had room behind its commits.
struct killed_journal {
  killed_journal() {
    on.preallocating(room).open();
    for (int i = 0; i < 3; ++i)
      on.append("a");
    all = on.commits();
    bytes = on.bytes();
    index = journal_fixture::directory(on.index_dir());
    text = on.text();
    on.stop();
  }

  void lay(const std::string& last_segment) {
    on.stop();
    for (const auto& each : on.torn())
      std::filesystem::remove(each);
    on.replace(last_segment);
    journal_fixture::restore(on.index_dir(), index);
  }

  journal_fixture on;
  texts_of_commits all;
  std::string bytes;
  std::string text;
  std::map<std::string, std::string> index;
};

} // namespace

TEST_CASE("small commits go into room that was there before, and the file keeps its size until that is used up") {
  journal_fixture on;
  on.preallocating(room).open();
  on.append("a");
  const auto size = on.bytes().size();
  CHECK(size == on.text().size() + room);
  CHECK(behind_commits(on) == std::string(room, '\n'));
  while (on.text().size() + 2 * 400 < size) {
    on.files.forget();
    on.append("a");
    REQUIRE(on.bytes().size() == size);
    // The commit, its sync, and the durable mark.
    REQUIRE(on.files.calls().size() == 3);
  }
  for (int i = 0; i < 4; ++i)
    on.append("a");
  CHECK(on.bytes().size() > size);
  CHECK(behind_commits(on).size() > room / 2);
  on.after_every_start([&] { CHECK(on.commits().size() == on.version("a")); });
}

TEST_CASE("a large batch gets no room behind it, and the next small one does") {
  journal_fixture on;
  on.preallocating(room).open();
  on.append("a", 16);
  CHECK(behind_commits(on).empty());
  on.append("a");
  CHECK(behind_commits(on).size() == room);
}

TEST_CASE("room ends where the segment does: a sealed segment has none, nor has a journal that was stopped") {
  journal_fixture on{2'000};
  on.preallocating(room).open();
  on.append("a");
  CHECK(on.bytes().size() == 2'000);
  while (on.segments().size() < 3)
    on.append("a");
  for (const auto& each : {on.segments()[0], on.segments()[1]})
    CHECK(commit_ends(bytes_of(each)).back() == bytes_of(each).size());
  CHECK(on.bytes().size() == 2'000);
  on.stop();
  CHECK(behind_commits(on).empty());
}

TEST_CASE("without preallocation a journal's file ends with its last commit") {
  journal_fixture on;
  on.preallocating(0).open();
  on.append("a");
  CHECK(behind_commits(on).empty());
}

TEST_CASE("room behind the commits of a killed journal is neither damage nor a torn tail") {
  killed_journal in;
  in.lay(in.bytes);
  in.on.open();
  CHECK(in.on.commits() == in.all);
  CHECK(in.on.torn().empty());
  CHECK(in.on.books().recovery().cut_bytes == 0);
  CHECK(in.on.bytes() == in.text);
  CHECK(in.on.append("a").events.front().position == 4);
}

TEST_CASE("a torn write in the room is cut, and kept without the room behind it") {
  killed_journal in;
  const auto torn = std::string{"{\"position\":4,"};
  auto bytes = in.bytes;
  // Its first sector did not arrive.
  bytes.replace(in.text.size() + 100, torn.size(), torn);
  in.lay(bytes);
  in.on.open();
  CHECK(in.on.commits() == in.all);
  REQUIRE(in.on.torn().size() == 1);
  CHECK(bytes_of(in.on.torn()[0]) == std::string(100, '\n') + torn + '\n');
  CHECK(in.on.books().recovery().cut_offset == in.text.size());
  CHECK(in.on.bytes() == in.text);
}

TEST_CASE("a durable commit in whose place there is room is lost, and the start is refused") {
  killed_journal in;
  const auto ends = commit_ends(in.text);
  auto bytes = in.bytes;
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(ends[2]), bytes.end(), '\n');
  in.lay(bytes);
  const auto opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == errc::journal_damaged);
  CHECK_THAT(opened.error().message, Catch::Contains("position 3 was there and is gone"));
  CHECK(in.on.bytes() == bytes);
}

TEST_CASE("a segment of line feeds alone is damaged, wherever the rest went") {
  killed_journal in;
  in.lay(std::string(in.bytes.size(), '\n'));
  const auto opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == errc::journal_damaged);
}

TEST_CASE("who reads a journal beside the one that writes it does not see the room") {
  killed_journal in;
  in.lay(in.bytes);
  const auto verified = in.on.verify();
  CHECK(verified.intact);
  CHECK(verified.unfinished_bytes == 0);
  CHECK(verified.bytes == in.text.size());
  const auto counted = stat_journal(in.on.dir());
  REQUIRE(counted.ok());
  CHECK(counted->bytes == in.text.size());
  const fast_dir backup;
  const auto copied = backup_journal(in.on.dir(), backup.path(), journal_time);
  REQUIRE(copied.ok());
  CHECK(copied->copied_bytes == in.text.size());
  CHECK(bytes_of(backup.path() / "journal" / in.on.segments().back().filename()) == in.text);
}

TEST_CASE("a device without room for more than the commit stores the commit") {
  journal_fixture on;
  on.preallocating(room).open();
  on.files.fail(operation::write, errc::disk_full, 2, false, ".jsonl");
  on.append("a");
  CHECK(behind_commits(on).empty());
  // It is not tried again with every commit.
  on.append("a");
  CHECK(behind_commits(on).empty());
  CHECK(on.books().has_failed() == false);
  CHECK(on.reopen_without_index().commits().size() == 2);
  on.append("a");
  CHECK(behind_commits(on).size() == room);
}

TEST_CASE("room that cannot be written, or not be given back, ends writing as a failed write does") {
  for (const auto cause : {errc::io_error, errc::disk_full}) {
    journal_fixture on;
    on.preallocating(room).open();
    on.append("b", 16);
    on.files.fail(operation::write, cause, 2, false, ".jsonl");
    on.files.also_fail(operation::truncate);
    CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
    CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
    on.files.heal();
    on.reopen();
    CHECK(on.stream("b").size() == 16);
  }
}

TEST_CASE("a clean stop that cannot take the room away is one all the same") {
  journal_fixture on;
  on.preallocating(room).open();
  on.append("a");
  on.files.fail(operation::truncate, errc::io_error);
  CHECK(on.books().close().ok());
  CHECK(behind_commits(on).size() == room);
  on.files.heal();
  on.stop().open();
  CHECK(on.books().recovery().was_clean);
  CHECK(on.commits().size() == 1);
  CHECK(on.torn().empty());
}

TEST_CASE("with the reserve the room is given up, too, and not taken again before the next segment") {
  journal_fixture on{4'000};
  on.preallocating(room).open();
  on.append("a");
  CHECK(behind_commits(on).size() > 3'000);
  CHECK(on.books().give_up_reserve());
  CHECK(behind_commits(on).empty());
  on.append("a");
  CHECK(behind_commits(on).empty());
  while (on.segments().size() < 2)
    on.append("a");
  CHECK(behind_commits(on).size() > 3'000);
  on.after_every_start([&] { CHECK(on.commits().size() == on.version("a")); });
}

TEST_CASE("room that cannot be cut when the reserve is given up is written over") {
  journal_fixture on;
  on.preallocating(room).open();
  on.append("a");
  on.files.fail(operation::truncate, errc::io_error);
  CHECK(on.books().give_up_reserve());
  on.files.heal();
  CHECK(behind_commits(on).size() == room);
  on.append("a");
  CHECK(behind_commits(on).size() < room);
  CHECK(on.reopen_without_index().commits().size() == 2);
}
