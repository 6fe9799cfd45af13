// History, lists, reports and the view.

#include "client.hpp"

namespace daybook::testing {
namespace {

// -- history and time ----------------------------------------------------------------------------------------------------

TEST_CASE("An order's history is its events, one a line, and every text is kept as it was submitted") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  submit(it.daybook, "B1");
  const auto paid = it.daybook.ask({"order", "pay", "A1", "22.08"});
  const auto events = it.daybook.list({"order", "history", "A1"});
  REQUIRE(events.size() == 3);
  const std::vector<std::string> types{"OrderRequested", "OrderValidated", "PaymentRecorded"};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(keys(events[i]) == event_keys);
    CHECK(events[i].at("type") == types[i]);
    CHECK(events[i].at("version") == i + 1);
    CHECK(events[i].at("order_id") == "A1");
    const auto recorded = events[i].at("recorded_at").get<std::string>();
    CHECK(recorded.size() == 27);
    CHECK(recorded.back() == 'Z');
  }
  CHECK(events[2].at("position") == 5);
  CHECK(events[2].at("command_id") == paid.at("command_id"));
  CHECK(events[1].at("command_id") == events[0].at("command_id"));
  CHECK(events[0].at("data").at("lines").at(1).at("quantity") == "2");
  CHECK(events[0].at("data").at("lines").at(1).at("unit_price") == "3.39");
}

TEST_CASE("Events are listed from a position, of one order or of all, without gaps") {
  embedded_daybook it;
  for (const auto* id : {"A1", "B1", "C1"})
    submit(it.daybook, id);
  it.daybook.ask({"order", "pay", "B1", "1"});
  const auto all = it.daybook.list({"events"});
  REQUIRE(all.size() == 7);
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(all[i].at("position") == i + 1);
  const auto later = it.daybook.list({"events", "--from", "6"});
  CHECK(later == std::vector<json>(all.begin() + 5, all.end()));
  CHECK(it.daybook.list({"events", "--from", "8"}).empty());
  CHECK(it.daybook.list({"events", "--order", "B1"}) == it.daybook.list({"order", "history", "B1"}));
  const auto last = it.daybook.list({"events", "--order", "B1", "--from", "7"});
  REQUIRE(last.size() == 1);
  CHECK(last[0].at("type") == "PaymentRecorded");
}

TEST_CASE("An order is shown as it was at any of its positions and times") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  submit(it.daybook, "B1");
  it.daybook.ask({"order", "pay", "A1", "22.08"});
  it.daybook.ask({"order", "ship", "A1"});
  const auto status_at = [&](const std::string& at) {
    return it.daybook.ask({"order", "show", "A1", "--at", at}).at("status").get<std::string>();
  };
  const auto events = it.daybook.list({"order", "history", "A1"});
  REQUIRE(events.size() == 4);
  const std::vector<std::string> statuses{"requested", "validated", "paid", "shipped"};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(status_at(std::to_string(events[i].at("position").get<int>())) == statuses[i]);
    CHECK(status_at(events[i].at("recorded_at")) == statuses[i]);
  }
  CHECK(status_at("4") == "validated");
  CHECK(status_at("2999-01-01T00:00:00Z") == "shipped");
  const auto requested = it.daybook.ask({"order", "show", "A1", "--at", "1"});
  CHECK(requested.at("total_minor").is_null());
  CHECK(requested.at("lines").at(0).at("quantity") == "6");
  CHECK(requested.at("version") == 1);
  CHECK(it.daybook.fails({"order", "show", "B1", "--at", "2"}, 1).at("code") == "not_found");
  CHECK(it.daybook.fails({"order", "show", "A1", "--at", "2000-01-01T00:00:00Z"}, 1).at("code") == "not_found");
}

// -- lists and reports ---------------------------------------------------------------------------------------------------

