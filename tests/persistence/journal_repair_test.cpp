#include <catch2/catch.hpp>

#include <set>
#include <sstream>

#include "daybook/persistence/journal_backup.hpp"
#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_repair.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// Twelve commits, positions 1 to 18, in several segments, as a killed process leaves them; a backup of them that is older.
struct damaged {
  journal_fixture on{1500};
  fast_dir place;
  std::filesystem::path backup = place.path() / "backup";
  texts_of_commits all;
  position_t backed_up = 0;

  damaged() {
    on.files.without_syncs();
    on.open();
    for (int i = 0; i < 12; ++i) {
      on.append("order-" + std::to_string(i), 1 + i % 2);
      if (i == 9)
        backed_up = backup_journal(on.dir(), backup, journal_time)->last_position;
    }
    all = on.commits();
    REQUIRE(on.books().last_position() == 18);
    on.crash();
    REQUIRE(on.segments().size() >= 3);
  }

  repair_report repair(bool carry_out, bool from_backup = false) {
    auto report = repair_journal(on.dir(), {carry_out, from_backup ? backup : std::filesystem::path{}, {}}, on.files);
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    return *report;
  }

  std::map<std::string, std::string> everything() const {
    auto found = on.directory(on.journal_dir());
    found.erase("lock");
    for (const auto& [name, bytes] : on.directory(on.index_dir()))
      found["index/" + name] = bytes;
    return found;
  }

  /// What it would do, and that it has done nothing.
  repair_report look(bool from_backup = false) {
    const auto before = everything();
    const auto verified = verify_journal(on.dir());
    CHECK((!verified || !verified->intact));
    const auto report = repair(false, from_backup);
    CHECK((everything() == before));
    CHECK(report.is_needed);
    CHECK_FALSE(report.is_done);
    return report;
  }

  /// Repairs, with the report that was shown before, and opens: whole commits up to a position, which may go on.
  repair_report mend(bool from_backup = false) {
    const auto shown = look(from_backup);
    const auto before = everything();
    const auto report = repair(true, from_backup);
    CHECK(report.is_done);
    CHECK(report.damages == shown.damages);
    CHECK(report.last_position == shown.last_position);
    CHECK(report.rescued_file == shown.rescued_file);
    check_kept(before, report);
    on.open();
    const auto found = on.commits();
    REQUIRE(found.size() <= all.size());
    CHECK(std::equal(found.begin(), found.end(), all.begin()));
    CHECK(on.books().last_position() == report.last_position);
    on.append("order-new");
    on.stop();
    CHECK_FALSE(repair(false).is_needed);
    return report;
  }

  /// Every segment is there as it was, under its own name or another.
  void check_kept(const std::map<std::string, std::string>& before, const repair_report& report) {
    const auto after = everything();
    for (const auto& [name, bytes] : before) {
      if (name.find("index/") == 0)
        continue;
      const auto step =
        std::find_if(report.steps.begin(), report.steps.end(), [&](const auto& x) { return x.segment == name; });
      CHECK(after.at(step == report.steps.end() ? name : step->kept_as) == bytes);
    }
  }

  std::string name(std::size_t segment) const { return on.segments().at(segment).filename().string(); }

  /// Changes the data of a commit, counted in its segment.
  void change(std::size_t segment, std::size_t number, std::size_t back_from_end = 80) {
    const auto file = on.segments().at(segment);
    const auto ends = commit_ends(bytes_of(file));
    on.flip(file, ends.at(number + 1) - back_from_end);
  }
};

std::string text_of(const std::vector<position_range>& ranges) {
  std::string text;
  for (const auto& each : ranges)
    text += std::to_string(each.from) + "-" + std::to_string(each.to) + " ";
  return text;
}

std::vector<position_t> positions_in(const std::filesystem::path& jsonl) {
  std::vector<position_t> positions;
  std::istringstream in{bytes_of(jsonl)};
  for (std::string line; std::getline(in, line);) {
    const auto event = parse_export_line(line);
    REQUIRE(event.has_value());
    positions.push_back(event->event.position);
  }
  return positions;
}

} // namespace

TEST_CASE("a whole journal needs no repair, and one with a torn tail neither") {
  damaged in;
  CHECK_FALSE(in.repair(true).is_needed);
  in.on.replace(in.on.bytes() + "{\"position\":19,");
  const auto report = in.repair(true);
  CHECK_FALSE(report.is_needed);
  CHECK(report.last_position == 18);
  CHECK(in.on.open().commits() == in.all);
}

TEST_CASE("repair is refused beside a running node") {
  damaged in;
  in.on.open();
  const auto report = repair_journal(in.on.dir(), {}, in.on.files);
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == errc::directory_in_use);
}

