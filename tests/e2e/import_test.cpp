// Imports: figures, repetition, bad files, crashes.

#include <csignal>
#include <map>

#include "client.hpp"

#include "daybook/tests/support/shared_data.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

std::string row(const std::string& invoice, const std::string& price = "2.55", const std::string& description = "LANTERN") {
  return invoice + ",85123A," + description + ",6,2010-12-01 08:26:00," + price + ",17850,United Kingdom\n";
}

// -- small files ---------------------------------------------------------------------------------------------------------

TEST_CASE("Invoices become orders: rows in file order, first customer that is there, country and time of the first row") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto file = write_file(
    dir.path() / "in.csv", std::string{header} + "1,A,\"one, \"\"two\"\"\",6,2010-12-01 08:26:00,2.55,,France\n" +
                             "2,B,£,1,2010-12-01 08:27:00,1.0,100,Norway\n" + "1,C,,2,2010-12-01 08:28:00,3.39,17850,Spain\n");
  const auto done = daybook.ask({"import", "online-retail", file});
  CHECK(done.at("orders") == 2);
  CHECK(done.at("rows") == 3);
  const auto order = daybook.ask({"order", "show", "1"});
  CHECK(order.at("status") == "validated");
  CHECK(order.at("customer") == "17850");
  CHECK(order.at("country") == "France");
  CHECK(order.at("currency") == "GBP");
  CHECK(order.at("ordered_at") == "2010-12-01T08:26:00");
  CHECK(order.at("total_minor") == 6 * 255 + 2 * 339);
  CHECK(order.at("lines").at(0).at("description") == "one, \"two\"");
  CHECK(order.at("lines").at(1).at("stock_code") == "C");
  CHECK(daybook.ask({"order", "show", "2"}).at("lines").at(0).at("description") == "£");
}

TEST_CASE("An invoice whose content differs from what was imported is reported, and the books keep what they have") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto import = [&](const std::string& text) {
    return daybook.run_json({"import", "online-retail", "-"}, header + text);
  };
  CHECK(import(row("1") + row("2")).exit_code == 0);
  const auto before = daybook.ask({"report", "summary"});
  const auto again = import(row("1") + row("2"));
  CHECK(again.exit_code == 0);
  CHECK(daybook.ask({"report", "summary"}) == before);
  const auto changed = import(row("1") + row("2", "2.56") + row("3"));
  CHECK(changed.exit_code == 1);
  REQUIRE(count_lines(changed.err) == 1);
  CHECK(changed.err.find("order 2") != std::string::npos);
  CHECK(changed.err.find("differs") != std::string::npos);
  CHECK(json::parse(changed.out).at("problems") == 1);
  CHECK(daybook.ask({"order", "show", "2"}).at("lines").at(0).at("unit_price_minor") == 255);
  CHECK(daybook.ask({"order", "show", "3"}).at("status") == "validated");
}

TEST_CASE("Rows that cannot be read are named by line and withhold their invoice, and the import goes on and ends with 1") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const std::string good = row("1");
  const auto text = header + good                                                            // 2
                    + "2,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850\n"                  // 3: a column is missing
                    + row("2")                                                               // 4
                    + "3,85123A,LAN\"TERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n" // 5: broken quoting
                    + row("4", "2.55", "caf\xe9")                                            // 6: not UTF-8
                    + row("5") + row("4")                                                    // 7, 8
                    + "6,a,b,c,d,e,f,g,h\n"                                                  // 9: a column too many
                    + row("7");                                                              // 10
  const auto done = daybook.run_json({"import", "online-retail", write_file(dir.path() / "bad.csv", text)});
  CHECK(done.exit_code == 1);
  INFO(done.err);
  for (const auto* each : {"line 3,", "line 5,", "line 6,", "line 9,"})
    CHECK(done.err.find(each) != std::string::npos);
  for (const auto* each : {"line 2,", "line 7,", "line 10,"})
    CHECK(done.err.find(each) == std::string::npos);
  for (const auto& each : json_lines(done.err))
    CHECK(keys(each.at("error")) == "code message");
  for (const auto* id : {"1", "5", "7"})
    CHECK(daybook.ask({"order", "show", id}).at("status") == "validated");
  for (const auto* id : {"2", "3", "4", "6"})
    CHECK(daybook.fails({"order", "show", id}, 1).at("code") == "not_found");
  // The mended file brings what was withheld.
  const auto mended = header + row("1") + row("2") + row("2") + row("3") + row("4") + row("5") + row("7");
  CHECK(daybook.run_json({"import", "online-retail", "-"}, mended).exit_code == 0);
  CHECK(daybook.ask({"order", "show", "2"}).at("lines").size() == 2);
  CHECK(daybook.ask({"report", "summary"}).at("orders_validated") == 6);
}