void submit_shop(const client& daybook) {
  const auto line = [](const char* code, int quantity, const char* price) {
    return json{{"stock_code", code}, {"quantity", quantity}, {"unit_price", price}};
  };
  const auto order = [](const char* id, const char* customer, const char* country, const char* at, json lines) {
    return json{{"order_id", id},    {"customer", customer}, {"country", country},
                {"currency", "GBP"}, {"ordered_at", at},     {"lines", std::move(lines)}};
  };
  std::string text;
  for (const auto& each : {order("O1", "c1", "France", "2011-01-01T09:00:00", {line("A", 2, "1.00"), line("B", 1, "0.50")}),
                           order("O2", "c2", "Norway", "2011-01-01T23:59:59", {line("A", 1, "1.00")}),
                           order("O3", "c1", "France", "2011-01-02T00:00:00", {line("C", 3, "0.10")}),
                           order("O4", "c3", "France", "2011-01-03T12:00:00", {line("B", 2, "0.50")}),
                           order("O5", "", "Norway", "2011-01-03T13:00:00", {line("B", 9, "0.50")})})
    text += each.dump() + '\n';
  daybook.list({"order", "submit", "-"}, 1, text);
  daybook.ask({"order", "cancel", "O4"});
}

std::string ids(const std::vector<json>& orders) {
  std::string text;
  for (const auto& each : orders)
    text += (text.empty() ? "" : " ") + each.at("order_id").get<std::string>();
  return text;
}

TEST_CASE("Orders are listed newest first, filtered and in pages") {
  embedded_daybook it;
  submit_shop(it.daybook);
  const auto listed = [&](const std::string& options) { return ids(it.daybook.list(split("orders " + options))); };
  CHECK(listed("") == "O5 O4 O3 O2 O1");
  CHECK(keys(it.daybook.list({"orders"}).front()) == summary_keys);
  CHECK(listed("--status validated") == "O3 O2 O1");
  CHECK(listed("--status rejected") == "O5");
  CHECK(listed("--customer c1") == "O3 O1");
  CHECK(listed("--country Norway") == "O5 O2");
  CHECK(listed("--country Norway --status validated") == "O2");
  CHECK(listed("--from 2011-01-02T00:00:00") == "O5 O4 O3");
  CHECK(listed("--to 2011-01-02T00:00:00") == "O2 O1");
  CHECK(listed("--from 2011-01-01T23:59:59 --to 2011-01-03T12:00:00") == "O3 O2");
  CHECK(listed("--from 2011-01-02").substr(0, 5) == "O5 O4");
  CHECK(listed("--from 2011-01-02T00:00:00.000") == listed("--from 2011-01-02T00:00:00"));
  CHECK(listed("--limit 2") == "O5 O4");
  CHECK(listed("--limit 2 --after O4") == "O3 O2");
  CHECK(listed("--limit 2 --after O2") == "O1");
  CHECK(listed("--after O1").empty());
  CHECK(listed("--limit 1 --country France --after O4") == "O3");
  submit(it.daybook, "O6");
  CHECK(listed("--limit 2 --after O4") == "O3 O2");
  const auto text = it.daybook.run({"orders"});
  CHECK(text.exit_code == 0);
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK(count_lines(text.out) >= 7);
}

TEST_CASE("Fifty orders are listed unless a limit says otherwise") {
  embedded_daybook it;
  std::string text;
  for (int i = 100; i < 160; ++i)
    text += request_text("O" + std::to_string(i)) + '\n';
  it.daybook.list({"order", "submit", "-"}, 0, text);
  const auto first = it.daybook.list({"orders"});
  REQUIRE(first.size() == 50);
  const auto rest = it.daybook.list({"orders", "--after", first.back().at("order_id")});
  CHECK(ids(rest) == "O109 O108 O107 O106 O105 O104 O103 O102 O101 O100");
  CHECK(it.daybook.list({"orders", "--limit", "60"}).size() == 60);
}

