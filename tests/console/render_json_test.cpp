#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "daybook/apps/render.hpp"

using namespace daybook;

namespace {

order_summary paid_order() {
  order_summary order;
  order.order_id = "536365";
  order.status = "paid";
  order.customer = "17850";
  order.country = "United Kingdom";
  order.currency = "GBP";
  order.ordered_at = "2010-12-01T08:26:00";
  order.total = 1530;
  order.paid = 1600;
  order.due_back = 70;
  order.version = 3;
  order.position = 7;
  return order;
}

order_summary rejected_order() {
  order_summary order;
  order.order_id = "X";
  order.status = "rejected";
  order.currency = "GBP";
  order.ordered_at = "soon";
  order.reasons = {"missing_customer", "malformed_time"};
  order.version = 2;
  order.position = 9;
  return order;
}

line_details line(std::int64_t number, std::string description) {
  line_details made;
  made.line = number;
  made.stock_code = "85123A";
  made.description = std::move(description);
  made.requested_quantity = "6";
  made.requested_unit_price = "2.55";
  return made;
}

} // namespace

TEST_CASE("a receipt as JSON", "[render_json]") {
  receipt answer;
  answer.id = "536365";
  answer.status = "validated";
  answer.position = 4;
  answer.version = 2;
  answer.command_id = "c-1";
  CHECK(to_json(answer) ==
        R"({"order_id":"536365","status":"validated","position":4,"version":2,"reasons":[],"command_id":"c-1"})");
  answer.reasons = {"no_lines", "unknown_currency"};
  CHECK(to_json(answer).find(R"("reasons":["no_lines","unknown_currency"])") != std::string::npos);
}

TEST_CASE("an order in a list has no lines", "[render_json]") {
  CHECK(to_json(paid_order()) ==
        R"({"order_id":"536365","status":"paid","customer":"17850","country":"United Kingdom","currency":"GBP",)"
        R"("ordered_at":"2010-12-01T08:26:00","total_minor":1530,"paid_minor":1600,"due_back_minor":70,)"
        R"("refunded_minor":0,"reasons":[],"version":3,"position":7})");
}

TEST_CASE("the lines of a validated order are numbers", "[render_json]") {
  auto each = line(1, "WHITE HANGING HEART T-LIGHT HOLDER");
  each.quantity = 6;
  each.unit_price = 255;
  each.returned = 2;
  CHECK(to_json(order_details{paid_order(), {each}}) ==
        R"({"order_id":"536365","status":"paid","customer":"17850","country":"United Kingdom","currency":"GBP",)"
        R"("ordered_at":"2010-12-01T08:26:00","total_minor":1530,"paid_minor":1600,"due_back_minor":70,)"
        R"("refunded_minor":0,"lines":[{"line":1,"stock_code":"85123A",)"
        R"("description":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":6,"unit_price_minor":255,"returned":2}],)"
        R"("reasons":[],"version":3,"position":7})");
}

TEST_CASE("the lines of an order that was not validated are what was requested", "[render_json]") {
  CHECK(to_json(order_details{rejected_order(), {line(1, "")}}) ==
        R"({"order_id":"X","status":"rejected","customer":"","country":null,"currency":"GBP","ordered_at":"soon",)"
        R"("total_minor":null,"paid_minor":0,"due_back_minor":0,"refunded_minor":0,"lines":[{"line":1,)"
        R"("stock_code":"85123A","description":null,"quantity":"6","unit_price":"2.55","unit_price_minor":null,)"
        R"("returned":0}],"reasons":["missing_customer","malformed_time"],"version":2,"position":9})");
}

TEST_CASE("an event's data goes out as it was recorded", "[render_json]") {
  recorded_event event;
  event.position = 5;
  event.stream = "order-order-1";
  event.version = 3;
  event.type = "OrderCancelled";
  event.recorded_at = 1'795'428'900'123'456;
  event.command_id = "a";
  event.correlation_id = "b";
  event.causation_id = "c";
  event.data = R"({"reason":"1.50",  "x":1e2})";
  CHECK(to_json(event) ==
        R"({"position":5,"order_id":"order-1","version":3,"type":"OrderCancelled","recorded_at":")" +
          format_time(event.recorded_at) +
          R"(","command_id":"a","correlation_id":"b","causation_id":"c","data":{"reason":"1.50",  "x":1e2}})");
}

