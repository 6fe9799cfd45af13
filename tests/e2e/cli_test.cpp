// The command line of daybook and daybookd as a script meets it.

#include <algorithm>

#include "client.hpp"

#include "daybook/apps/command_line.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {
namespace {

words split(const std::string& text) {
  words parts;
  std::istringstream in{text};
  for (std::string word; in >> word;)
    parts.push_back(word);
  return parts;
}

/// A data directory that goes with the test, and a client that opens it.
struct embedded_daybook {
  temp_dir dir;
  std::filesystem::path data = dir.path() / "data";
  client daybook = client::embedded(data);
};

// -- words ---------------------------------------------------------------------------------------------------------------

TEST_CASE("Help and version are everywhere, cost no data directory and end with 0") {
  temp_dir dir;
  std::vector<words> places{{}, {"order"}, {"report"}, {"import"}, {"journal"}, {"view"}};
  for (const auto& each : all_commands())
    places.push_back(split(each.words));
  REQUIRE(places.size() > 25);
  for (auto place : places) {
    for (const auto* option : {"--help", "--version"}) {
      auto command = place;
      command.emplace_back(option);
      const auto done = run(program_path("daybook"), command, {"", dir.path()});
      INFO(place.size() << " words, the last " << (place.empty() ? "none" : place.back()) << ' ' << option);
      CHECK(done.exit_code == 0);
      CHECK(done.err.empty());
      CHECK(done.out.find(std::string{option} == "--version" ? "daybook 0." : "--help") != std::string::npos);
    }
  }
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("The service has help and a version too") {
  const auto help = run(program_path("daybookd"), {"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("--listen") != std::string::npos);
  CHECK(help.out.find("--data") != std::string::npos);
  const auto version = run(program_path("daybookd"), {"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.find("daybookd 0.") == 0);
}

TEST_CASE("Options and words that are not known are errors of usage") {
  temp_dir dir;
  const std::vector<words> wrong{{"frobnicate"},
                                 {"order", "frobnicate"},
                                 {"orders", "--frob"},
                                 {"--frob"},
                                 {"orders", "extra"},
                                 {"order"},
                                 {"order", "pay", "A1"},
                                 {"order", "show"},
                                 {"report", "sales"},
                                 {"report", "sales", "--by", "colour"},
                                 {"orders", "--limit", "0"},
                                 {"orders", "--limit", "many"},
                                 {"orders", "--status", "lost"},
                                 {"events", "--from", "0"},
                                 {"--timeout", "soon", "status"},
                                 {"--connect", "nowhere", "status"},
                                 {"--connect", "127.0.0.1:1", "--data", "x", "status"},
                                 {"order", "show", "a b"},
                                 {"order", "return", "A1", "one"},
                                 {"order", "return", "A1"},
                                 {"order", "show", "A1", "--at", "noon"},
                                 {"orders", "--stale-ok", "--at-least", "1"},
                                 {"view", "build"},
                                 {"demo", "--orders", "0"},
                                 {"--config", "missing.conf", "status"}};
  for (const auto& each : wrong) {
    INFO("… " << each.back());
    const auto text = run(program_path("daybook"), each, {"", dir.path()});
    CHECK(text.exit_code == 2);
    CHECK(text.out.empty());
    CHECK(count_lines(text.err) == 1);
    CHECK(text.err.find("daybook: ") == 0);
    auto with_json = each;
    with_json.emplace_back("--json");
    const auto machine = run(program_path("daybook"), with_json, {"", dir.path()});
    CHECK(machine.exit_code == 2);
    CHECK(machine.out.empty());
    CHECK(keys(json::parse(machine.err).at("error")) == "code message");
  }
  for (const auto* each : {"--frob", "extra", "--listen=nowhere", "--admission-limit=0"}) {
    const auto service = run(program_path("daybookd"), {"--data", (dir.path() / "d").string(), each});
    INFO(each << ": " << service.err);
    CHECK(service.exit_code == 2);
    CHECK(service.out.empty());
  }
}

TEST_CASE("Options stand before or behind a command, with a space or an equals sign") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto data = it.data.string();
  const auto expected = it.daybook.ask({"order", "show", "A1"});
  for (const auto& each : std::vector<words>{{"--data", data, "--json", "order", "show", "A1"},
                                             {"--data=" + data, "order", "show", "A1", "--json"},
                                             {"order", "--json", "--data=" + data, "show", "A1"},
                                             {"order", "show", "--data", data, "A1", "--json", "--timeout=5s"}}) {
    const auto done = run(program_path("daybook"), each);
    REQUIRE(done.exit_code == 0);
    CHECK(json::parse(done.out) == expected);
  }
  CHECK(it.daybook.ask({"order", "cancel", "A1", "--reason=changed my mind"}).at("status") == "cancelled");
}

TEST_CASE("Without options the data directory is ./daybook-data") {
  temp_dir dir;
  const auto done = run(program_path("daybook"), {"order", "submit", "-", "--json"}, {request_text("A1"), dir.path()});
  CHECK(done.exit_code == 0);
  CHECK(std::filesystem::exists(dir.path() / "daybook-data" / "journal"));
}

TEST_CASE("A file of settings is read, and a wrong value in it is named") {
  embedded_daybook it;
  const auto good = write_file(it.dir.path() / "good.conf", "# mine\ndata = " + it.data.string() + "\n");
  const auto from_file = client::bare().with({"--config", good});
  submit(from_file, "A1");
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("status") == "validated");
  const auto elsewhere = from_file.with({"--data", (it.dir.path() / "elsewhere").string()});
  CHECK(elsewhere.fails({"order", "show", "A1"}, 1).at("code") == "not_found");
  const auto bad = write_file(it.dir.path() / "bad.conf", "admission-limit = none\n");
  const auto problem = it.daybook.with({"--config", bad}).fails({"status"}, 2);
  CHECK(problem.at("message").get<std::string>().find("admission-limit") != std::string::npos);
}

// -- an order's life -----------------------------------------------------------------------------------------------------

void check_receipt(const json& found, const std::string& id, const std::string& status, int position, int version,
                   const std::vector<std::string>& reasons = {}) {
  INFO(found.dump());
  CHECK(keys(found) == receipt_keys);
  CHECK(found.at("order_id") == id);
  CHECK(found.at("status") == status);
  CHECK(found.at("position") == position);
  CHECK(found.at("version") == version);
  CHECK(found.at("reasons") == json(reasons));
  CHECK(found.at("command_id").get<std::string>().size() == 36);
}

TEST_CASE("An order lives from its request to its refund") {
  embedded_daybook it;
  const auto& daybook = it.daybook;
  check_receipt(submit(daybook, "A1"), "A1", "validated", 2, 2);
  check_receipt(daybook.ask({"order", "pay", "A1", "10"}), "A1", "validated", 3, 3);
  check_receipt(daybook.ask({"order", "pay", "A1", "12.08", "--currency", "GBP", "--reference", "T1"}), "A1", "paid", 4, 4);
  check_receipt(daybook.ask({"order", "ship", "A1", "--carrier", "DHL", "--tracking", "1Z"}), "A1", "shipped", 5, 5);
  check_receipt(daybook.ask({"order", "deliver", "A1"}), "A1", "delivered", 6, 6);
  check_receipt(daybook.ask({"order", "return", "A1", "1:2", "2:1", "1:1", "--reason", "broken"}), "A1", "partly_returned", 7,
                7);
  const auto partly = daybook.ask({"order", "show", "A1"});
  CHECK(partly.at("due_back_minor") == 3 * 255 + 339);
  CHECK(partly.at("lines").at(0).at("returned") == 3);
  check_receipt(daybook.ask({"order", "refund", "A1", "11.04", "--reference", "R1"}), "A1", "partly_returned", 8, 8);
  check_receipt(daybook.ask({"order", "return", "A1", "1:3", "2:1"}), "A1", "returned", 9, 9);
  check_receipt(daybook.ask({"order", "refund", "A1", "11.04"}), "A1", "returned", 10, 10);
  const auto whole = daybook.ask({"order", "show", "A1"});
  CHECK(keys(whole) == details_keys);
  CHECK(keys(whole.at("lines").at(0)) == "line stock_code description quantity unit_price_minor returned");
  CHECK(whole.dump() ==
        R"({"order_id":"A1","status":"returned","customer":"17850","country":"United Kingdom","currency":"GBP",)"
        R"("ordered_at":"2010-12-01T08:26:00","total_minor":2208,"paid_minor":2208,"due_back_minor":0,)"
        R"("refunded_minor":2208,"lines":[{"line":1,"stock_code":"85123A",)"
        R"("description":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":6,"unit_price_minor":255,"returned":6},)"
        R"({"line":2,"stock_code":"71053","description":"WHITE METAL LANTERN","quantity":2,"unit_price_minor":339,)"
        R"("returned":2}],"reasons":[],"version":10,"position":10})");
}

TEST_CASE("An order is cancelled before or after its payment, and what was paid is due back") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  check_receipt(it.daybook.ask({"order", "cancel", "A1", "--reason", "changed my mind"}), "A1", "cancelled", 3, 3);
  check_receipt(it.daybook.ask({"order", "pay", "A1", "5"}), "A1", "cancelled", 4, 4);
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("due_back_minor") == 500);
  check_receipt(it.daybook.ask({"order", "refund", "A1", "5.00"}), "A1", "cancelled", 5, 5);
}