TEST_CASE("repair of a damaged commit in the middle ends the journal before it and rescues what verifies behind it") {
  damaged in;
  in.change(1, 1);
  const auto first = *std::next(commit_ends(bytes_of(in.on.segments()[1])).begin(), 1);
  const auto report = in.mend();
  REQUIRE(report.damages.size() == 1);
  CHECK_THAT(report.damages[0], Catch::Contains(in.name(1)) && Catch::Contains("byte " + std::to_string(first)));
  // Commits 1 to 6 are positions 1 to 9; the damaged one is lost, everything behind it rescued.
  const auto lost = report.last_position + 1;
  REQUIRE(report.lost.size() == 1);
  CHECK(report.lost[0].from == lost);
  CHECK(report.lost_streams.size() == 1);
  const auto rescued = positions_in(in.on.dir() / report.rescued_file);
  CHECK(rescued.size() == report.rescued_events);
  CHECK(rescued.front() == report.lost[0].to + 1);
  CHECK(rescued.back() == 18);
  CHECK(rescued.size() + report.last_position + (report.lost[0].to - lost + 1) == 18);
}

TEST_CASE("repair rescues the commit behind one whose digest alone is damaged") {
  damaged in;
  const auto bytes = bytes_of(in.on.segments()[1]);
  const auto ends = commit_ends(bytes);
  const auto events = std::count(bytes.begin() + static_cast<long>(ends[1]), bytes.begin() + static_cast<long>(ends[2]), '\n');
  in.change(1, 1, 10);
  const auto report = in.mend();
  CHECK(report.lost.at(0).to - report.lost.at(0).from + 1 == static_cast<position_t>(events));
  const auto rescued = positions_in(in.on.dir() / report.rescued_file);
  CHECK(rescued.front() == report.lost.at(0).to + 1);
  CHECK(rescued.back() == 18);
}

TEST_CASE("repair of a damaged header sets the segment and all behind it aside and rescues their commits") {
  damaged in;
  in.on.flip(in.on.segments()[1], 70);
  const auto begin = in.name(1);
  const auto report = in.mend();
  CHECK(report.steps.front().action == repair_action::set_aside);
  CHECK(report.steps.front().segment == begin);
  CHECK(report.steps.front().kept_as == begin + ".damaged-1");
  CHECK(report.lost.empty());
  CHECK(positions_in(in.on.dir() / report.rescued_file).back() == 18);
}

TEST_CASE("repair of a missing segment ends the journal before it and says which positions are lost") {
  damaged in;
  const auto first = position_t{std::stoull(in.name(1).substr(0, 20))};
  const auto next = position_t{std::stoull(in.name(2).substr(0, 20))};
  std::filesystem::remove(in.on.segments()[1]);
  const auto report = in.mend();
  CHECK(report.last_position == first - 1);
  CHECK(text_of(report.lost) == std::to_string(first) + "-" + std::to_string(next - 1) + " ");
  CHECK(report.lost_streams.empty());
}

TEST_CASE("repair of a killed node's last commit: what the mark knows of is told as lost") {
  damaged in;
  const auto bytes = in.on.bytes();
  const auto begin = *std::prev(commit_ends(bytes).end(), 2);
  SECTION("gone") {
    in.on.replace(bytes.substr(0, begin));
  }
  SECTION("damaged") {
    auto changed = bytes;
    changed[begin + 100] ^= 1;
    in.on.replace(changed);
  }
  const auto report = in.mend();
  CHECK(report.last_position == 16);
  CHECK(text_of(report.lost) == "17-18 ");
  CHECK(report.rescued_commits == 0);
}

TEST_CASE("repair accepts what verifies where a memory of another history is all that speaks against it") {
  damaged in;
  const auto index = in.on.directory(in.on.index_dir());
  journal_fixture other{1500};
  auto mark = index.at("durable");
  // The mark of a journal that went another way, as it would be after a copy was put in place.
  durable_mark::open(file_system{posix_files()}, in.on.index_dir() / "durable")
    .put(verify_journal(in.on.dir())->journal_id, 16, journal_format::first_digest());
  const auto report = in.mend();
  CHECK(report.last_position == 18);
  CHECK(report.lost.empty());
  CHECK(report.steps.empty());
}

TEST_CASE("repair sets a segment of another journal aside") {
  damaged in;
  journal_fixture other{1500};
  other.open();
  other.append("order-x");
  put_bytes(in.on.segments()[1], bytes_of(other.segments()[0]));
  const auto report = in.mend();
  CHECK_THAT(report.damages.front(), Catch::Contains("belongs to journal " + other.books().journal_id()));
  CHECK_FALSE(report.lost.empty());
}

