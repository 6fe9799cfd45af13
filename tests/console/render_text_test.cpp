#include <algorithm>

#include <catch2/catch.hpp>

#include "daybook/apps/render.hpp"
#include "daybook/domain/reasons.hpp"
#include "daybook/tests/console/rendered.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

receipt receipt_of(std::string status, std::vector<std::string> reasons, bool refused) {
  receipt answer;
  answer.id = "536365";
  answer.status = std::move(status);
  answer.version = 2;
  answer.position = 4;
  answer.reasons = std::move(reasons);
  answer.refused = refused;
  return answer;
}

order_details validated_order() {
  order_details order;
  auto& summary = order.summary;
  summary.order_id = "536365";
  summary.status = "partly_returned";
  summary.customer = "17850";
  summary.country = "United Kingdom";
  summary.currency = "GBP";
  summary.ordered_at = "2010-12-01T08:26:00";
  summary.total = 1530;
  summary.paid = 1530;
  summary.due_back = 255;
  summary.version = 6;
  summary.position = 9;
  line_details line;
  line.line = 1;
  line.stock_code = "85123A";
  line.description = "WHITE HANGING HEART";
  line.quantity = 6;
  line.unit_price = 255;
  line.returned = 1;
  order.lines = {line};
  return order;
}

} // namespace

TEST_CASE("every rejection and every refusal has a sentence", "[render_text]") {
  for (int each = 0; each < rejection_count; ++each) {
    const std::string reason{name(static_cast<rejection>(each))};
    INFO(reason);
    CHECK(explain(reason) != reason);
    CHECK(has(explain(reason), " "));
  }
  for (int each = 0; each < refusal_count; ++each) {
    const std::string reason{name(static_cast<refusal>(each))};
    INFO(reason);
    CHECK(explain(reason) != reason);
    CHECK(has(explain(reason), " "));
  }
  CHECK(explain("from_the_future") == "from_the_future");
}

TEST_CASE("a receipt says what became of the order", "[render_text]") {
  CHECK(to_text(receipt_of("validated", {}, false), plain) == "order 536365 is validated (version 2, position 4)\n");
  CHECK(to_text(receipt_of("partly_returned", {}, false), plain) ==
        "order 536365 is partly returned (version 2, position 4)\n");
}

TEST_CASE("a rejection names and explains every reason", "[render_text]") {
  CHECK(to_text(receipt_of("rejected", {"missing_customer", "no_lines"}, false), plain) ==
        "order 536365 was rejected: the customer is missing (missing_customer); the order has no lines (no_lines)\n");
  CHECK(to_text(receipt_of("rejected", {"newer"}, false), plain) == "order 536365 was rejected: newer\n");
}

TEST_CASE("a refusal names the status that forbids it", "[render_text]") {
  CHECK(to_text(receipt_of("shipped", {"not_allowed"}, true), plain) ==
        "refused: order 536365 is shipped, so this is not possible now (not_allowed)\n");
  CHECK(to_text(receipt_of("unknown", {"not_found"}, true), plain) ==
        "refused: order 536365: there is no such order (not_found)\n");
}

TEST_CASE("an order shows its money in its currency and its lines in a table", "[render_text]") {
  CHECK(to_text(validated_order(), plain) == "order 536365  partly returned\n"
                                             "customer    17850\n"
                                             "country     United Kingdom\n"
                                             "ordered at  2010-12-01T08:26:00\n"
                                             "total       15.30 GBP\n"
                                             "paid        15.30 GBP\n"
                                             "due back    2.55 GBP\n"
                                             "version     6, position 9\n"
                                             "\n"
                                             "line  stock code  description          quantity  unit price  amount  returned\n"
                                             "   1  85123A      WHITE HANGING HEART         6        2.55   15.30         1\n");
}

TEST_CASE("a rejected order shows what was requested and why it was rejected", "[render_text]") {
  auto order = validated_order();
  order.summary.status = "rejected";
  order.summary.total.reset();
  order.summary.reasons = {"malformed_quantity", "missing_customer"};
  order.lines[0].quantity.reset();
  order.lines[0].unit_price.reset();
  order.lines[0].requested_quantity = "six";
  order.lines[0].requested_unit_price = "2.55";
  const auto text = to_text(order, plain);
  CHECK(has(text, "six"));
  CHECK(has(text, "total       –\n"));
  CHECK(has(text, "rejected    a quantity is not"));
  CHECK(has(text, "\n            the customer is missing (missing_customer)\n"));
}

TEST_CASE("lists are tables, and empty ones a sentence", "[render_text]") {
  CHECK(to_text(std::vector<order_summary>{}, plain) == "no orders\n");
  CHECK(to_text(std::vector<recorded_event>{}, plain) == "no events\n");
  CHECK(to_text(std::vector<sales_row>{}, sales_key::day, plain) == "no sales\n");
  const auto text = to_text(std::vector<order_summary>{validated_order().summary}, plain);
  CHECK(text == "order   status           customer  country         ordered at               total  due back\n"
                "536365  partly returned  17850     United Kingdom  2010-12-01T08:26:00  15.30 GBP  2.55 GBP\n");
}