TEST_CASE("An order that cannot be delivered is due back whole, and what was paid too much as well") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  it.daybook.ask({"order", "pay", "A1", "23.08"});
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("due_back_minor") == 100);
  it.daybook.ask({"order", "ship", "A1"});
  check_receipt(it.daybook.ask({"order", "undeliverable", "A1", "--reason", "moved"}), "A1", "undeliverable", 5, 5);
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("due_back_minor") == 2308);
}

TEST_CASE("Requests come as one object, an array or JSON Lines, from a file or standard input") {
  embedded_daybook it;
  const auto receipts = [&](const std::string& file, const std::string& input) {
    std::string text;
    for (const auto& each : it.daybook.list({"order", "submit", file}, 0, input)) {
      CHECK(keys(each) == receipt_keys);
      text += each.at("order_id").get<std::string>() + ' ' + each.at("status").get<std::string>() + ' ';
    }
    return text;
  };
  CHECK(receipts(write_file(it.dir.path() / "one.json", request("A1").dump(2)), "") == "A1 validated ");
  CHECK(receipts("-", json::array({request("A2"), request("A3")}).dump(2)) == "A2 validated A3 validated ");
  CHECK(receipts("-", request_text("A4") + "\n\n" + request_text("A5") + "\r\n" + request_text("A6")) ==
        "A4 validated A5 validated A6 validated ");
  std::string many;
  for (int i = 0; i < 1500; ++i)
    many += request_text("M" + std::to_string(i)) + '\n';
  const auto answers = it.daybook.list({"order", "submit", "-"}, 0, many);
  REQUIRE(answers.size() == 1500);
  for (int i = 0; i < 1500; ++i)
    REQUIRE(answers[static_cast<std::size_t>(i)].at("order_id") == "M" + std::to_string(i));
}

