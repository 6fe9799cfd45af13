#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include <nlohmann/json.hpp>

#include "daybook/persistence/journal_backup.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// A journal of several segments and a place for its backup.
struct backed_up {
  journal_fixture on;
  fast_dir place;
  faulty_files files;
  std::filesystem::path to = place.path() / "backup";
  std::filesystem::path restored = place.path() / "restored";

  explicit backed_up(std::uint64_t segment_bytes = 900) : on(segment_bytes) {
    files.without_syncs();
    on.files.without_syncs();
    on.open();
    grow(8);
  }

  void grow(int commits) {
    for (int i = 0; i < commits; ++i)
      on.append("a", 1 + i % 2);
  }

  result<copy_report> try_backup() { return backup_journal(on.dir(), to, journal_time, {}, files); }

  copy_report backup() {
    auto report = try_backup();
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    return *report;
  }

  /// What a restored backup holds.
  texts_of_commits contents() {
    std::filesystem::remove_all(restored);
    auto report = restore_journal(to, restored, {}, files);
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    return read(restored);
  }

  static texts_of_commits read(const std::filesystem::path& data) {
    auto opened = file_journal::open(data, {}, journal_time);
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.ok());
    auto read = (*opened)->read_from(1, {1'000'000, std::size_t{1} << 30});
    REQUIRE(read.ok());
    texts_of_commits texts;
    for (const auto& each : *read)
      texts.push_back(text_of(each));
    return texts;
  }

  /// That a backup is refused, with these words, and changes nothing.
  void refused(const std::string& words, errc code = errc::invalid_argument) {
    const auto before = directory();
    const auto report = try_backup();
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == code);
    CHECK_THAT(report.error().message, Catch::Contains(words));
    CHECK((directory() == before));
  }

  std::map<std::string, std::string> directory() const {
    auto found = journal_fixture::directory(to / "journal");
    found.erase("lock");
    return found;
  }
};

bool is_prefix(const texts_of_commits& part, const texts_of_commits& all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

} // namespace

TEST_CASE("a backup is restored to the same journal, byte by byte, and goes on") {
  backed_up in;
  const auto report = in.backup();
  CHECK(report.last_position == in.on.books().last_position());
  CHECK(report.last_digest == *in.on.books().digest_at(report.last_position));
  CHECK(report.journal_id == in.on.books().journal_id());
  CHECK(report.segments == in.on.segments().size());
  CHECK(in.contents() == in.on.commits());
  const auto source = in.on.directory(in.on.journal_dir());
  const auto restored = in.on.directory(in.restored / "journal");
  for (const auto& [name, bytes] : source)
    if (name != "lock")
      CHECK(restored.at(name) == bytes);
  auto opened = file_journal::open(in.restored, {}, journal_time);
  REQUIRE(opened.ok());
  CHECK((*opened)->append({wanted("b", 0)}, journal_time).front().ok());
}

TEST_CASE("a backup is a data directory that verify reads, and its manifest says how far it goes") {
  backed_up in;
  const auto report = in.backup();
  const auto verified = verify_journal(in.to, {{{report.last_position, report.last_digest}}, {}});
  REQUIRE(verified.ok());
  CHECK(verified->intact);
  CHECK(verified->unmet_position == 0);
  const auto manifest = nlohmann::json::parse(bytes_of(in.to / "backup.json"));
  CHECK(manifest.at("journal_id") == report.journal_id);
  CHECK(manifest.at("position") == report.last_position);
  CHECK(manifest.at("digest") == report.last_digest);
  CHECK(manifest.at("made_at") == "2026-11-23T10:15:00.000000Z");
}

TEST_CASE("a second backup copies the segments that are new or have grown, and no other") {
  backed_up in;
  const auto first = in.backup();
  CHECK(first.copied_segments == in.on.segments().size());
  const auto before = in.directory();
  in.grow(6);
  std::size_t changed = 0;
  for (const auto& each : in.on.segments()) {
    const auto there = before.find(each.filename().string());
    changed += there == before.end() || there->second != bytes_of(each) ? 1 : 0;
  }
  REQUIRE(changed < in.on.segments().size());
  const auto second = in.backup();
  CHECK(second.segments == in.on.segments().size());
  CHECK(second.copied_segments == changed);
  CHECK(in.contents() == in.on.commits());
  // Nothing new: the last segment only.
  CHECK(in.backup().copied_segments == 1);
  CHECK(in.contents() == in.on.commits());
}