TEST_CASE("Reports count what was validated, whatever came after") {
  embedded_daybook it;
  submit_shop(it.daybook);
  const auto summary = it.daybook.ask({"report", "summary"});
  CHECK(keys(summary) == "orders_requested orders_validated orders_rejected rejected_by_reason validated_lines validated_units "
                         "validated_total by_status position");
  CHECK(summary.at("orders_requested") == 5);
  CHECK(summary.at("orders_validated") == 4);
  CHECK(summary.at("orders_rejected") == 1);
  CHECK(summary.at("rejected_by_reason").at("missing_customer") == 1);
  CHECK(summary.at("validated_lines") == 5);
  CHECK(summary.at("validated_units") == 9);
  CHECK(summary.at("validated_total") == json{{"GBP", 480}});
  CHECK(summary.at("by_status").at("validated") == 3);
  CHECK(summary.at("by_status").at("cancelled") == 1);
  CHECK(summary.at("by_status").at("rejected") == 1);
  CHECK(summary.at("position") == 11);
  const auto sales = [&](const std::string& options) { return it.daybook.ask(split("report sales --by " + options)).dump(); };
  CHECK(sales("country") == R"([{"country":"France","currency":"GBP","orders":3,"total_minor":380},)"
                            R"({"country":"Norway","currency":"GBP","orders":1,"total_minor":100}])");
  CHECK(sales("day") == R"([{"day":"2011-01-01","currency":"GBP","orders":2,"total_minor":350},)"
                        R"({"day":"2011-01-02","currency":"GBP","orders":1,"total_minor":30},)"
                        R"({"day":"2011-01-03","currency":"GBP","orders":1,"total_minor":100}])");
  CHECK(sales("customer") == R"([{"customer":"c1","currency":"GBP","orders":2,"total_minor":280},)"
                             R"({"customer":"c2","currency":"GBP","orders":1,"total_minor":100},)"
                             R"({"customer":"c3","currency":"GBP","orders":1,"total_minor":100}])");
  CHECK(sales("product") ==
        R"([{"stock_code":"A","quantity":3},{"stock_code":"B","quantity":3},{"stock_code":"C","quantity":3}])");
  CHECK(sales("product --limit 2") == R"([{"stock_code":"A","quantity":3},{"stock_code":"B","quantity":3}])");
  CHECK(sales("day --limit 1") == R"([{"day":"2011-01-01","currency":"GBP","orders":2,"total_minor":350}])");
}

TEST_CASE("Customers and products are ranked to the twentieth unless a limit says otherwise") {
  embedded_daybook it;
  std::string text;
  for (int i = 100; i < 125; ++i) {
    auto each = request("O" + std::to_string(i));
    each["customer"] = "c" + std::to_string(i);
    each["country"] = "l" + std::to_string(i);
    each["lines"] = json::array({{{"stock_code", "s" + std::to_string(i)}, {"quantity", i}, {"unit_price", "1"}}});
    text += each.dump() + '\n';
  }
  it.daybook.list({"order", "submit", "-"}, 0, text);
  const auto customers = it.daybook.ask({"report", "sales", "--by", "customer"});
  CHECK(customers.size() == 20);
  CHECK(customers.at(0).at("customer") == "c124");
  CHECK(it.daybook.ask({"report", "sales", "--by", "product"}).size() == 20);
  CHECK(it.daybook.ask({"report", "sales", "--by", "product", "--limit", "24"}).size() == 24);
  CHECK(it.daybook.ask({"report", "sales", "--by", "country"}).size() == 25);
}

// -- the view ------------------------------------------------------------------------------------------------------------