TEST_CASE("An order without an id, a country or a time gets an id and the sender's time") {
  embedded_daybook it;
  auto wanted = request("A1");
  for (const auto* each : {"order_id", "country", "ordered_at"})
    wanted.erase(each);
  const auto receipt = it.daybook.ask({"order", "submit", "-"}, 0, wanted.dump());
  const auto id = receipt.at("order_id").get<std::string>();
  CHECK(id.size() == 36);
  CHECK(id[14] == '7');
  const auto order = it.daybook.ask({"order", "show", id});
  CHECK(order.at("ordered_at").get<std::string>().substr(0, 2) == "20");
  CHECK(it.daybook.ask({"report", "sales", "--by", "country"}).at(0).at("country") == "Unspecified");
}

// -- rejections and refusals ---------------------------------------------------------------------------------------------

TEST_CASE("A rejected order names every reason that holds, is kept, and its id is never free again") {
  embedded_daybook it;
  auto wanted =
    json::parse(R"({"order_id": "A1", "customer": "  ", "country": "France", "currency": "GBP", "ordered_at": "soon",
    "lines": [{"stock_code": "", "quantity": "0", "unit_price": "-1"}, {"stock_code": "x", "quantity": "+6", "unit_price": "1e2"},
              {"stock_code": "y", "quantity": "1", "unit_price": "0.001"}]})");
  const auto receipt = it.daybook.ask({"order", "submit", "-"}, 1, wanted.dump());
  check_receipt(receipt, "A1", "rejected", 2, 2,
                {"missing_customer", "missing_stock_code", "malformed_quantity", "non_positive_quantity", "malformed_price",
                 "non_positive_price", "sub_penny_price", "malformed_time"});
  const auto other = json::array({json::parse(R"({"order_id": "A2", "customer": "1", "currency": "XAU", "lines": []})"),
                                  json::parse(R"({"order_id": "A3", "customer": "1", "currency": "JPY",
                                    "lines": [{"stock_code": "x", "quantity": 999999999, "unit_price": 999999999999}]})")});
  const auto receipts = it.daybook.list({"order", "submit", "-"}, 1, other.dump());
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[0].at("reasons") == json({"no_lines", "unknown_currency"}));
  CHECK(receipts[1].at("reasons") == json({"amount_too_large"}));
  check_receipt(it.daybook.ask({"order", "submit", "-"}, 1, request_text("A1")), "A1", "rejected", 2, 2, {"order_exists"});
  const auto shown = it.daybook.ask({"order", "show", "A1"});
  CHECK(shown.at("reasons") == receipt.at("reasons"));
  CHECK(shown.at("total_minor").is_null());
  CHECK(shown.at("lines").at(1).at("quantity") == "+6");
  const auto text = it.daybook.run({"order", "submit", "-"}, R"({"customer": "", "currency": "GBP", "lines": []})");
  CHECK(text.exit_code == 1);
  CHECK(text.out.find("rejected") != std::string::npos);
}