TEST_CASE("a sealed segment of the backup that was cut is copied again") {
  backed_up in;
  in.backup();
  const auto victim = in.to / "journal" / in.on.segments()[1].filename();
  std::filesystem::resize_file(victim, 400);
  in.backup();
  CHECK(in.contents() == in.on.commits());
}

TEST_CASE("a backup of a journal that is being written holds what was durable, whole commits only") {
  // Not so many segments that the process runs out of files.
  backed_up in{128 << 10};
  std::atomic<bool> stop{false};
  std::atomic<position_t> acknowledged{0};
  std::atomic<int> rounds{0};
  std::thread writer{[&] {
    for (int i = 0; !stop;) {
      // So much beside each backup, no more: it shall not fill the machine.
      if (i == 200 * rounds) {
        std::this_thread::yield();
        continue;
      }
      ++i;
      const auto made =
        in.on.books().append({wanted("w" + std::to_string(i), 0, 3), wanted("x" + std::to_string(i), 0)}, journal_time);
      if (made.back())
        acknowledged = made.back()->last_position();
    }
  }};
  std::vector<texts_of_commits> seen;
  std::vector<copy_report> reports;
  std::string problem;
  while (seen.size() < 20 && problem.empty()) {
    const position_t known = acknowledged;
    ++rounds;
    auto report = in.try_backup();
    std::filesystem::remove_all(in.restored);
    auto restored = report ? restore_journal(in.to, in.restored, {}, in.files) : report;
    if (!restored) {
      problem = restored.error().message;
    } else if (report->last_position < known) {
      problem = "position " + std::to_string(known) + " is not in it";
    } else {
      reports.push_back(*report);
      seen.push_back(backed_up::read(in.restored));
    }
  }
  stop = true;
  writer.join();
  CHECK(problem == "");
  const auto all = in.on.commits();
  for (const auto& each : seen)
    CHECK(is_prefix(each, all));
  for (const auto& each : reports)
    CHECK(each.last_digest == *in.on.books().digest_at(each.last_position));
}

TEST_CASE("a backup leaves out what a running node has not said to be durable") {
  backed_up in;
  const auto mark = in.on.directory(in.on.index_dir()).at("durable");
  const auto last = in.on.books().last_position();
  in.on.append("b");
  put_bytes(in.on.index_dir() / "durable", mark);
  CHECK(in.backup().last_position == last);
  in.on.crash();
  put_bytes(in.on.index_dir() / "durable", mark);
  CHECK(in.backup().last_position == last + 1);
}

TEST_CASE("a backup directory of another journal is refused") {
  backed_up in;
  in.backup();
  backed_up other;
  other.to = in.to;
  other.refused("holds a backup of journal " + in.on.books().journal_id());
  std::filesystem::remove(in.to / "backup.json");
  other.refused("holds a backup of journal " + in.on.books().journal_id());
}

TEST_CASE("a backup that is ahead of the journal is refused: the journal was replaced by an older copy") {
  backed_up in;
  in.on.stop();
  const auto older = in.on.directory(in.on.journal_dir());
  in.on.open();
  in.grow(1);
  in.backup();
  in.on.stop();
  in.on.restore(in.on.journal_dir(), older);
  in.on.remove_index();
  in.refused("is ahead of the journal: it has position 13, the journal ends with 12");
  // It has gone another way meanwhile.
  in.on.open();
  in.on.append("elsewhere", 3);
  in.refused("has another history: the digest of its position 13");
}

TEST_CASE("a directory that is something else is refused as a backup's") {
  backed_up in;
  SECTION("the journal's own") {
    in.to = in.on.dir();
    in.on.stop();
    in.refused("is a data directory");
  }
  SECTION("an unreadable manifest") {
    std::filesystem::create_directories(in.to / "journal");
    put_bytes(in.to / "backup.json", "{}");
    in.refused("is not what a backup writes", errc::journal_damaged);
  }
}

