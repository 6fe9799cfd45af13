// The journal's tools as commands: verify against receipts, cat, export and import, backup and restore, repair.

#include <algorithm>

#include "client.hpp"

namespace daybook::testing {
namespace {

std::string receipt_of(const json& report) {
  return std::to_string(report.at("last_position").get<std::uint64_t>()) + ":" + report.at("last_digest").get<std::string>();
}

std::vector<std::filesystem::path> segments_of(const std::filesystem::path& data) {
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator{data / "journal"})
    if (each.path().extension() == ".jsonl")
      files.push_back(each.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Changes one character of an order's request.
void damage_request_of(const std::filesystem::path& data, const std::string& order_id) {
  for (const auto& each : segments_of(data)) {
    auto bytes = read_file(each);
    const auto line = bytes.find("\"order-" + order_id + "\"");
    if (line == std::string::npos)
      continue;
    bytes[bytes.find("85123A", line)] ^= 1;
    write_file(each, bytes);
    return;
  }
  FAIL("no event of " << order_id);
}

/// Orders A0, A1 … with two events each.
void submit_many(const client& to, int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i)
    text += request_text("A" + std::to_string(i)) + '\n';
  to.list({"order", "submit", "-"}, 0, text);
}

// -- verify and cat ------------------------------------------------------------------------------------------------------

TEST_CASE("A receipt of journal verify is held against the journal later: 0 when it fits, 1 when not") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto remote = client::remote(node);
  const auto beside = client::embedded(dir.path() / "data");
  submit(remote, "A1");
  const auto first = beside.ask({"journal", "verify"});
  CHECK(first.at("unmet").is_null());
  submit(remote, "A2");
  const auto receipt = receipt_of(first);
  const auto second = receipt_of(beside.ask({"journal", "verify", "--expect", receipt}));
  const std::string wrong = "2:" + std::string(43, 'x');
  for (const auto& each : {beside, remote}) {
    CHECK(each.ask({"journal", "verify", "--expect", receipt, "--expect", second}).at("unmet").is_null());
    const auto unmet = each.ask({"journal", "verify", "--expect", wrong}, 1).at("unmet");
    CHECK(unmet.at("position") == 2);
    CHECK(unmet.at("doubt_from") == 1);
    CHECK(each.ask({"journal", "verify", "--expect=9:" + receipt.substr(2)}, 1).at("unmet").at("message") ==
          "the journal ends with position 4");
  }
  const auto text = beside.run({"journal", "verify", "--expect", wrong});
  CHECK(text.exit_code == 1);
  CHECK(text.out.find("positions 1 to 2") != std::string::npos);
  for (const auto* each : {"2", "x:y", "0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "2:short"})
    CHECK(beside.fails({"journal", "verify", "--expect", each}, 2).at("code") == "invalid_argument");
}

TEST_CASE("A killed node's journal that lost the commit it had acknowledged last does not verify") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  {
    server node{data};
    submit(client::remote(node), "A1");
    submit(client::remote(node), "A2");
    node.crash();
  }
  const auto beside = client::embedded(data);
  CHECK(beside.ask({"journal", "verify"}).at("last_position") == 4);
  const auto segment = segments_of(data).back();
  // Behind the last commit there is room for more.
  const auto bytes = read_file(segment);
  write_file(segment, bytes.substr(0, bytes.rfind('\n', bytes.find_last_not_of('\n')) + 1));
  CHECK(beside.ask({"journal", "verify"}, 4).at("damage").at("position") == 4);
}

TEST_CASE("journal cat prints events without a node, a line each, and up to damage, which it tells with 4") {
  embedded_daybook it;
  for (const auto* id : {"A1", "B1", "C1"})
    submit(it.daybook, id);
  const auto all = it.daybook.list({"events"});
  CHECK(it.daybook.list({"journal", "cat"}) == all);
  CHECK(it.daybook.run({"journal", "cat"}).out == it.daybook.run({"events"}).out);
  const auto part = it.daybook.list({"journal", "cat", "--from", "2", "--to", "5"});
  CHECK(part == std::vector<json>(all.begin() + 1, all.begin() + 5));
  CHECK(it.daybook.list({"journal", "cat", "--order", "B1"}) == std::vector<json>(all.begin() + 2, all.begin() + 4));
  damage_request_of(it.data, "B1");
  const auto cut = it.daybook.run_json({"journal", "cat"});
  CHECK(cut.exit_code == 4);
  CHECK(json_lines(cut.out) == std::vector<json>(all.begin(), all.begin() + 2));
  CHECK(json::parse(cut.err).at("error").at("code") == "journal_damaged");
}

TEST_CASE("Tools that work on files refuse a server and say what to do") {
  const auto remote = client::remote("127.0.0.1:1");
  for (const auto& each : std::vector<words>{{"journal", "cat"},
                                             {"journal", "export"},
                                             {"journal", "import", "-"},
                                             {"journal", "backup", "b"},
                                             {"journal", "restore", "b"},
                                             {"journal", "repair"}}) {
    const auto problem = remote.fails(each, 2);
    CHECK(problem.at("message").get<std::string>().find("--data") != std::string::npos);
  }
}

// -- export and import ---------------------------------------------------------------------------------------------------

TEST_CASE("An export is imported elsewhere and gives the same orders, histories and reports") {
  embedded_daybook it;
  submit_many(it.daybook, 0, 20);
  it.daybook.ask({"order", "pay", "A3", "22.08"});
  const auto file = (it.dir.path() / "books.jsonl").string();
  const auto exported = it.daybook.ask({"journal", "export", file});
  CHECK(exported.at("events") == 41);
  CHECK(read_file(file) == it.daybook.run({"journal", "export"}).out);
  REQUIRE(run("/bin/gzip", {"-k", file}).exit_code == 0);
  int number = 0;
  for (const auto& from : {file, file + ".gz", std::string{"-"}}) {
    const auto other = client::embedded(it.dir.path() / ("other-" + std::to_string(++number)));
    const auto report = other.ask({"journal", "import", from}, 0, from == "-" ? read_file(file) : "");
    CHECK(report.at("events") == 41);
    CHECK(report.at("last_position") == 41);
    CHECK(report.at("journal_id") != exported.at("journal_id"));
    CHECK(report.at("source_journal_id") == exported.at("journal_id"));
    CHECK(other.ask({"journal", "verify"}).at("last_digest") == report.at("last_digest"));
    CHECK(other.list({"events"}) == it.daybook.list({"events"}));
    CHECK(other.ask({"order", "show", "A3"}) == it.daybook.ask({"order", "show", "A3"}));
    CHECK(other.ask({"report", "summary"}) == it.daybook.ask({"report", "summary"}));
    CHECK(other.fails({"journal", "import", file}, 2).at("code") == "invalid_argument");
  }
}

TEST_CASE("A cut or changed export is refused with 1 and leaves the directory free for a whole one") {
  embedded_daybook it;
  submit_many(it.daybook, 0, 3);
  const auto text = it.daybook.run({"journal", "export", "-"}).out;
  const auto other = client::embedded(it.dir.path() / "other");
  CHECK(other.fails({"journal", "import", "-"}, 1, text.substr(0, text.size() / 2)).at("code") == "unreadable_request");
  auto changed = text;
  changed[changed.find("85123A")] ^= 1;
  CHECK(other.fails({"journal", "import", "-"}, 1, changed).at("message").get<std::string>().find("SHA-256") !=
        std::string::npos);
  CHECK(other.run({"journal", "import", "-"}, text).exit_code == 0);
}

TEST_CASE("An export for spreadsheets has a head line and a row for each event") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto text = it.daybook.run({"journal", "export", "--format", "csv"}).out;
  CHECK(text.find("position,order_id,version,type,recorded_at,command_id,correlation_id,causation_id,command_hash,open,data\r\n"
                  "1,A1,1,OrderRequested,") == 0);
  CHECK(count_lines(text) == 3);
}

TEST_CASE("An export of a damaged journal ends with 4 and leaves no file") {
  embedded_daybook it;
  for (const auto* id : {"A1", "B1", "C1"})
    submit(it.daybook, id);
  damage_request_of(it.data, "B1");
  const auto file = it.dir.path() / "books.jsonl";
  CHECK(it.daybook.fails({"journal", "export", file.string()}, 4).at("code") == "journal_damaged");
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(std::filesystem::exists(file.string() + ".new"));
}

// -- backup and restore --------------------------------------------------------------------------------------------------

TEST_CASE("Backups under writing load are whole, and hold what was acknowledged before they began") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  const auto backup = (dir.path() / "backup").string();
  server node{data, {"--segment-bytes", "64KiB"}};
  const auto beside = client::embedded(data);
  const auto remote = client::remote(node);
  process load{program_path("daybook"), {"--connect", node.address(), "demo", "--orders", "1500"}};
  std::vector<json> reports;
  for (int i = 0; i < 6; ++i) {
    const auto known = submit(remote, "B" + std::to_string(i)).at("position").get<std::uint64_t>();
    reports.push_back(beside.ask({"journal", "backup", backup}));
    CHECK(reports.back().at("last_position") >= known);
    CHECK(client::embedded(backup).ask({"journal", "verify", "--expect", receipt_of(reports.back())}).at("intact") == true);
  }
  CHECK(load.wait(in(std::chrono::seconds{120})).exit_code == 0);
  const auto last = beside.ask({"journal", "backup", backup});
  CHECK(last.at("copied_segments") < last.at("segments"));
  node.crash();
  const auto restored = client::embedded(dir.path() / "restored");
  CHECK(restored.ask({"journal", "restore", backup}).at("last_digest") == last.at("last_digest"));
  words verify{"journal", "verify", "--expect", receipt_of(last)};
  for (const auto& each : reports)
    verify.insert(verify.end(), {"--expect", receipt_of(each)});
  CHECK(restored.ask(verify).at("unmet").is_null());
  CHECK(restored.list({"events"}) == beside.list({"events"}));
  submit(restored, "C1");
}