struct refused {
  const char* command;
  const char* status;
  std::vector<std::string> reasons;
};

TEST_CASE("Every refusal is a receipt on standard output with exit code 1, and changes nothing") {
  embedded_daybook it;
  submit(it.daybook, "validated");
  submit(it.daybook, "cancelled");
  it.daybook.ask({"order", "cancel", "cancelled"});
  submit(it.daybook, "delivered");
  for (const auto* each : {"pay delivered 22.08", "ship delivered", "deliver delivered", "return delivered 1:1"})
    it.daybook.ask(split(std::string{"order "} + each));
  const auto before = it.daybook.ask({"journal", "stat"}).at("last_position");
  const std::vector<refused> cases{
    {"pay nobody 1", "unknown", {"not_found"}},
    {"cancel nobody", "unknown", {"not_found"}},
    {"ship validated", "validated", {"not_allowed"}},
    {"deliver validated", "validated", {"not_allowed"}},
    {"undeliverable validated", "validated", {"not_allowed"}},
    {"return validated 1:1", "validated", {"not_allowed"}},
    {"cancel delivered", "partly_returned", {"not_allowed"}},
    {"ship cancelled", "cancelled", {"not_allowed"}},
    {"pay validated 1 --currency USD", "validated", {"wrong_currency"}},
    {"pay validated 1e3", "validated", {"malformed_amount"}},
    {"pay validated 0", "validated", {"non_positive_amount"}},
    {"pay validated 0.001", "validated", {"sub_penny_amount"}},
    {"return delivered 3:1", "partly_returned", {"unknown_line"}},
    {"return delivered 1:0", "partly_returned", {"non_positive_quantity"}},
    {"return delivered 1:3 1:3", "partly_returned", {"returns_more_than_delivered"}},
    {"refund delivered 2.56", "partly_returned", {"refunds_more_than_due"}},
    {"refund validated 1", "validated", {"refunds_more_than_due"}},
  };
  for (const auto& each : cases) {
    INFO(each.command);
    const auto receipt = it.daybook.ask(split(std::string{"order "} + each.command), 1);
    CHECK(keys(receipt) == receipt_keys);
    CHECK(receipt.at("status") == each.status);
    CHECK(receipt.at("reasons") == json(each.reasons));
    const auto text = it.daybook.run(split(std::string{"order "} + each.command));
    CHECK(text.exit_code == 1);
    CHECK(text.err.empty());
    CHECK(text.out.find('\n') == text.out.size() - 1);
  }
  // A sign makes no option of an amount.
  CHECK(it.daybook.ask({"order", "pay", "validated", "-1"}, 1).at("reasons") == json({"non_positive_amount"}));
  const auto behind_dashes =
    run(program_path("daybook"), {"--data", it.data.string(), "--json", "order", "pay", "validated", "--", "-1"});
  CHECK(json::parse(behind_dashes.out).at("reasons") == json({"non_positive_amount"}));
  CHECK(it.daybook.run({"order", "ship", "validated"}).out.find("validated") != std::string::npos);
  CHECK(it.daybook.ask({"order", "submit", "-"}, 1, request_text("validated")).at("reasons") == json({"order_exists"}));
  CHECK(it.daybook.ask({"journal", "stat"}).at("last_position") == before);
}