TEST_CASE("A quote that is never closed does not take the invoices before it") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto done =
    daybook.run_json({"import", "online-retail", "-"},
                     header + row("1") + "2,85123A,\"LANTERN,6,2010-12-01 08:26:00,2.55,17850,France\n" + row("3"));
  CHECK(done.exit_code == 1);
  CHECK(done.err.find("line 3") != std::string::npos);
  CHECK(daybook.ask({"order", "show", "1"}).at("status") == "validated");
  CHECK(daybook.run({"order", "show", "2"}).exit_code == 1);
}

TEST_CASE("A file that is not the Online Retail file is refused as a whole") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto done = daybook.run_json({"import", "online-retail", "-"}, "a,b,c\n1,2,3\n");
  CHECK(done.exit_code == 1);
  CHECK(done.err.find("header") != std::string::npos);
  CHECK(daybook.ask({"status"}).at("journal_position") == 0);
  const auto missing = daybook.run_json({"import", "online-retail", "missing.csv"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.err.find("missing.csv") != std::string::npos);
}

TEST_CASE("A rejected invoice is a result, not an error") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto done = daybook.ask({"import", "online-retail", "-"}, 0, header + row("1", "0.0") + row("2"));
  CHECK(done.at("rejected") == 1);
  CHECK(done.at("validated") == 1);
  CHECK(daybook.ask({"order", "show", "1"}).at("reasons") == json({"non_positive_price"}));
}

TEST_CASE("Order requests are imported from JSON Lines once, however often") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto text = request_text("A1") + "\n" + request_text("A2") + "\n";
  const auto file = write_file(dir.path() / "orders.jsonl", text);
  const auto done = daybook.ask({"import", "orders", file});
  CHECK(done.at("orders") == 2);
  CHECK(done.at("validated") == 2);
  const auto before = daybook.ask({"report", "summary"});
  CHECK(daybook.ask({"import", "orders", file}).at("position") == 4);
  CHECK(daybook.ask({"report", "summary"}) == before);
  REQUIRE(run("gzip", {"-k", file}).exit_code == 0);
  CHECK(daybook.ask({"import", "orders", file + ".gz"}).at("position") == 4);
  auto changed = request("A2");
  changed["customer"] = "1";
  const auto bad = daybook.run_json({"import", "orders", "-"}, changed.dump() + "\nnonsense\n" + request_text("A3") + "\n");
  CHECK(bad.exit_code == 1);
  CHECK(bad.err.find("line 2") != std::string::npos);
  CHECK(bad.err.find("A2") != std::string::npos);
  CHECK(daybook.ask({"order", "show", "A3"}).at("status") == "validated");
  CHECK(daybook.ask({"order", "show", "A2"}).at("customer") == "17850");
}

// -- the real files ------------------------------------------------------------------------------------------------------

