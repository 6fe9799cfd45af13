#include <catch2/catch.hpp>

#include "daybook/domain/views.hpp"
#include "daybook/tests/support/given.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

std::vector<rejection> reasons_for(const order_requested& request) {
  const auto verdict = validate(request);
  const auto* rejected = std::get_if<order_rejected>(&verdict);
  return rejected ? rejected->reasons : std::vector<rejection>{};
}

order_requested with_line(const std::string& quantity, const std::string& price, const std::string& currency = "GBP") {
  auto request = some_request();
  request.currency = currency;
  request.lines = {{"A", "", quantity, price}};
  return request;
}

using reasons = std::vector<rejection>;

} // namespace

TEST_CASE("a sound request is validated with its exact total", "[validation]") {
  CHECK(text_of(validate(some_request())) == text_of(order_validated{2208, {{6, 255}, {2, 339}}}));
}

TEST_CASE("a total is counted in the currency's own minor units", "[validation]") {
  CHECK(text_of(validate(with_line("3", "100", "JPY"))) == text_of(order_validated{300, {{3, 100}}}));
  CHECK(text_of(validate(with_line("3", "1.234", "KWD"))) == text_of(order_validated{3702, {{3, 1234}}}));
  CHECK(text_of(validate(with_line("3", "2.5500000", "GBP"))) == text_of(order_validated{765, {{3, 255}}}));
}

TEST_CASE("a country and a description may be missing", "[validation]") {
  auto request = some_request();
  request.country.clear();
  request.lines[0].description.clear();
  CHECK(reasons_for(request).empty());
}

TEST_CASE("a missing customer is named", "[validation]") {
  for (const auto* customer : {"", " ", "    "}) {
    auto request = some_request();
    request.customer = customer;
    CHECK(reasons_for(request) == reasons{rejection::missing_customer});
  }
}

TEST_CASE("a missing stock code is named", "[validation]") {
  for (const auto* code : {"", "  "}) {
    auto request = some_request();
    request.lines[1].stock_code = code;
    CHECK(reasons_for(request) == reasons{rejection::missing_stock_code});
  }
}

TEST_CASE("an order without lines is named", "[validation]") {
  auto request = some_request();
  request.lines.clear();
  CHECK(reasons_for(request) == reasons{rejection::no_lines});
}

TEST_CASE("quantities are judged", "[validation]") {
  for (const auto* text : {"+6", "6.0", "1e2", "null", "", "true", "1234567890"})
    CHECK(reasons_for(with_line(text, "2.55")) == reasons{rejection::malformed_quantity});
  for (const auto* text : {"0", "-0", "-6", "-999999999"})
    CHECK(reasons_for(with_line(text, "2.55")) == reasons{rejection::non_positive_quantity});
}

TEST_CASE("prices are judged", "[validation]") {
  for (const auto* text : {"+2", ".5", "2.", "1e2", "", "null", "1234567890123", "1.0000000000"})
    CHECK(reasons_for(with_line("1", text)) == reasons{rejection::malformed_price});
  for (const auto* text : {"0", "0.00", "0.000", "-0", "-2.55"})
    CHECK(reasons_for(with_line("1", text)) == reasons{rejection::non_positive_price});
  for (const auto* text : {"0.001", "2.555", "2.550000001"})
    CHECK(reasons_for(with_line("1", text)) == reasons{rejection::sub_penny_price});
  CHECK(reasons_for(with_line("1", "-0.001")) == reasons{rejection::non_positive_price, rejection::sub_penny_price});
  CHECK(reasons_for(with_line("1", "0.5", "JPY")) == reasons{rejection::sub_penny_price});
}

TEST_CASE("decimals are not judged in an unknown currency", "[validation]") {
  for (const auto* currency : {"XAU", "", "gbp", "ZZZ"})
    CHECK(reasons_for(with_line("1", "2.555", currency)) == reasons{rejection::unknown_currency});
}

TEST_CASE("an order's time is judged", "[validation]") {
  for (const auto* text : {"", "2010-12-01", "2010-12-01T08:26:00Z", "2010-02-30T08:26:00"}) {
    auto request = some_request();
    request.ordered_at = text;
    CHECK(reasons_for(request) == reasons{rejection::malformed_time});
  }
}