TEST_CASE("The same command id brings the first receipt again, with other content a refusal") {
  embedded_daybook it;
  const std::string id = "0193580b-2c40-7000-8000-000000000001";
  const auto first = it.daybook.ask({"order", "submit", "-", "--command-id", id}, 0, request_text("A1"));
  CHECK(first.at("command_id") == id);
  const std::string pay_id = "0193580b-2c40-7000-8000-000000000002";
  const auto paid = it.daybook.ask({"order", "pay", "A1", "22.08", "--command-id=" + pay_id});
  CHECK(it.daybook.ask({"order", "submit", "-", "--command-id", id}, 0, request_text("A1")) == first);
  CHECK(it.daybook.ask({"order", "pay", "A1", "22.08", "--command-id=" + pay_id}) == paid);
  const auto other = it.daybook.ask({"order", "pay", "A1", "22.09", "--command-id=" + pay_id}, 1);
  CHECK(other.at("reasons") == json({"command_id_reused"}));
  auto changed = request("A1");
  changed["customer"] = "1";
  CHECK(it.daybook.ask({"order", "submit", "-", "--command-id", id}, 1, changed.dump()).at("reasons") ==
        json({"command_id_reused"}));
  CHECK(it.daybook.ask({"status"}).at("journal_position") == 3);
}

TEST_CASE("The first receipt of a rejected order comes again too, as a rejection") {
  embedded_daybook it;
  const std::string id = "0193580b-2c40-7000-8000-000000000001";
  const std::string wanted = R"({"order_id": "A1", "customer": "", "currency": "GBP", "ordered_at": "2010-12-01T08:26:00",
                                 "lines": [{"stock_code": "x", "quantity": 1, "unit_price": 1}]})";
  const auto first = it.daybook.ask({"order", "submit", "-", "--command-id", id}, 1, wanted);
  CHECK(it.daybook.ask({"order", "submit", "-", "--command-id", id}, 1, wanted) == first);
  CHECK(first.at("reasons") == json({"missing_customer"}));
}

TEST_CASE("A refusal is not remembered: the same command id is decided anew") {
  embedded_daybook it;
  const std::string id = "0193580b-2c40-7000-8000-000000000001";
  submit(it.daybook, "A1");
  CHECK(it.daybook.ask({"order", "ship", "A1", "--command-id", id}, 1).at("reasons") == json({"not_allowed"}));
  it.daybook.ask({"order", "pay", "A1", "22.08"});
  CHECK(it.daybook.ask({"order", "ship", "A1", "--command-id", id}).at("status") == "shipped");
}