TEST_CASE("a history says in a few words what each event was about", "[render_text]") {
  recorded_event requested;
  requested.position = 1;
  requested.version = 1;
  requested.stream = "order-1";
  requested.type = "OrderRequested";
  requested.recorded_at = 1;
  requested.data = R"({"customer":"17850","currency":"GBP","ordered_at":"2010-12-01T08:26:00",)"
                   R"("lines":[{"stock_code":"A","quantity":"6","unit_price":"2.55"}]})";
  auto validated = requested;
  validated.position = 2;
  validated.version = 2;
  validated.type = "OrderValidated";
  validated.data = R"({"total_minor":1530,"lines":[{"quantity":6,"unit_price_minor":255}]})";
  const auto text = to_text(std::vector<recorded_event>{requested, validated}, plain);
  CHECK(has(text, "customer 17850, 1 line"));
  CHECK(has(text, "total 15.30 GBP, 1 line"));
  auto newer = requested;
  newer.type = "OrderGifted";
  newer.data = R"({"x":1})";
  CHECK(has(to_text(newer, plain), R"({"x":1})"));
  const auto one = to_text(requested, plain);
  CHECK(std::count(one.begin(), one.end(), '\n') == 1);
  CHECK(has(one, "1  1970-01-01T00:00:00.000001Z  1             OrderRequested      customer 17850, 1 line\n"));
}

TEST_CASE("sales show amounts in their currency and products in pieces", "[render_text]") {
  CHECK(to_text(std::vector<sales_row>{{"日本", "JPY", 2, 300, 0}, {"France", "EUR", 1200, 12345, 0}}, sales_key::country,
                plain) == "country  orders       total\n"
                          "日本          2     300 JPY\n"
                          "France    1,200  123.45 EUR\n");
  CHECK(to_text(std::vector<sales_row>{{"85123A", "", 0, 0, 1200}}, sales_key::product, plain) ==
        "stock code  quantity\n85123A         1,200\n");
}

TEST_CASE("the summary leaves out reasons that nothing was rejected for", "[render_text]") {
  summary_report report;
  report.orders_requested = 1;
  report.orders_rejected = 1;
  report.rejected_by_reason = {{"missing_customer", 1}, {"no_lines", 0}};
  report.by_status = {{"rejected", 1}};
  const auto text = to_text(report, plain);
  CHECK(has(text, "missing_customer       1  the customer is missing"));
  CHECK_FALSE(has(text, "no_lines"));
}

TEST_CASE("a status says whether writing works and how far the view is", "[render_text]") {
  node_status status;
  status.version = "0.1.0";
  status.journal_position = 10;
  status.view_position = 8;
  auto text = to_text(status, plain);
  CHECK(has(text, "writing           works"));
  CHECK(has(text, "at position 8, 2 behind"));
  status.projection = false;
  CHECK(has(to_text(status, plain), "at position 8, 2 behind, projection is off"));
  status.view_position = 10;
  status.journal_failure = "disk failed";
  text = to_text(status, plain);
  CHECK(has(text, "ended: disk failed"));
  CHECK(has(text, "up to date"));
}

TEST_CASE("parked orders are listed with their cause", "[render_text]") {
  view_status status;
  CHECK(has(to_text(status, plain), "parked orders  none"));
  status.parked = {{"order-7", 5, "unknown type"}};
  CHECK(has(to_text(status, plain), "7                    5  unknown type"));
}

TEST_CASE("damage is shown with its place", "[render_text]") {
  verify_report report;
  report.events = 1;
  report.commits = 1;
  report.segments = 1;
  report.bytes = 2048;
  report.last_position = 1;
  CHECK(has(to_text(report, plain), "the journal is intact\nverified       1 event in 1 commit, 1 segment, 2.0 KiB\n"));
  report.intact = false;
  report.damage = "a checksum is wrong";
  report.damaged_segment = "0001";
  report.damaged_offset = 77;
  report.damaged_position = 2;
  const auto text = to_text(report, plain);
  CHECK(has(text, "the journal is damaged\n"));
  CHECK(has(text, "0001, byte 77"));
}

TEST_CASE("an empty journal has no positions yet", "[render_text]") {
  CHECK(has(to_text(stat_report{}, plain), "none yet"));
}

TEST_CASE("colours appear only where the style allows them", "[render_text]") {
  const auto order = validated_order();
  CHECK_FALSE(has(to_text(order, plain), "\x1b"));
  CHECK(has(to_text(order, {true, 100}), "\x1b["));
}

TEST_CASE("texts from outside cannot steer the terminal in any rendering", "[render_text]") {
  auto order = validated_order();
  order.summary.customer = "a\x1b[2Jb\nc";
  order.lines[0].description = "\x1b]0;x\x07";
  CHECK_FALSE(has(to_text(order, plain), "\x1b"));
  CHECK_FALSE(has(to_text(std::vector<order_summary>{order.summary}, plain), "\x1b"));
  auto answer = receipt_of("rejected", {"\x1b[2J"}, false);
  CHECK_FALSE(has(to_text(answer, plain), "\x1b"));
}
