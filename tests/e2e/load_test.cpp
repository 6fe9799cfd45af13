// The load simulation: short runs in process and against a server, its check, its page.

#include "client.hpp"

#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/view_files.hpp"
#include "daybook/tests/support/well_formed.hpp"

namespace daybook::testing {
namespace {

finished load(const words& arguments) {
  return run(program_path("daybook-load"), arguments);
}

/// The document of a run that must end with this code.
json load_json(words arguments, int exit_code = 0) {
  arguments.emplace_back("--json");
  const auto done = load(arguments);
  INFO("standard error: " << done.err << "standard output: " << done.out.substr(0, 2000));
  REQUIRE(done.exit_code == exit_code);
  REQUIRE(count_lines(done.out) == 1);
  return json::parse(done.out);
}

/// A run of some lives whose receipts are kept.
struct checked_run {
  temp_dir dir;
  std::string data = (dir.path() / "data").string();
  std::string receipts = (dir.path() / "receipts").string();
  json document = load_json(
    {"--data", data, "--orders", "60", "--seed", "3", "--clients", "2", "--window", "8", "--save-receipts", receipts});

  json check(const std::string& books, int exit_code) const {
    return load_json({"--data", books, "--check", receipts}, exit_code);
  }
};

/// The journal again in another directory, all but one commit; what follows it moves up.
void copy_without(const std::string& from, const std::string& to, position_t left_out) {
  auto source = file_journal::open(from, {}, 1);
  REQUIRE(source);
  auto target = file_journal::open(to, {}, 1);
  REQUIRE(target);
  const auto commits = (*source)->read_from(1, {100'000, std::size_t{1} << 30});
  REQUIRE(commits);
  std::map<std::string, version_t> versions;
  for (const auto& recorded : *commits) {
    const auto& first = recorded.events.front();
    if (recorded.last_position() == left_out)
      continue;
    commit again{
      first.stream, versions[first.stream], first.command_id, first.correlation_id, first.causation_id, first.command_hash, {}};
    for (const auto& event : recorded.events)
      again.events.push_back({event.type, event.data, event.open});
    versions[first.stream] += static_cast<version_t>(recorded.events.size());
    REQUIRE((*target)->append({again}, first.recorded_at).front());
  }
  REQUIRE((*target)->close());
}

TEST_CASE("A load in process is measured, checked, and told as JSON") {
  const checked_run run;
  const auto& document = run.document;
  CHECK(keys(document) ==
        "version started_at seed mix target place durability settings machine result latency view_lag check series");
  CHECK(document.at("target") == "in process");
  CHECK(document.at("seed") == 3);
  const auto& result = document.at("result");
  CHECK(result.at("orders_begun") == 60);
  CHECK(result.at("failed") == 0);
  CHECK(result.at("rate") > 0);
  const auto& latency = document.at("latency").at("commands");
  CHECK(latency.at("count") ==
        result.at("carried_out").get<int>() + result.at("rejected").get<int>() + result.at("refused").get<int>());
  CHECK(latency.at("p50_us") > 0);
  CHECK(latency.at("p50_us") <= latency.at("p99_us"));
  CHECK(latency.at("p9999_us") <= latency.at("max_us"));
  const auto& check = document.at("check");
  CHECK(check.at("passed") == true);
  CHECK(check.at("receipts") == latency.at("count"));
  CHECK(check.at("orders") == 60);
  const auto books = client::embedded(run.data);
  CHECK(books.ask({"report", "summary"}).at("orders_requested") == 60);
  CHECK(run.check(run.data, 0).at("passed") == true);
}

TEST_CASE("A load of a server is the same load, and mixes with questions") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto document =
    load_json({"--connect", node.address(), "--mix", "mixed", "--orders", "100", "--seed", "4", "--pack", "16"});
  CHECK(document.at("target") == "server");
  CHECK(document.at("place") == node.address());
  CHECK(document.at("check").at("passed") == true);
  CHECK(document.at("check").at("orders") == 100);
  CHECK(document.at("latency").at("questions").at("count") > 0);
  CHECK(client::remote(node).ask({"report", "summary"}).at("orders_requested") == 100);
}

TEST_CASE("At a given rate commands that fall due together travel together: no more than a message each half millisecond") {
  temp_dir dir;
  const auto document = load_json({"--data", (dir.path() / "data").string(), "--mix", "submit", "--rate", "8000", "--orders",
                                   "4000", "--seed", "8", "--no-check"});
  const auto& result = document.at("result");
  const auto commands = document.at("latency").at("commands").at("count").get<double>();
  CHECK(commands == 4'000);
  const auto pack = document.at("settings").at("pack").get<double>();
  // Each time that something is sent: full packs, and one that is not full.
  const auto most = result.at("seconds").get<double>() / 0.0005 + commands / pack + 1;
  CHECK(result.at("messages").get<double>() <= most);
  CHECK(result.at("messages") > 0);
}

TEST_CASE("A node whose projection is off is loaded without a check, and can be checked when its view has caught up") {
  temp_dir dir;
  const auto data = (dir.path() / "data").string();
  const auto receipts = (dir.path() / "receipts").string();
  const auto config = (dir.path() / "writes.conf").string();
  std::ofstream{config} << "projection = off\n";
  const words of_run{"--data", data, "--config", config, "--orders", "30", "--seed", "5"};
  const auto refused = load(of_run);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("projection = off") && Catch::Contains("--no-check"));
  auto unchecked = of_run;
  unchecked.insert(unchecked.end(), {"--no-check", "--save-receipts", receipts});
  CHECK(load_json(unchecked).at("result").at("failed") == 0);
  CHECK(load_json({"--data", data, "--check", receipts}).at("passed") == true);
}

TEST_CASE("The same seed sends the same commands") {
  temp_dir dir;
  std::vector<std::set<std::string>> facts;
  for (const auto* name : {"one", "two"}) {
    const auto data = (dir.path() / name).string();
    const words clients = facts.empty() ? words{"--clients", "1", "--window", "1"} : words{"--clients", "8", "--window", "4"};
    words all{"--data", data, "--orders", "40", "--seed", "5"};
    all.insert(all.end(), clients.begin(), clients.end());
    load_json(all);
    auto& seen = facts.emplace_back();
    for (const auto& event : client::embedded(data).list({"events"}))
      seen.insert(event.at("order_id").get<std::string>() + event.at("version").dump() + event.at("type").get<std::string>() +
                  event.at("command_id").get<std::string>() + event.at("data").dump());
  }
  CHECK(facts[0].size() > 100);
  CHECK(facts[0] == facts[1]);
}

TEST_CASE("The same seed twice in the same books is refused: nothing would be measured") {
  const checked_run run;
  const auto again = load({"--data", run.data, "--orders", "5", "--seed", "3", "--json"});
  CHECK(again.exit_code == 2);
  CHECK(json::parse(again.err).at("error").at("message").get<std::string>().find("--seed") != std::string::npos);
  CHECK(load_json({"--data", run.data, "--orders", "5", "--seed", "4"}).at("check").at("passed") == true);
}

TEST_CASE("An acknowledged event that is dropped from a copy of the journal makes the check fail") {
  const checked_run run;
  const auto last = client::embedded(run.data).ask({"journal", "stat"}).at("last_position").get<position_t>();
  for (const auto left_out : {last, last / 2}) {
    const auto copy = (run.dir.path() / ("copy-" + std::to_string(left_out))).string();
    copy_without(run.data, copy, left_out);
    const auto check = run.check(copy, 1);
    INFO(check.dump());
    CHECK(check.at("passed") == false);
    CHECK(check.at("differences") > 0);
    CHECK(check.at("first_differences").dump().find("is not in the journal") != std::string::npos);
  }
  const auto whole = (run.dir.path() / "whole").string();
  copy_without(run.data, whole, 0);
  CHECK(run.check(whole, 0).at("passed") == true);
}

TEST_CASE("A changed row of the view makes the check fail, whichever table it is in") {
  const checked_run run;
  const std::string view = view_files{run.data}.link();
  const std::vector<std::pair<std::string, std::string>> changes{
    {"UPDATE orders SET status = 'cancelled' WHERE order_id = 'load-3-m7'", "UPDATE orders SET status = 'delivered' WHERE "
                                                                            "order_id = 'load-3-m7'"},
    {"UPDATE order_lines SET returned = returned + 1 WHERE line = 1",
     "UPDATE order_lines SET returned = returned - 1 WHERE line = 1"},
    {"UPDATE orders SET paid_minor = paid_minor + 1 WHERE order_id = 'load-3-m0'",
     "UPDATE orders SET paid_minor = paid_minor - 1 WHERE order_id = 'load-3-m0'"}};
  for (const auto& [change, back] : changes) {
    std::string status;
    {
      SQLite::Database database{view, SQLite::OPEN_READWRITE};
      status = database.execAndGet("SELECT status FROM orders WHERE order_id = 'load-3-m7'").getString();
      database.exec(change);
    }
    INFO(change);
    CHECK(run.check(run.data, 1).at("passed") == false);
    SQLite::Database{view, SQLite::OPEN_READWRITE}.exec(back);
    SQLite::Database{view, SQLite::OPEN_READWRITE}.exec("UPDATE orders SET status = '" + status +
                                                        "' WHERE order_id = 'load-3-m7'");
    CHECK(run.check(run.data, 0).at("passed") == true);
  }
}

TEST_CASE("Receipts are held against the books again after a crash of the server") {
  temp_dir dir;
  const auto receipts = (dir.path() / "receipts").string();
  {
    server node{dir.path() / "data"};
    load_json({"--connect", node.address(), "--mix", "submit", "--orders", "50", "--no-check", "--save-receipts", receipts});
    node.crash();
  }
  server node{dir.path() / "data"};
  CHECK(load_json({"--connect", node.address(), "--check", receipts}).at("receipts") == 50);
}

TEST_CASE("The page of a load is one well-formed file that needs nothing else") {
  temp_dir dir;
  const auto page_file = dir.path() / "page.html";
  const auto done = load({"--data", (dir.path() / "data").string(), "--mix", "pay", "--prepare", "20", "--commands", "200",
                          "--html", page_file.string()});
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(done.err.empty());
  CHECK(done.out.find("record_payment") != std::string::npos);
  CHECK(done.out.find("books checked") != std::string::npos);
  CHECK(done.out.find('\x1b') == std::string::npos);
  const auto page = read_file(page_file);
  CHECK(ill_formed(page).empty());
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("http") == std::string::npos);
  CHECK(page.find("books checked") != std::string::npos);
}

TEST_CASE("An open loop sends what its rate says, not what the answers allow") {
  temp_dir dir;
  const auto document =
    load_json({"--data", (dir.path() / "data").string(), "--mix", "submit", "--rate", "500", "--duration", "1s"});
  // Whatever the machine does meanwhile, all that was due was sent; the last ones may be due while the time ends.
  CHECK(document.at("latency").at("commands").at("count") >= 400);
  CHECK(document.at("latency").at("commands").at("count") <= 501);
}

TEST_CASE("A warm-up and what is prepared are checked, but not among the figures") {
  temp_dir dir;
  const auto document = load_json(
    {"--data", (dir.path() / "data").string(), "--mix", "submit", "--orders", "30", "--warm-up", "100ms", "--seed", "8"});
  CHECK(document.at("latency").at("commands").at("count") == 30);
  CHECK(document.at("check").at("receipts") > 30);
}

TEST_CASE("A replay plays the orders of a file under their own ids") {
  temp_dir dir;
  const auto csv =
    write_file(dir.path() / "orders.csv", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                                          "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
                                          "536365,71053,LANTERN,2,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"
                                          "536366,22633,HAND WARMER,6,2010-12-01 08:28:00,1.85,17850,United Kingdom\n"
                                          "C536367,22632,HAND WARMER,-1,2010-12-01 08:30:00,1.85,17850,France\n");
  const auto lines = write_file(dir.path() / "orders.jsonl", request("A-1").dump() + "\n" + request("A-2").dump() + "\n");
  const auto data = (dir.path() / "data").string();
  const auto retail = load_json({"--data", data, "--replay", csv, "--speed", "2400"});
  CHECK(retail.at("mix") == "replay");
  CHECK(retail.at("result").at("carried_out") == 2);
  CHECK(retail.at("result").at("rejected") == 1);
  // Four minutes of the file, 2,400 times faster.
  CHECK(retail.at("result").at("seconds") >= 0.1);
  CHECK(retail.at("check").at("passed") == true);
  CHECK(client::embedded(data).ask({"order", "show", "536365"}).at("total_minor") == 2208);
  CHECK(load_json({"--data", data, "--replay", lines, "--rate", "max"}).at("result").at("carried_out") == 2);
  CHECK(load({"--data", data, "--replay", lines}).exit_code == 2);
}

TEST_CASE("Wrong options, a directory in use and a server that is not there have the exit codes of all programs") {
  temp_dir dir;
  const auto data = (dir.path() / "data").string();
  CHECK(load({"--nonsense"}).exit_code == 2);
  CHECK(load({"--data", data, "--connect", "127.0.0.1:1"}).exit_code == 2);
  CHECK(load({"--connect", "192.0.2.1:7799"}).exit_code == 3);
  CHECK(load({"--connect", "127.0.0.1:" + std::to_string(free_port()), "--timeout", "300ms"}).exit_code == 3);
  CHECK(load({"--data", data, "--check", (dir.path() / "none").string()}).exit_code == 1);
  CHECK(load({"--help"}).out.find("--save-receipts") != std::string::npos);
  CHECK(load({"--version"}).out.find("daybook-load ") == 0);
  server node{dir.path() / "data"};
  const auto used = load({"--data", data, "--json"});
  CHECK(used.exit_code == 3);
  CHECK(json::parse(used.err).at("error").at("code") == "directory_in_use");
}

TEST_CASE("A journal with more segments than a process may have open files is written and read") {
  temp_dir dir;
  const auto config = write_file(dir.path() / "small.conf", "segment-bytes = 1KiB\nlog-level = off\n");
  const auto data = (dir.path() / "data").string();
  const auto under_limit = [](const std::string& line) { return run("/bin/bash", {"-c", "ulimit -n 192; exec " + line}); };
  const auto loaded = under_limit(program_path("daybook-load") + " --data " + data + " --config " + config
                                  + " --mix submit --orders 300 --clients 1 --window 1 --seed 1 --quiet");
  INFO(loaded.err);
  CHECK(loaded.exit_code == 0);
  CHECK(std::distance(std::filesystem::directory_iterator{data + "/journal"}, {}) > 200);
  CHECK(under_limit(program_path("daybook") + " --data " + data + " report summary").exit_code == 0);
}

} // namespace
} // namespace daybook::testing