TEST_CASE("A query that asks for a position far ahead ends with 3, one that may be stale does not wait") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto config = write_file(it.dir.path() / "my.conf", "query-wait = 50ms\n");
  const auto impatient = it.daybook.with({"--config", config});
  for (const auto& each : {"orders", "report summary", "report sales --by day", "order show A1"}) {
    auto command = split(each);
    CHECK(impatient.run(command).exit_code == 0);
    command.insert(command.end(), {"--at-least", "1000000"});
    CHECK(impatient.fails(command, 3).at("code") == "view_behind");
    command[command.size() - 1] = "2";
    CHECK(impatient.run(command).exit_code == 0);
    command.resize(command.size() - 2);
    command.emplace_back("--stale-ok");
    CHECK(impatient.run(command).exit_code == 0);
  }
}

TEST_CASE("The view says how far it is, and is made anew with the same answers") {
  embedded_daybook it;
  submit_shop(it.daybook);
  const auto before = it.daybook.ask({"report", "summary"});
  const auto status = it.daybook.ask({"view", "status"});
  CHECK(status.at("position") == 11);
  CHECK(status.at("orders") == 5);
  CHECK(status.at("parked").empty());
  CHECK(it.daybook.ask({"view", "rebuild"}) == status);
  CHECK(it.daybook.ask({"report", "summary"}) == before);
  const auto node = it.daybook.ask({"status"});
  CHECK(node.at("journal_position") == 11);
  CHECK(node.at("view_position") == 11);
  CHECK(node.at("journal_failure").is_null());
}

TEST_CASE("The view as it was is built into a file, to be asked with the same queries and with sqlite3") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  submit(it.daybook, "B1");
  const auto then = it.daybook.ask({"report", "summary"});
  it.daybook.ask({"order", "pay", "A1", "22.08"});
  submit(it.daybook, "C1");
  const auto paid_at = it.daybook.list({"order", "history", "A1"}).back().at("recorded_at").get<std::string>();
  const auto file = (it.dir.path() / "then.db").string();
  CHECK(it.daybook.ask({"view", "build", "--at", "4", file}).at("position") == 4);
  const auto old = client::bare().with({"--view", file});
  CHECK(old.ask({"report", "summary"}) == then);
  CHECK(ids(old.list({"orders"})) == "B1 A1");
  CHECK(old.ask({"order", "show", "A1"}).at("status") == "validated");
  CHECK(old.fails({"order", "show", "C1"}, 1).at("code") == "not_found");
  CHECK(old.ask({"report", "sales", "--by", "day"}).at(0).at("orders") == 2);
  const auto shell = run("sqlite3", {file, "SELECT count(*), min(status), max(status) FROM orders"});
  CHECK(shell.exit_code == 0);
  CHECK(shell.out == "2|validated|validated\n");
  const auto by_time = (it.dir.path() / "time.db").string();
  CHECK(it.daybook.ask({"view", "build", by_time, "--at", paid_at}).at("position") == 5);
  CHECK(client::bare().with({"--view", by_time}).ask({"order", "show", "A1"}).at("status") == "paid");
  const auto between = (it.dir.path() / "between.db").string();
  CHECK(it.daybook.ask({"view", "build", between, "--at", "3"}).at("position") == 3);
  CHECK(client::bare().with({"--view", between}).ask({"order", "show", "B1"}).at("status") == "requested");
  const auto now = (it.dir.path() / "now.db").string();
  it.daybook.ask({"view", "build", now});
  CHECK(client::bare().with({"--view", now}).ask({"report", "summary"}) == it.daybook.ask({"report", "summary"}));
  CHECK(it.daybook.run({"view", "build", file}).exit_code == 2);
  CHECK(client::bare().with({"--view", (it.dir.path() / "none.db").string()}).run({"orders"}).exit_code != 0);
  CHECK_FALSE(std::filesystem::exists(it.dir.path() / "none.db"));
}

TEST_CASE("The live view is read with the sqlite3 shell") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto shell = run("sqlite3", {"-readonly", (it.data / "view" / "orders.db").string(), "SELECT order_id FROM orders"});
  CHECK(shell.out == "A1\n");
}

} // namespace
} // namespace daybook::testing