TEST_CASE("A backup of another journal, one that is ahead, and a restore over something are refused with 2") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto backup = (it.dir.path() / "backup").string();
  const auto older = it.dir.path() / "older";
  std::filesystem::copy(it.data, older, std::filesystem::copy_options::recursive);
  submit(it.daybook, "A2");
  it.daybook.ask({"journal", "backup", backup});
  CHECK(client::embedded(older).fails({"journal", "backup", backup}, 2).at("message").get<std::string>().find("is ahead") !=
        std::string::npos);
  embedded_daybook other;
  submit(other.daybook, "A1");
  CHECK(other.daybook.fails({"journal", "backup", backup}, 2).at("message").get<std::string>().find("another") !=
        std::string::npos);
  CHECK(other.daybook.fails({"journal", "restore", backup}, 2).at("message").get<std::string>().find("is not empty") !=
        std::string::npos);
  CHECK(other.daybook.fails({"journal", "backup", other.data.string()}, 2).at("code") == "invalid_argument");
}

// -- repair --------------------------------------------------------------------------------------------------------------

TEST_CASE("journal repair says what it would do with 1, does it with --yes, and the node starts again") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  {
    server node{data};
    const auto remote = client::remote(node);
    CHECK(client::embedded(data).fails({"journal", "repair"}, 3).at("code") == "directory_in_use");
    for (const auto* id : {"A1", "B1", "C1"})
      submit(remote, id);
    node.crash();
  }
  const auto beside = client::embedded(data);
  CHECK(beside.ask({"journal", "repair"}).at("needed") == false);
  damage_request_of(data, "B1");
  CHECK(beside.run({"orders"}).exit_code == 4);
  const auto before = read_file(segments_of(data).front());
  const auto shown = beside.ask({"journal", "repair"}, 1);
  CHECK(shown.at("done") == false);
  CHECK(shown.at("last_position") == 2);
  CHECK(shown.at("lost") == json::parse(R"([{"from": 3, "to": 3}])"));
  CHECK(shown.at("lost_orders") == json::parse(R"(["B1"])"));
  CHECK(shown.at("rescued_events") == 3);
  CHECK(read_file(segments_of(data).front()) == before);
  const auto text = beside.run({"journal", "repair"}).out;
  CHECK(text.find("would end with position 2") != std::string::npos);
  const auto done = beside.ask({"journal", "repair", "--yes"});
  CHECK(done.at("done") == true);
  // Without the room behind the last commit.
  CHECK(read_file(data / "journal" / done.at("steps").at(0).at("kept_as").get<std::string>()) ==
        before.substr(0, before.find_last_not_of('\n') + 2));
  CHECK(json_lines(read_file(data / done.at("rescued_file").get<std::string>())).size() == 3);
  CHECK(beside.ask({"journal", "repair"}).at("needed") == false);
  CHECK(beside.list({"orders"}).size() == 1);
  submit(beside, "B1");
}

TEST_CASE("journal repair takes from a backup what is damaged, and loses nothing") {
  embedded_daybook it;
  const auto config = write_file(it.dir.path() / "small.conf", "segment-bytes = 4KiB\n");
  const auto small = it.daybook.with({"--config", config});
  for (int i = 0; i < 6; ++i)
    submit_many(small, 10 * i, 10);
  const auto backup = (it.dir.path() / "backup").string();
  small.ask({"journal", "backup", backup});
  submit_many(small, 60, 5);
  const auto all = it.daybook.list({"events"});
  damage_request_of(it.data, "A12");
  std::filesystem::remove(segments_of(it.data)[3]);
  CHECK(it.daybook.ask({"journal", "repair", "--from", backup}, 1).at("last_position") == 130);
  const auto done = it.daybook.ask({"journal", "repair", "--from", backup, "--yes"});
  CHECK(done.at("lost").empty());
  CHECK(done.at("steps").size() == 2);
  CHECK(it.daybook.list({"events"}) == all);
  CHECK(it.daybook.ask({"journal", "verify"}).at("intact") == true);
}

} // namespace
} // namespace daybook::testing