TEST_CASE("Requests that cannot be read are named by line, journalled nowhere, and the rest goes on") {
  embedded_daybook it;
  auto unknown_field = request("A2");
  unknown_field["colour"] = "red";
  const auto text = request_text("A1") + "\n{\"order_id\": \"broken\"\n" + unknown_field.dump() + "\nnonsense\n" +
                    request_text("a b") + "\n" +
                    R"({"order_id": "A3", "order_id": "A4", "customer": "1", "currency": "GBP", "lines": []})" + "\n" +
                    request_text("A5") + "\n";
  const auto done = it.daybook.run_json({"order", "submit", "-"}, text);
  CHECK(done.exit_code == 1);
  const auto receipts = json_lines(done.out);
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[0].at("order_id") == "A1");
  CHECK(receipts[1].at("order_id") == "A5");
  const auto errors = json_lines(done.err);
  REQUIRE(errors.size() == 5);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const auto message = errors[i].at("error").at("message").get<std::string>();
    CHECK(message.find("line " + std::to_string(i + 2) + ":") == 0);
  }
  CHECK(errors[1].at("error").at("message").get<std::string>().find("colour") != std::string::npos);
  CHECK(it.daybook.ask({"status"}).at("journal_position") == 4);
}

TEST_CASE("A text over 1,000 bytes and more than 10,000 lines are unreadable") {
  embedded_daybook it;
  auto longest = request("A1");
  longest["customer"] = std::string(1000, 'c');
  CHECK(it.daybook.ask({"order", "submit", "-"}, 0, longest.dump()).at("status") == "validated");
  auto too_long = request("A2");
  too_long["customer"] = std::string(1001, 'c');
  CHECK(it.daybook.fails({"order", "submit", "-"}, 1, too_long.dump()).at("code") == "unreadable_request");
  auto most = request("A3");
  most["lines"] = json::array();
  for (int i = 0; i < 10'000; ++i)
    most["lines"].push_back({{"stock_code", "x"}, {"quantity", 1}, {"unit_price", "0.01"}});
  CHECK(it.daybook.ask({"order", "submit", "-"}, 0, most.dump()).at("status") == "validated");
  most["order_id"] = "A4";
  most["lines"].push_back(most["lines"].at(0));
  CHECK(it.daybook.fails({"order", "submit", "-"}, 1, most.dump()).at("code") == "unreadable_request");
  CHECK(it.daybook.ask({"status"}).at("journal_position") == 4);
}

TEST_CASE("One command id cannot name several requests") {
  embedded_daybook it;
  const auto done = it.daybook.run_json({"order", "submit", "-", "--command-id", "0193580b-2c40-7000-8000-000000000001"},
                                        request_text("A1") + "\n" + request_text("A2") + "\n");
  CHECK(done.exit_code == 2);
  CHECK(it.daybook.list({"orders"}).size() <= 1);
}

TEST_CASE("Past the admission limit commands are refused as overloaded with 3, and each one is answered") {
  embedded_daybook it;
  const auto config = write_file(it.dir.path() / "narrow.conf", "admission-limit = 1\n");
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += request_text("A" + std::to_string(i)) + '\n';
  const auto done = it.daybook.with({"--config", config}).run_json({"order", "submit", "-"}, text);
  const auto receipts = json_lines(done.out);
  const auto errors = json_lines(done.err);
  CHECK(done.exit_code == 3);
  CHECK(receipts.size() >= 1);
  CHECK(receipts.size() + errors.size() == 100);
  for (const auto& each : errors)
    CHECK(each.at("error").at("code") == "overloaded");
  CHECK(it.daybook.ask({"report", "summary"}).at("orders_requested") == receipts.size());
}

TEST_CASE("What is not there is an error with exit code 1") {
  embedded_daybook it;
  CHECK(it.daybook.fails({"order", "show", "nobody"}, 1).at("code") == "not_found");
  CHECK(it.daybook.fails({"order", "history", "nobody"}, 1).at("code") == "not_found");
  CHECK(it.daybook.fails({"order", "submit", "missing.json"}, 1).at("message").get<std::string>().find("missing.json") !=
        std::string::npos);
  const auto text = it.daybook.run({"order", "show", "nobody"});
  CHECK(text.exit_code == 1);
  CHECK(text.out.empty());
  CHECK(count_lines(text.err) == 1);
}

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

// -- the directory and its damage ----------------------------------------------------------------------------------------

TEST_CASE("A directory that a node has open is refused with the node's process id") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto daybook = client::embedded(dir.path() / "data");
  const auto problem = daybook.fails({"orders"}, 3);
  CHECK(problem.at("code") == "directory_in_use");
  CHECK(problem.at("message").get<std::string>().find(std::to_string(node.pid())) != std::string::npos);
  const auto second = run(program_path("daybookd"), {"--data", (dir.path() / "data").string(), "--listen", "127.0.0.1:0"});
  CHECK(second.exit_code == 3);
  CHECK(second.out.empty());
  CHECK(second.err.find(std::to_string(node.pid())) != std::string::npos);
  CHECK(node.stop().exit_code == 0);
  CHECK(daybook.run({"orders"}).exit_code == 0);
}