TEST_CASE("repair from a backup loses nothing that the backup has and that joins") {
  damaged in;
  SECTION("a damaged commit in a sealed segment") {
    in.change(1, 1);
  }
  SECTION("a damaged header") {
    in.on.flip(in.on.segments()[1], 70);
  }
  SECTION("the first header") {
    in.on.flip(in.on.segments()[0], 70);
  }
  SECTION("a missing segment") {
    std::filesystem::remove(in.on.segments()[1]);
  }
  SECTION("the first segment missing") {
    std::filesystem::remove(in.on.segments()[0]);
  }
  SECTION("a segment that was cut") {
    std::filesystem::resize_file(in.on.segments()[1], 700);
  }
  SECTION("two segments") {
    in.change(0, 2);
    in.change(1, 0);
  }
  SECTION("the last segment, before the end of the backup") {
    in.change(in.on.segments().size() - 1, 0);
  }
  SECTION("a segment of another journal in its place") {
    journal_fixture other;
    other.open();
    put_bytes(in.on.segments()[1], bytes_of(other.segments()[0]));
  }
  const auto report = in.mend(true);
  CHECK(report.last_position == 18);
  CHECK(report.lost.empty());
  CHECK(report.rescued_commits == 0);
  CHECK(report.steps.front().action == repair_action::take_from_backup);
}

TEST_CASE("repair from a backup that ends before the damage ends there, and from another journal's is refused") {
  damaged in;
  const auto last = in.on.segments().size() - 1;
  const auto count = commit_ends(in.on.bytes()).size() - 1;
  in.change(last, count - 1);
  CHECK(in.mend(true).last_position == 16);
  damaged other;
  other.change(1, 1);
  other.backup = in.backup;
  const auto report = repair_journal(other.on.dir(), {true, other.backup, {}}, other.on.files);
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == errc::invalid_argument);
}

TEST_CASE("repair removes index and view, and never writes over what an earlier repair kept") {
  damaged in;
  in.change(1, 1);
  put_bytes(in.on.journal_dir() / (in.name(1) + ".damaged-1"), "kept before");
  std::filesystem::create_directories(in.on.dir() / "view");
  put_bytes(in.on.dir() / "view" / "orders-1.db", "a view");
  std::filesystem::create_symlink("orders-1.db", in.on.dir() / "view" / "orders.db");
  const auto report = in.repair(true);
  CHECK(report.steps.front().kept_as == in.name(1) + ".damaged-2");
  CHECK(bytes_of(in.on.journal_dir() / (in.name(1) + ".damaged-1")) == "kept before");
  CHECK(in.on.directory(in.on.index_dir()).empty());
  CHECK_FALSE(std::filesystem::exists(in.on.dir() / "view" / "orders-1.db"));
}

TEST_CASE(
  "everything that a repair keeps or makes is synced before a segment is replaced, and the directory before it forgets") {
  damaged in;
  in.change(1, 1);
  in.on.files.forget();
  in.repair(true);
  std::set<std::string> unsynced;
  bool directory = true;
  for (const auto& each : in.on.files.calls()) {
    if (each.what == operation::write)
      unsynced.insert(each.name);
    if (each.what == operation::sync)
      unsynced.erase(each.name);
    if (each.what == operation::rename)
      CHECK(unsynced.empty());
    if (each.what == operation::remove)
      CHECK(directory);
    directory = each.what == operation::sync_directory || (directory && each.what != operation::rename);
  }
}

TEST_CASE("whichever call fails, a repair leaves a journal that is refused or repaired, and can be begun again") {
  for (const bool from_backup : {false, true})
    for (const auto what :
         {operation::open, operation::write, operation::sync, operation::rename, operation::remove, operation::sync_directory})
      for (int nth = 1;; ++nth) {
        damaged in;
        in.change(1, 1);
        in.on.files.fail(what, errc::io_error, nth);
        const auto report =
          repair_journal(in.on.dir(), {true, from_backup ? in.backup : std::filesystem::path{}, {}}, in.on.files);
        in.on.files.heal();
        INFO("call " << nth << " of kind " << static_cast<int>(what));
        if (const auto found = verify_journal(in.on.dir()); !report && found && found->intact)
          CHECK(found->last_position == (from_backup ? 18 : 7));
        const auto again = in.repair(true, from_backup);
        in.on.open();
        const auto found = in.on.commits();
        CHECK(std::equal(found.begin(), found.end(), in.all.begin()));
        if (from_backup)
          CHECK(found.size() == in.all.size());
        if (report) {
          CHECK(nth > 1);
          break;
        }
      }
}
