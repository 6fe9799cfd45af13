#include <catch2/catch.hpp>

#include <set>
#include <sstream>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "daybook/persistence/csv.hpp"
#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_import.hpp"
#include "daybook/tests/support/journal_fixture.hpp"
#include "daybook/tests/support/text_file.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// A journal of several segments with commits of all kinds.
struct exported {
  journal_fixture on{900};
  texts_of_commits all;
  std::string text;

  exported() {
    on.open();
    for (int i = 0; i < 6; ++i) {
      on.append("order-a", 1 + i % 3, i % 2 == 0);
      on.append("order-b");
    }
    auto foreign = wanted("other-c", 0);
    foreign.correlation_id = "import-7";
    foreign.causation_id = "cause-1";
    foreign.events.front().data = R"({"text":"a \"quoted\", text"})";
    on.append_many({foreign, wanted("order-d", 0, 2)});
    all = on.commits();
    on.stop();
    REQUIRE(on.segments().size() > 2);
    text = export_as(export_format::json_lines);
  }

  std::string export_as(export_format as, position_t from = 1, position_t to = 0) {
    std::string made;
    const auto report = export_journal(on.dir(), {as, from, to, {}}, [&](std::string_view piece) {
      made += piece;
      return result<done>{done{}};
    });
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    CHECK(report->bytes == made.size());
    return made;
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& each : lines)
    text += each + "\n";
  return text;
}

/// The same end with the right SHA-256 for lines that were changed.
std::string with_end(std::vector<std::string> lines) {
  auto end = *parse_export_end(lines.back());
  lines.pop_back();
  auto text = joined(lines);
  end.sha256 = to_hex(sha256{}.start().add(text).finish());
  append_export_end(text, end);
  return text;
}

struct target {
  temp_dir dir;
  faulty_files files;
  std::filesystem::path data = dir.path() / "data";

  result<import_report> import(const std::string& text) {
    const auto from = open_text(dir, text);
    return import_journal(*from, data, {900, journal_time, {}}, files);
  }

  /// Without digests: those are of the journal.
  texts_of_commits commits() {
    auto opened = file_journal::open(data, {}, journal_time);
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.ok());
    auto read = (*opened)->read_from(1, {1'000'000, std::size_t{1} << 30});
    REQUIRE(read.ok());
    texts_of_commits texts;
    for (auto& each : *read) {
      each.digest.clear();
      texts.push_back(text_of(each));
    }
    return texts;
  }
};

texts_of_commits without_digests(const texts_of_commits& all) {
  texts_of_commits texts;
  for (const auto& each : all)
    texts.push_back(each.substr(0, each.rfind('\n', each.size() - 2) + 1) + "\n");
  return texts;
}

} // namespace

TEST_CASE("an export's lines are JSON with every field of an event, and its end says what it holds") {
  exported in;
  const auto lines = lines_of(in.text);
  const auto first = nlohmann::ordered_json::parse(lines.front());
  std::string keys;
  for (const auto& each : first.items())
    keys += each.key() + " ";
  CHECK(keys ==
        "position commit stream version type recorded_at command_id command_hash correlation_id causation_id open data ");
  const auto end = nlohmann::json::parse(lines.back());
  CHECK(end.at("export") == "daybook-journal");
  CHECK(end.at("events") == lines.size() - 1);
  CHECK(end.at("last_position") == lines.size() - 1);
  CHECK(end.at("digest") == verify_journal(in.on.dir())->last_digest);
  std::string before = in.text.substr(0, in.text.size() - lines.back().size() - 1);
  CHECK(end.at("sha256") == to_hex(sha256{}.start().add(before).finish()));
}

TEST_CASE("what was exported is imported: positions, versions, times, ids, fingerprints and commits are the same") {
  exported in;
  target to;
  const auto report = to.import(in.text);
  INFO((report ? "" : report.error().message));
  REQUIRE(report.ok());
  CHECK(report->commits == in.all.size());
  CHECK(report->segments > 1);
  const auto source = verify_journal(in.on.dir());
  CHECK(report->source_journal_id == source->journal_id);
  CHECK(report->journal_id != source->journal_id);
  CHECK(report->last_digest != source->last_digest);
  const auto made = verify_journal(to.data);
  CHECK(made->intact);
  CHECK(made->last_position == source->last_position);
  CHECK(made->last_digest == report->last_digest);
  CHECK(made->journal_id == report->journal_id);
  CHECK(to.commits() == without_digests(in.all));
}