TEST_CASE("The journal is verified and measured beside a running node") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto remote = client::remote(node);
  const auto beside = client::embedded(dir.path() / "data");
  submit(remote, "A1");
  const auto report = beside.ask({"journal", "verify"});
  CHECK(report.at("intact") == true);
  CHECK(report.at("events") == 2);
  CHECK(report.at("last_position") == 2);
  CHECK(report.at("damage").is_null());
  CHECK(remote.ask({"journal", "verify"}) == report);
  const auto stat = beside.ask({"journal", "stat"});
  CHECK(stat.at("last_position") == 2);
  CHECK(stat.at("segments") == 1);
  CHECK(remote.ask({"journal", "stat"}).at("last_position") == 2);
  submit(remote, "A2");
}

/// Changes one character of an order's request in the one segment there is; gives the offset of its line.
std::size_t damage(const std::filesystem::path& data, const std::string& order_id) {
  std::filesystem::path segment;
  for (const auto& each : std::filesystem::directory_iterator{data / "journal"})
    if (each.path().extension() == ".jsonl")
      segment = each.path();
  auto bytes = read_file(segment);
  const auto line = bytes.find('\n', bytes.find("order-" + order_id)) == std::string::npos
                      ? std::string::npos
                      : bytes.rfind('\n', bytes.find("order-" + order_id)) + 1;
  const auto victim = bytes.find("85123A", line);
  REQUIRE(victim != std::string::npos);
  bytes[victim] ^= 1;
  write_file(segment, bytes);
  return line;
}

void check_names_damage(const std::string& text, std::size_t offset) {
  INFO(text);
  CHECK(text.find(".jsonl") != std::string::npos);
  CHECK(text.find("byte " + std::to_string(offset)) != std::string::npos);
}

TEST_CASE("A byte that was changed in the journal is found, with segment and offset, and never answered with") {
  embedded_daybook it;
  for (const auto* id : {"A1", "B1", "C1"})
    submit(it.daybook, id);
  const auto offset = damage(it.data, "B1");
  const auto verified = it.daybook.ask({"journal", "verify"}, 4);
  CHECK(verified.at("intact") == false);
  CHECK(verified.at("damage").at("offset_bytes") == offset);
  CHECK(verified.at("damage").at("position") == 3);
  CHECK(verified.at("damage").at("segment").get<std::string>().find(".jsonl") != std::string::npos);
  check_names_damage(it.daybook.run({"journal", "verify"}).out, offset);
  const auto history = it.daybook.fails({"order", "history", "B1"}, 4);
  CHECK(history.at("code") == "journal_damaged");
  check_names_damage(history.at("message"), offset);
  CHECK(it.daybook.run({"order", "pay", "B1", "1"}).exit_code == 4);
  CHECK(it.daybook.run({"events"}).exit_code == 4);
  CHECK(it.daybook.run({"order", "history", "A1"}).exit_code == 0);
}

TEST_CASE("A start that has to read what was damaged ends with 4 and changes nothing") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  {
    server node{data};
    for (const auto* id : {"A1", "B1", "C1"})
      submit(client::remote(node), id);
    node.crash();
  }
  const auto offset = damage(data, "B1");
  const auto segment = data / "journal" / "00000000000000000001.jsonl";
  const auto before = read_file(segment);
  const auto service = run(program_path("daybookd"), {"--data", data.string(), "--listen", "127.0.0.1:0"});
  CHECK(service.exit_code == 4);
  CHECK(service.out.empty());
  check_names_damage(service.err, offset);
  const auto problem = client::embedded(data).fails({"orders"}, 4);
  CHECK(problem.at("code") == "journal_damaged");
  check_names_damage(problem.at("message"), offset);
  CHECK(read_file(segment) == before);
}