TEST_CASE("a damaged journal is not backed up, and the backup stays as it was") {
  backed_up in;
  in.backup();
  const auto whole = in.on.commits();
  in.grow(3);
  in.on.stop();
  SECTION("in the last segment") {
    in.on.flip(in.on.segments().back(), in.on.bytes().size() - 100);
  }
  SECTION("a segment that the backup lacks is missing") {
    in.on.open();
    in.grow(12);
    in.on.stop();
    std::filesystem::remove(*std::prev(in.on.segments().end(), 2));
  }
  in.refused("damaged", errc::journal_damaged);
  CHECK(in.contents() == whole);
}

TEST_CASE("whichever call fails, the backup that was there can be restored, and the next one succeeds") {
  for (const auto what : {operation::open, operation::write, operation::sync, operation::rename, operation::sync_directory})
    for (int nth = 1;; ++nth) {
      backed_up in;
      in.backup();
      const auto before = in.on.commits();
      in.grow(7);
      in.files.fail(what, errc::io_error, nth);
      const auto report = in.try_backup();
      in.files.heal();
      INFO("call " << nth << " of kind " << static_cast<int>(what));
      const auto found = in.contents();
      CHECK(is_prefix(before, found));
      CHECK(is_prefix(found, in.on.commits()));
      CHECK(in.backup().last_position == in.on.books().last_position());
      CHECK(in.contents() == in.on.commits());
      if (report) {
        CHECK(nth > 1);
        break;
      }
    }
}

TEST_CASE("a backup is synced, files and directory, before it takes its place") {
  backed_up in;
  in.backup();
  std::map<std::string, bool> is_synced;
  bool directory = false;
  for (const auto& each : in.files.calls()) {
    if (each.what == operation::write)
      is_synced[each.name] = false;
    if (each.what == operation::sync)
      is_synced[each.name] = true;
    if (each.what == operation::rename && each.name == "backup.json")
      CHECK(directory);
    if (each.what == operation::rename)
      CHECK(is_synced.at(each.name + ".new"));
    directory = each.what == operation::sync_directory || (directory && each.what != operation::rename);
  }
  CHECK(in.files.calls().back().what == operation::sync_directory);
}

TEST_CASE("two backups into one directory at a time are refused") {
  backed_up in;
  in.backup();
  const auto held = file_system{posix_files()}.lock(in.to / "journal" / "lock");
  REQUIRE(held.ok());
  in.refused("has", errc::directory_in_use);
}

TEST_CASE("a restore is refused where something is already, and where the backup does not verify") {
  backed_up in;
  in.backup();
  in.on.stop();
  const auto into_used = restore_journal(in.to, in.on.dir(), {}, in.files);
  REQUIRE_FALSE(into_used.ok());
  CHECK(into_used.error().code == errc::invalid_argument);
  CHECK_THAT(into_used.error().message, Catch::Contains("is not empty") && Catch::Contains("--data"));
  const auto refused = [&](errc code) {
    const auto report = restore_journal(in.to, in.restored, {}, in.files);
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == code);
    CHECK_FALSE(std::filesystem::exists(in.restored / "journal"));
  };
  const auto last = in.to / "journal" / in.on.segments().back().filename();
  const auto bytes = bytes_of(last);
  SECTION("a bit") {
    in.on.flip(in.to / "journal" / in.on.segments().front().filename(), 500);
    refused(errc::journal_damaged);
  }
  SECTION("a lost end") {
    put_bytes(last, bytes.substr(0, *std::prev(commit_ends(bytes).end(), 2)));
    refused(errc::journal_damaged);
  }
  SECTION("a segment") {
    std::filesystem::remove(in.to / "journal" / in.on.segments()[1].filename());
    refused(errc::journal_damaged);
  }
  SECTION("the manifest") {
    std::filesystem::remove(in.to / "backup.json");
    refused(errc::not_found);
  }
}

TEST_CASE("an empty journal is backed up to nothing, and later to what it has") {
  backed_up in;
  journal_fixture empty;
  empty.open();
  const auto report = backup_journal(empty.dir(), in.to, journal_time, {}, in.files);
  REQUIRE(report.ok());
  CHECK(report->last_position == 0);
  empty.append("a");
  const auto again = backup_journal(empty.dir(), in.to, journal_time, {}, in.files);
  REQUIRE(again.ok());
  CHECK(again->last_position == 1);
}