TEST_CASE("a total above 10^12 minor units is too large", "[validation]") {
  CHECK(reasons_for(with_line("1", "10000000000.00")).empty());
  CHECK(reasons_for(with_line("1", "10000000000.01")) == reasons{rejection::amount_too_large});
  CHECK(reasons_for(with_line("999999999", "999999999999", "JPY")) == reasons{rejection::amount_too_large});
  CHECK(reasons_for(with_line("1", "999999999999", "JPY")).empty());
  // Exact: what no line says in pennies still counts.
  CHECK(reasons_for(with_line("1", "10000000000.001")) ==
        reasons{rejection::sub_penny_price, rejection::amount_too_large});
}

TEST_CASE("the largest request there is does not overflow", "[validation]") {
  auto request = with_line("999999999", "999999999999.999999999", "UYW");
  request.lines.resize(10'000, request.lines.front());
  CHECK(reasons_for(request) == reasons{rejection::sub_penny_price, rejection::amount_too_large});
}

TEST_CASE("a total is not judged when a number is malformed or the currency unknown", "[validation]") {
  auto request = with_line("999999999", "999999999999");
  request.lines.push_back({"B", "", "x", "1"});
  CHECK(reasons_for(request) == reasons{rejection::malformed_quantity});
  CHECK(reasons_for(with_line("999999999", "999999999999", "XAU")) == reasons{rejection::unknown_currency});
}

TEST_CASE("all reasons that hold are named once, in order", "[validation]") {
  const order_requested request{" ", "", "ZZZ", "yesterday",
                                {{" ", "", "x", "y"}, {"", "", "x", "y"}, {"A", "", "-1", "-1"}}};
  CHECK(reasons_for(request) ==
        reasons{rejection::missing_customer, rejection::missing_stock_code, rejection::malformed_quantity,
                rejection::non_positive_quantity, rejection::malformed_price, rejection::non_positive_price,
                rejection::unknown_currency, rejection::malformed_time});
  CHECK(reasons_for({}) == reasons{rejection::missing_customer, rejection::no_lines, rejection::unknown_currency,
                                   rejection::malformed_time});
}

TEST_CASE("only a request that waits for its verdict is followed up", "[validation]") {
  for (int i = 0; i < order_status_count; ++i) {
    const auto status = static_cast<order_status>(i);
    const auto events = follow_up(history::to(status).state());
    INFO(name(status));
    if (status == order_status::requested) {
      REQUIRE(events.size() == 1);
      CHECK(text_of(events[0]) == text_of(some_validation()));
    } else {
      CHECK(events.empty());
    }
  }
}

TEST_CASE("a receipt names the reasons of a rejection and nothing else", "[validation]") {
  CHECK(order_rules::reasons(order_rejected{{rejection::no_lines, rejection::malformed_time}}) ==
        std::vector<std::string>{"no_lines", "malformed_time"});
  CHECK(order_rules::reasons(order_delivered{}).empty());
}

TEST_CASE("details show what was requested and, once validated, in numbers", "[views]") {
  const auto before = details_of(history::to(order_status::requested).state(), "536365", 1, 7);
  CHECK(before.summary.status == "requested");
  CHECK_FALSE(before.summary.total.has_value());
  REQUIRE(before.lines.size() == 2);
  CHECK(before.lines[1].line == 2);
  CHECK(before.lines[1].requested_unit_price == "3.39");
  CHECK_FALSE(before.lines[1].unit_price.has_value());

  const auto after = details_of(history::to(order_status::partly_returned).state(), "536365", 6, 12);
  CHECK(after.summary.order_id == "536365");
  CHECK(after.summary.total == 2208);
  CHECK(after.summary.paid == 2208);
  CHECK(after.summary.due_back == 255);
  CHECK(after.summary.version == 6);
  CHECK(after.summary.position == 12);
  CHECK(after.lines[0].quantity == 6);
  CHECK(after.lines[0].returned == 1);

  const auto rejected = details_of(history::to(order_status::rejected).state(), "536365", 2, 2);
  CHECK_FALSE(rejected.summary.total.has_value());
  CHECK(rejected.summary.reasons == std::vector<std::string>{"missing_customer"});
}

TEST_CASE("details survive verdicts with more or fewer lines than requested", "[views]") {
  const auto fewer = details_of(history().requested().with(order_validated{255, {{1, 255}}}).state(), "1", 2, 2);
  REQUIRE(fewer.lines.size() == 2);
  CHECK_FALSE(fewer.lines[1].quantity.has_value());
  const auto more = details_of(history().with(order_validated{255, {{1, 255}}}).state(), "1", 1, 1);
  REQUIRE(more.lines.size() == 1);
  CHECK(more.lines[0].stock_code.empty());
}
