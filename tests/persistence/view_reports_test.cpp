#include <catch2/catch.hpp>

#include "daybook/persistence/order_view.hpp"
#include "daybook/tests/support/given.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "daybook/tests/support/view_random.hpp"
#include "daybook/tests/support/view_support.hpp"

using namespace daybook;
using namespace daybook::testing;
using texts = std::vector<std::string>;

TEST_CASE("reports count every validated order, by currency, and ties by name", "[view]") {
  recorded_history history;
  submit(history, "1", {"B", "", "GBP", "2010-12-02T08:00:00", {{"P", "", "3", "1.00"}, {"Q", "", "2", "1.00"}}});
  submit(history, "2", {"A", "France", "GBP", "2010-12-01T08:00:00", {{"R", "", "5", "1.00"}}});
  submit(history, "3", {"C", "France", "JPY", "2010-12-01T09:00:00", {{"P", "", "1", "700"}, {"Q", "", "3", "1"}}});
  submit(history, "4", {"", "France", "JPY", "2010-12-01T09:00:00", {{"P", "", "-1", "700"}}});
  submit(history, "5", {"", "Spain", "JPY", "2010-12-01T09:00:00", {{"P", "", "9", "700"}}});
  history.add("6", {some_request()});
  history.add("2", {order_cancelled{""}});
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  const auto sales = [&](sales_key by, std::uint32_t limit) { return text_of(must(reader->sales(by, limit))); };
  CHECK(sales(sales_key::country, 0) == texts{"France GBP 1 500", "France JPY 1 703", "Unspecified GBP 1 500"});
  CHECK(sales(sales_key::day, 0) == texts{"2010-12-01 GBP 1 500", "2010-12-01 JPY 1 703", "2010-12-02 GBP 1 500"});
  CHECK(sales(sales_key::customer, 0) == texts{"C JPY 1 703", "A GBP 1 500", "B GBP 1 500"});
  CHECK(sales(sales_key::product, 0) == texts{"Q 5", "R 5", "P 4"});
  CHECK(sales(sales_key::product, 2) == texts{"Q 5", "R 5"});

  const auto report = must(reader->summary());
  CHECK(report.orders_requested == 6);
  CHECK(report.orders_validated == 3);
  CHECK(report.orders_rejected == 2);
  CHECK(report.validated_lines == 5);
  CHECK(report.validated_units == 14);
  CHECK(report.validated_total == decltype(report.validated_total){{"GBP", 1000}, {"JPY", 703}});
  CHECK(report.by_status == decltype(report.by_status){{"requested", 1}, {"rejected", 2}, {"validated", 2}, {"cancelled", 1}});
  CHECK(report.position == history.position());
  REQUIRE(report.rejected_by_reason.size() == 11);
  CHECK(report.rejected_by_reason[0] == std::pair<std::string, std::int64_t>{"missing_customer", 2});
  CHECK(report.rejected_by_reason[4] == std::pair<std::string, std::int64_t>{"non_positive_quantity", 1});
  CHECK(report.rejected_by_reason[10] == std::pair<std::string, std::int64_t>{"amount_too_large", 0});
}

TEST_CASE("reports are what the view's own SQL says, of any history and whatever order its rows are in", "[view]") {
  auto history = random_history(GENERATE(21u, 22u), 900);
  history.add("odd", {some_request(), some_validation(), order_rejected{{rejection::no_lines}}});
  history.add("timeless", {order_requested{"1", "", "JPY", "soon", {}}, order_validated{300, {{3, 100}}}});
  const std::string of_bytes{"a\0b", 3};
  submit(history, "nul", {of_bytes, "", "GBP", "2010-12-02T08:00:00", {{of_bytes, "", "3", "1.00"}}});
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  const auto said = [&](const std::string& sql) {
    SQLite::Database database{(dir.path() / "view.db").string(), SQLite::OPEN_READONLY};
    SQLite::Statement rows{database, sql};
    texts all;
    while (rows.executeStep()) {
      sales_row row{rows.getColumn(0).getString(), rows.getColumn(1).getString(), rows.getColumn(2).getInt64(),
                    rows.getColumn(3).getInt64(), rows.getColumn(4).getInt64()};
      all.push_back(text_of(std::vector{row}).front());
    }
    return all;
  };
  const auto number = [&](const std::string& sql) {
    SQLite::Database database{(dir.path() / "view.db").string(), SQLite::OPEN_READONLY};
    return database.execAndGet(sql).getInt64();
  };
  const auto told = [&](sales_key by, std::uint32_t limit) { return text_of(must(reader->sales(by, limit))); };
  const auto of_country = said("SELECT *, 0 FROM sales_by_country ORDER BY country, currency");
  CHECK(told(sales_key::country, 0) == of_country);
  CHECK(of_country.size() > 3);
  CHECK(told(sales_key::day, 0) == said("SELECT *, 0 FROM sales_by_day ORDER BY day, currency"));
  const std::string by_customer = "SELECT *, 0 FROM sales_by_customer ORDER BY total_minor DESC, customer, currency";
  CHECK(told(sales_key::customer, 0) == said(by_customer));
  CHECK(told(sales_key::customer, 3) == said(by_customer + " LIMIT 3"));
  CHECK(told(sales_key::product, 0) ==
        said("SELECT stock_code, '', 0, 0, quantity FROM sales_by_product ORDER BY quantity DESC, stock_code"));
  const auto report = must(reader->summary());
  CHECK(report.orders_validated == number("SELECT count(*) FROM orders WHERE validated"));
  CHECK(report.validated_lines == number("SELECT sum(line_count) FROM orders WHERE validated"));
  CHECK(report.validated_units == number("SELECT sum(units) FROM orders WHERE validated"));
}

TEST_CASE("a sum that does not fit is an error and not another number", "[view]") {
  recorded_history history;
  submit(history, "1", {});
  submit(history, "2", {});
  temp_dir dir;
  write_view(dir.path() / "view.db", history);
  {
    SQLite::Database database{(dir.path() / "view.db").string(), SQLite::OPEN_READWRITE};
    database.exec("UPDATE orders SET total_minor = 9223372036854775807, units = 9223372036854775807;"
                  "UPDATE order_lines SET quantity = 9223372036854775807");
  }
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  for (const auto by : {sales_key::country, sales_key::day, sales_key::customer, sales_key::product})
    CHECK(code_of(reader->sales(by, 0)) == errc::view_failed);
  CHECK(code_of(reader->summary()) == errc::view_failed);
}