TEST_CASE("Two hundred real invoices give the known figures, imported once or twice") {
  const auto file = shared_data("online-retail-200-invoices.csv");
  if (file.empty())
    return;
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto first = daybook.ask({"import", "online-retail", file});
  CHECK(first.at("rows") == 3823);
  CHECK(first.at("orders") == 200);
  CHECK(first.at("validated") == 173);
  CHECK(first.at("rejected") == 27);
  const auto summary = daybook.ask({"report", "summary"});
  CHECK(summary.at("orders_requested") == 200);
  CHECK(summary.at("orders_validated") == 173);
  CHECK(summary.at("orders_rejected") == 27);
  for (const auto& [reason, count] : summary.at("rejected_by_reason").items()) {
    const std::map<std::string, int> known{{"missing_customer", 17}, {"non_positive_quantity", 11}, {"non_positive_price", 10}};
    INFO(reason);
    CHECK(count == (known.count(reason) > 0 ? known.at(reason) : 0));
  }
  CHECK(summary.at("validated_lines") == 2642);
  CHECK(summary.at("validated_units") == 32185);
  CHECK(summary.at("validated_total") == json{{"GBP", 5999457}});
  CHECK(summary.at("position") == 400);
  const auto second = daybook.ask({"import", "online-retail", file});
  CHECK(second.at("position") == 400);
  CHECK(second.at("problems") == 0);
  CHECK(daybook.ask({"report", "summary"}) == summary);
}

TEST_CASE("A server that keeps few orders in memory and small segments gives the same figures") {
  const auto file = shared_data("online-retail-200-invoices.csv");
  if (file.empty())
    return;
  temp_dir dir;
  server node{dir.path() / "data",
              {"--resident-orders-max=3", "--order-idle-timeout=1ms", "--segment-bytes=64KiB", "--projection-batch-events=1"}};
  const auto daybook = client::remote(node);
  CHECK(daybook.ask({"import", "online-retail", file}).at("validated") == 173);
  CHECK(daybook.ask({"import", "online-retail", file}).at("position") == 400);
  CHECK(daybook.ask({"report", "summary"}).at("validated_total") == json{{"GBP", 5999457}});
  CHECK(daybook.ask({"journal", "verify"}).at("segments") >= 2);
}

/// Compares every figure and every list of the oracle.
void check_oracle(const client& daybook, const json& oracle) {
  const auto summary = daybook.ask({"report", "summary"});
  for (const auto* each : {"orders_requested", "orders_validated", "orders_rejected", "validated_lines", "validated_units"})
    CHECK(summary.at(each) == oracle.at(each));
  CHECK(summary.at("validated_total") == json{{"GBP", oracle.at("validated_total_pence")}});
  for (const auto& [reason, count] : summary.at("rejected_by_reason").items()) {
    INFO(reason);
    CHECK(count == oracle.at("rejected_by_reason").value(reason, 0));
  }
  CHECK(summary.at("position") == 2 * oracle.at("orders_requested").get<int>());
  const std::map<std::string, std::string> money{{"country", "by_country"}, {"day", "by_day"}, {"customer", "top_customers"}};
  for (const auto& [key, list] : money) {
    auto expected = json::array();
    for (const auto& each : oracle.at(list))
      expected.push_back(
        {{key, each.at(key)}, {"currency", "GBP"}, {"orders", each.at("orders")}, {"total_minor", each.at("pence")}});
    const auto found = daybook.ask({"report", "sales", "--by", key});
    INFO(key);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      REQUIRE(found[i].dump() == expected[i].dump());
  }
  CHECK(daybook.ask({"report", "sales", "--by", "product"}).dump() == oracle.at("top_stock_codes").dump());
}

/// A machine that does other work besides may need more than five seconds for a whole view; these tests ask for the figures,
/// not for their speed.
words with_patience(const temp_dir& dir) {
  const auto file = write_file(dir.path() / "patient.conf", "query-wait = 1min\nrequest-timeout = 2min\n");
  return {"--config", file};
}

TEST_CASE("The open file gives the oracle's figures in this process, also after the view was deleted or made anew") {
  const auto file = shared_data("online-retail-open.csv.gz");
  const auto oracle_file = shared_data("online-retail-open.oracle.json");
  if (file.empty() || oracle_file.empty())
    return;
  const auto oracle = json::parse(read_file(oracle_file));
  temp_dir dir;
  const auto data = dir.path() / "data";
  const auto daybook = client::embedded(data).with(with_patience(dir)).with({"--timeout", "2min"});
  const auto done = daybook.ask({"import", "online-retail", file});
  CHECK(done.at("rows") == oracle.at("rows"));
  CHECK(done.at("problems") == 0);
  check_oracle(daybook, oracle);
  REQUIRE(std::filesystem::remove_all(data / "view") > 0);
  check_oracle(daybook, oracle);
  daybook.ask({"view", "rebuild"});
  check_oracle(daybook, oracle);
  const auto verified = daybook.ask({"journal", "verify"});
  CHECK(verified.at("events") == 32918);
  const auto then = (dir.path() / "then.db").string();
  daybook.ask({"view", "build", "--at", "32918", then});
  check_oracle(client::bare().with({"--view", then}), oracle);
}