TEST_CASE("an export by gzip is imported") {
  exported in;
  target to;
  const auto path = to.dir.path() / "export.jsonl.gz";
  auto* out = ::gzopen(path.c_str(), "wb");
  REQUIRE(::gzwrite(out, in.text.data(), static_cast<unsigned>(in.text.size())) == static_cast<int>(in.text.size()));
  ::gzclose(out);
  auto from = input_file::open(path.string());
  REQUIRE(from.ok());
  CHECK(import_journal(**from, to.data, {}).ok());
  CHECK(to.commits() == without_digests(in.all));
}

TEST_CASE("an export that was cut, at any byte, is not imported, and leaves nothing that looks like a journal") {
  exported in;
  target to;
  to.files.without_syncs();
  // The last line feed is no loss.
  for (std::size_t size = 0; size + 1 < in.text.size(); size += size + 400 < in.text.size() ? 61 : 1) {
    const auto report = to.import(in.text.substr(0, size));
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == errc::unreadable_request);
    REQUIRE_FALSE(std::filesystem::exists(to.data / "journal"));
  }
  CHECK(to.import(in.text).ok());
}

TEST_CASE("an export whose bytes were changed is not imported") {
  exported in;
  target to;
  to.files.without_syncs();
  const auto end = in.text.rfind('\n', in.text.size() - 2) + 1;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < end; at += 37)
    places.push_back(at);
  for (const auto* each : {"export_version", "first_position", "last_position", "events", "sha256"})
    places.push_back(in.text.find(':', in.text.find(each, end)) + (std::string{each} == "sha256" ? 2 : 1));
  for (const auto at : places) {
    auto changed = in.text;
    changed[at] ^= 1;
    const auto report = to.import(changed);
    INFO("byte " << at);
    REQUIRE_FALSE(report.ok());
    REQUIRE(report.error().code == errc::unreadable_request);
    REQUIRE_FALSE(std::filesystem::exists(to.data / "journal"));
  }
}

TEST_CASE("an import names the line that does not follow, also when the export's end was made anew") {
  exported in;
  target to;
  auto lines = lines_of(in.text);
  const auto replace = [&](std::size_t line, const std::string& what, const std::string& with) {
    auto& text = lines.at(line);
    REQUIRE(text.find(what) != std::string::npos);
    text.replace(text.find(what), what.size(), with);
  };
  std::string expected;
  SECTION("a position that is missing") {
    lines.erase(lines.begin() + 3);
    expected = "line 4: position 4 is expected, 5 is there";
  }
  SECTION("two lines swapped") {
    std::swap(lines[1], lines[2]);
    expected = "line 2: position 2 is expected, 3 is there";
  }
  SECTION("a version that is missing") {
    replace(0, "\"version\":1", "\"version\":2");
    expected = "line 1: version 1 of order-a is expected, 2 is there";
  }
  SECTION("a time that goes back") {
    replace(1, "10:15:00.00", "10:14:00.00");
    expected = "line 2: its time is before";
  }
  SECTION("a commit of two streams") {
    replace(3, "\"stream\":\"order-a\"", "\"stream\":\"order-b\"");
    expected = "line 4: it is not of one commit with position 3";
  }
  SECTION("a commit that begins elsewhere") {
    replace(3, "\"commit\":3", "\"commit\":2");
    expected = "line 4: commit 2 is not where it begins";
  }
  SECTION("something else") {
    lines[2] = "{}";
    expected = "line 3: this is no line of a journal's export";
  }
  SECTION("something behind the end") {
    const auto report = to.import(in.text + in.text);
    REQUIRE_FALSE(report.ok());
    CHECK_THAT(report.error().message, Catch::Contains("behind the export's end"));
    return;
  }
  const auto report = to.import(with_end(lines));
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(report.error().message, Catch::StartsWith(expected));
}

TEST_CASE("a part of a journal is exported in whole commits, and a part that does not begin at 1 is not imported") {
  exported in;
  // Commit 3 to 4 is of two events.
  const auto part = lines_of(in.export_as(export_format::json_lines, 4, 5));
  REQUIRE(part.size() == 4);
  CHECK(parse_export_line(part[0])->event.position == 3);
  CHECK(parse_export_line(part[2])->event.position == 5);
  target to;
  const auto report = to.import(joined(part));
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(report.error().message, Catch::Contains("position 1 is expected, 3 is there"));
  CHECK(to.import(in.export_as(export_format::json_lines, 1, 4)).ok());
  CHECK(to.commits().size() == 3);
}

