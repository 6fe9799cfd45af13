// Orders' whole life, rejections and refusals, as a script meets them.

#include <algorithm>
#include <cctype>

#include "client.hpp"

namespace daybook::testing {
namespace {

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
    "lines": [{"stock_code": "", "quantity": "0", "unit_price": "-1"},
              {"stock_code": "x", "quantity": "+6", "unit_price": "1e2"},
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
  const std::string pay_id = "0193580b-2c40-7000-8000-00000000000a";
  const auto paid = it.daybook.ask({"order", "pay", "A1", "22.08", "--command-id=" + pay_id});
  CHECK(it.daybook.ask({"order", "submit", "-", "--command-id", id}, 0, request_text("A1")) == first);
  CHECK(it.daybook.ask({"order", "pay", "A1", "22.08", "--command-id=" + pay_id}) == paid);
  const auto other = it.daybook.ask({"order", "pay", "A1", "22.09", "--command-id=" + pay_id}, 1);
  CHECK(other.at("reasons") == json({"command_id_reused"}));
  std::string capitals = pay_id;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(), [](unsigned char each) { return std::toupper(each); });
  CHECK(it.daybook.ask({"order", "pay", "A1", "22.08", "--command-id=" + capitals}) == paid);
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

TEST_CASE("An array that is cut off or lacks a comma is a problem, also when its objects can be read") {
  embedded_daybook it;
  const auto one = [](const std::string& id) { return request_text(id); };
  const std::vector<std::pair<std::string, std::string>> cases{
    {"[" + one("A1") + ",", "line 1: the array"},
    {"\n[\n" + one("A2") + ",\n" + one("A3") + "\n", "line 2: the array"},
    {"[" + one("A4") + ",]", "line 1: expected a JSON object"},
    {"[" + one("A5") + "\n" + one("A6") + "]", "line 2: a comma"},
    {one("A7") + ",\n" + one("A8") + "\n", "line 1: expected a JSON object"}};
  for (const auto& [text, wanted] : cases) {
    const auto done = it.daybook.run_json({"order", "submit", "-"}, text);
    INFO(done.err);
    CHECK(done.exit_code == 1);
    REQUIRE(count_lines(done.err) == 1);
    CHECK(json::parse(done.err).at("error").at("message").get<std::string>().find(wanted) == 0);
  }
  CHECK(it.daybook.list({"orders"}).size() == 7);
  // What stands there may be anything; it is shown in one line that steers no terminal.
  const auto odd = it.daybook.run({"order", "submit", "-"}, "\x1b[2J\xff nonsense");
  CHECK(odd.exit_code == 1);
  CHECK(count_lines(odd.err) == 1);
  CHECK(odd.err.find_first_of("\x1b\xff") == std::string::npos);
  // What some editors put before the first character is none.
  CHECK(it.daybook.run({"order", "submit", "-"}, "\xef\xbb\xbf[" + one("A9") + "]").exit_code == 0);
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

} // namespace
} // namespace daybook::testing