TEST_CASE("the summary report as JSON", "[render_json]") {
  summary_report report;
  report.orders_requested = 3;
  report.orders_validated = 2;
  report.orders_rejected = 1;
  report.rejected_by_reason = {{"missing_customer", 1}, {"no_lines", 0}};
  report.validated_lines = 4;
  report.validated_units = 20;
  report.validated_total = {{"EUR", 100}, {"GBP", 2208}};
  report.by_status = {{"rejected", 1}, {"validated", 2}};
  report.position = 6;
  CHECK(to_json(report) ==
        R"({"orders_requested":3,"orders_validated":2,"orders_rejected":1,)"
        R"("rejected_by_reason":{"missing_customer":1,"no_lines":0},"validated_lines":4,"validated_units":20,)"
        R"("validated_total":{"EUR":100,"GBP":2208},"by_status":{"rejected":1,"validated":2},"position":6})");
  CHECK(to_json(summary_report{}).find(R"("validated_total":{},"by_status":{})") != std::string::npos);
}

TEST_CASE("sales name their key, and products count pieces", "[render_json]") {
  std::vector<sales_row> rows(1);
  rows[0] = {"France", "EUR", 2, 300, 0};
  CHECK(to_json(rows, sales_key::country) == R"([{"country":"France","currency":"EUR","orders":2,"total_minor":300}])");
  CHECK(to_json(rows, sales_key::day).find(R"([{"day":"France")") == 0);
  CHECK(to_json(rows, sales_key::customer).find(R"([{"customer":"France")") == 0);
  rows[0] = {"85123A", "", 0, 0, 12};
  CHECK(to_json(rows, sales_key::product) == R"([{"stock_code":"85123A","quantity":12}])");
  CHECK(to_json(std::vector<sales_row>{}, sales_key::day) == "[]");
}

TEST_CASE("a node's status as JSON", "[render_json]") {
  node_status status;
  status.version = "0.1.0";
  status.journal_id = "j";
  status.journal_position = 9;
  status.view_position = 8;
  status.admission_limit = 64;
  CHECK(to_json(status) ==
        R"({"version":"0.1.0","journal_id":"j","started_at":null,"journal_position":9,"journal_failure":null,)"
        R"("view_position":8,"projection":"on","parked_orders":0,"resident_orders":0,"commands_in_flight":0,)"
        R"("admission_limit":64,"restarts":0,"recovery":null})");
}

TEST_CASE("a view's status as JSON", "[render_json]") {
  view_status status;
  status.position = 8;
  status.digest = "d";
  status.orders = 3;
  status.parked = {{"order-1", 5, "why"}};
  CHECK(to_json(status) ==
        R"({"position":8,"digest":"d","orders":3,"parked":[{"stream":"order-1","position":5,"error":"why"}]})");
}

TEST_CASE("a verification's report as JSON", "[render_json]") {
  verify_report report;
  report.journal_id = "j";
  report.segments = 1;
  report.commits = 2;
  report.events = 3;
  report.bytes = 400;
  report.last_position = 3;
  report.last_digest = "d";
  CHECK(to_json(report) ==
        R"({"intact":true,"journal_id":"j","segments":1,"commits":2,"events":3,"size_bytes":400,)"
        R"("last_position":3,"last_digest":"d","unfinished_bytes":0,"damage":null,"unmet":null})");
  report.intact = false;
  report.damaged_segment = "s";
  report.damaged_offset = 17;
  report.damaged_position = 4;
  report.damage = "checksum";
  CHECK(to_json(report).find(R"("damage":{"segment":"s","offset_bytes":17,"position":4,"message":"checksum"},"unmet":null})") !=
        std::string::npos);
  report.unmet_position = 3;
  report.doubt_from = 2;
  report.unmet = "why";
  CHECK(to_json(report).find(R"("unmet":{"position":3,"doubt_from":2,"message":"why"}})") != std::string::npos);
}

TEST_CASE("a journal's sizes as JSON", "[render_json]") {
  stat_report report;
  report.journal_id = "j";
  report.segments = 1;
  report.bytes = 2;
  report.index_bytes = 3;
  CHECK(to_json(report) ==
        R"({"journal_id":"j","segments":1,"size_bytes":2,"first_position":0,"last_position":0,"created_at":null,)"
        R"("last_recorded_at":null,"index_bytes":3})");
}

TEST_CASE("an error as JSON", "[render_json]") {
  CHECK(to_json(error{errc::journal_damaged, "a \"quote\""}) ==
        R"({"error":{"code":"journal_damaged","message":"a \"quote\""}})");
}

TEST_CASE("bytes that are no UTF-8 do not cost the answer", "[render_json]") {
  auto order = paid_order();
  order.customer = "\xff\xfe";
  CHECK(nlohmann::json::parse(to_json(order)).at("customer") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK_NOTHROW(to_json(error{errc::io_error, "\xc3"}));
}