TEST_CASE("a CSV export is RFC 4180: a head line, one event a line, quotes doubled") {
  exported in;
  const auto text = in.export_as(export_format::csv);
  const auto count = std::count(text.begin(), text.end(), '\n');
  CHECK(count == std::count(text.begin(), text.end(), '\r'));
  temp_dir dir;
  const auto file = open_text(dir, text);
  csv_reader rows{*file, 11};
  csv_row row;
  REQUIRE(*rows.next(row));
  CHECK(row.fields[1] == "order_id");
  std::vector<std::string> data;
  std::vector<std::string> ids;
  while (*rows.next(row)) {
    CHECK(row.problem.empty());
    ids.emplace_back(row.fields[1]);
    data.emplace_back(row.fields[10]);
  }
  CHECK(ids.size() + 1 == static_cast<std::size_t>(count));
  CHECK(ids.front() == "a");
  CHECK(std::find(data.begin(), data.end(), R"({"text":"a \"quoted\", text"})") != data.end());
  CHECK(std::find(ids.begin(), ids.end(), "other-c") != ids.end());
}

TEST_CASE("an export of a damaged journal fails, with the place, and has no end") {
  exported in;
  in.on.flip(in.on.segments()[1], 500);
  std::string made;
  const auto report = export_journal(in.on.dir(), {}, [&](std::string_view piece) {
    made += piece;
    return result<done>{done{}};
  });
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == errc::journal_damaged);
  CHECK_THAT(report.error().message, Catch::Contains(in.on.segments()[1].filename().string()));
  CHECK(made.find("\"export\"") == std::string::npos);
}

TEST_CASE("an import is refused where something is already") {
  exported in;
  target to;
  REQUIRE(to.import(in.text).ok());
  const auto before = to.commits();
  const auto again = to.import(in.text);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == errc::invalid_argument);
  CHECK(to.commits() == before);
  std::filesystem::remove_all(to.data / "journal");
  const auto beside_index = to.import(in.text);
  REQUIRE_FALSE(beside_index.ok());
  CHECK_THAT(beside_index.error().message, Catch::Contains("index is not empty"));
}

TEST_CASE("whichever call fails, an import says so, is no journal before it is whole, and can be started again") {
  exported in;
  for (const auto what : {operation::open, operation::write, operation::sync, operation::rename, operation::sync_directory})
    for (int nth = 1;; ++nth) {
      target to;
      to.files.fail(what, errc::disk_full, nth);
      const auto report = to.import(in.text);
      if (report) {
        CHECK(nth > 1);
        break;
      }
      INFO("call " << nth << " of kind " << static_cast<int>(what));
      to.files.heal();
      if (std::filesystem::exists(to.data / "journal"))
        CHECK(to.commits() == without_digests(in.all));
      else
        CHECK(to.import(in.text).ok());
    }
}

TEST_CASE("an import that was killed is told by the next one, which begins anew") {
  exported in;
  target to;
  std::filesystem::create_directories(to.data / "journal.new");
  put_bytes(to.data / "journal.new" / "00000000000000000001.jsonl", "a part");
  put_bytes(to.data / "journal.new" / "00000000000000000009.jsonl", "another part");
  const auto report = to.import(in.text);
  REQUIRE(report.ok());
  CHECK(report->was_interrupted);
  CHECK(to.commits() == without_digests(in.all));
}

TEST_CASE("everything imported is synced before the directory takes its name") {
  exported in;
  target to;
  REQUIRE(to.import(in.text).ok());
  std::set<std::string> unsynced;
  // The directory that was synced in the call before.
  std::string before;
  for (const auto& each : to.files.calls()) {
    if (each.what == operation::write)
      unsynced.insert(each.name);
    if (each.what == operation::sync)
      unsynced.erase(each.name);
    if (each.what == operation::rename) {
      CHECK(unsynced.empty());
      CHECK(before == "journal.new");
    }
    before = each.what == operation::sync_directory ? each.name : "";
  }
  CHECK(to.files.calls().back().what == operation::sync_directory);
}