TEST_CASE("The open file gives the oracle's figures over the network, also after a kill and a second import") {
  const auto file = shared_data("online-retail-open.csv.gz");
  const auto oracle_file = shared_data("online-retail-open.oracle.json");
  if (file.empty() || oracle_file.empty())
    return;
  const auto oracle = json::parse(read_file(oracle_file));
  temp_dir dir;
  const auto data = dir.path() / "data";
  {
    server node{data, with_patience(dir)};
    const auto daybook = client::remote(node).with({"--timeout", "2min"});
    CHECK(daybook.ask({"import", "online-retail", file}).at("problems") == 0);
    check_oracle(daybook, oracle);
    node.crash();
  }
  std::filesystem::remove_all(data / "view");
  server node{data, with_patience(dir)};
  const auto daybook = client::remote(node).with({"--timeout", "2min"});
  check_oracle(daybook, oracle);
  const auto again = daybook.ask({"import", "online-retail", file});
  CHECK(again.at("problems") == 0);
  CHECK(again.at("position") == 32918);
  check_oracle(daybook, oracle);
}

TEST_CASE("An import goes on by itself when its server is killed and comes back, and its figures are right") {
  const auto file = shared_data("online-retail-open.csv.gz");
  const auto oracle_file = shared_data("online-retail-open.oracle.json");
  if (file.empty() || oracle_file.empty())
    return;
  temp_dir dir;
  const auto data = dir.path() / "data";
  auto node = std::make_unique<server>(data);
  const auto port = node->port();
  const auto daybook = client::remote(*node).with({"--timeout", "60s"});
  process import{program_path("daybook"), daybook.all_words({"import", "online-retail", file, "--json"})};
  // Somewhere in the middle: the server itself says when.
  process watch{program_path("daybook"), daybook.all_words({"events", "--from", "5000", "--follow", "--json"})};
  REQUIRE(watch.wait_for_out("\"position\":5000,", in(60s)));
  node->crash();
  node = std::make_unique<server>(data, words{}, port);
  const auto done = import.wait(in(120s));
  INFO(done.err);
  CHECK(done.exit_code == 0);
  check_oracle(daybook, json::parse(read_file(oracle_file)));
}

TEST_CASE("An import that was killed together with its server is done again, and the figures are right") {
  const auto file = shared_data("online-retail-open.csv.gz");
  const auto oracle_file = shared_data("online-retail-open.oracle.json");
  if (file.empty() || oracle_file.empty())
    return;
  temp_dir dir;
  const auto data = dir.path() / "data";
  {
    server node{data};
    const auto daybook = client::remote(node);
    process import{program_path("daybook"), daybook.all_words({"import", "online-retail", file, "--json"})};
    process watch{program_path("daybook"), daybook.all_words({"events", "--from", "3000", "--follow", "--json"})};
    REQUIRE(watch.wait_for_out("\"position\":3000,", in(60s)));
    node.crash();
    import.signal(SIGKILL);
    CHECK(import.wait(in(20s)).exit_code == 128 + SIGKILL);
  }
  CHECK(client::embedded(data).ask({"journal", "verify"}).at("intact") == true);
  server node{data};
  const auto daybook = client::remote(node);
  const auto halfway = daybook.ask({"status"}).at("journal_position").get<int>();
  CHECK(halfway >= 3000);
  CHECK(halfway < 32918);
  // Every request that was journalled is decided, also those the crash came in between.
  const auto by_status = daybook.ask({"report", "summary"}).at("by_status");
  CHECK(by_status.value("requested", 0) == 0);
  CHECK(daybook.ask({"import", "online-retail", file}).at("problems") == 0);
  check_oracle(daybook, json::parse(read_file(oracle_file)));
}

} // namespace
} // namespace daybook::testing