/// Sixty orders in segments of a few kilobytes each; their files.
std::vector<std::filesystem::path> many_segments(const embedded_daybook& it) {
  const auto config = write_file(it.dir.path() / "small.conf", "segment-bytes = 4KiB\n");
  // Six runs: what is waiting goes out together, and a segment ends between two writes only.
  for (int run = 0; run < 6; ++run) {
    std::string text;
    for (int i = 0; i < 10; ++i)
      text += request_text("A" + std::to_string(10 * run + i)) + '\n';
    it.daybook.with({"--config", config}).list({"order", "submit", "-"}, 0, text);
  }
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator{it.data / "journal"})
    if (each.path().extension() == ".jsonl")
      files.push_back(each.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 3);
  return files;
}

TEST_CASE("A journal of many segments is whole, and a segment that is missing is found at the start") {
  embedded_daybook it;
  const auto files = many_segments(it);
  const auto verified = it.daybook.ask({"journal", "verify"});
  CHECK(verified.at("segments") == files.size());
  CHECK(verified.at("events") == 120);
  const auto all = it.daybook.list({"events"});
  REQUIRE(all.size() == 120);
  CHECK(all.back().at("position") == 120);
  REQUIRE(std::filesystem::remove(files[1]));
  const auto problem = it.daybook.fails({"orders"}, 4);
  CHECK(problem.at("code") == "journal_damaged");
  CHECK(problem.at("message").get<std::string>().find(".jsonl") != std::string::npos);
  CHECK(it.daybook.run({"journal", "verify"}).exit_code == 4);
}

TEST_CASE("The head of an old segment that was changed is found at the start, a changed event when it is read") {
  embedded_daybook it;
  const auto files = many_segments(it);
  const auto whole = read_file(files[1]);
  auto bytes = whole;
  bytes[bytes.find("created_at") + 15] ^= 1;
  write_file(files[1], bytes);
  const auto problem = it.daybook.fails({"orders"}, 4);
  CHECK(problem.at("message").get<std::string>().find(files[1].filename().string()) != std::string::npos);
  bytes = whole;
  const auto line = bytes.find('\n') + 1;
  bytes[bytes.find("85123A", line)] ^= 1;
  write_file(files[1], bytes);
  CHECK(it.daybook.run({"orders"}).exit_code == 0);
  const auto verified = it.daybook.ask({"journal", "verify"}, 4);
  CHECK(verified.at("damage").at("segment") == files[1].filename().string());
  const auto read = it.daybook.run_json({"events"});
  CHECK(read.exit_code == 4);
  CHECK(read.err.find(files[1].filename().string()) != std::string::npos);
}

TEST_CASE("A torn tail is cut back to the last whole commit, and the order is as it was before") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  it.daybook.ask({"order", "pay", "A1", "22.08"});
  const auto segment = it.data / "journal" / "00000000000000000001.jsonl";
  const auto whole = read_file(segment);
  write_file(segment, whole.substr(0, whole.size() - 10));
  CHECK(it.daybook.ask({"journal", "verify"}).at("unfinished_bytes") > 0);
  std::filesystem::remove_all(it.data / "index");
  std::filesystem::remove_all(it.data / "view");
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("status") == "validated");
  CHECK(it.daybook.ask({"order", "pay", "A1", "22.08"}).at("position") == 3);
  CHECK(it.daybook.ask({"journal", "verify"}).at("unfinished_bytes") == 0);
}

TEST_CASE("A journal that lost its end after a clean stop is not taken for a whole one") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  it.daybook.ask({"order", "pay", "A1", "22.08"});
  const auto segment = it.data / "journal" / "00000000000000000001.jsonl";
  const auto whole = read_file(segment);
  write_file(segment, whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));
  const auto done = it.daybook.run_json({"order", "show", "A1"});
  INFO(done.out << done.err);
  // Refused as damage, or told as it is now: never as paid.
  CHECK((done.exit_code == 4 || json::parse(done.out).at("status") == "validated"));
}

} // namespace
} // namespace daybook::testing
