#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daybook/persistence/order_view.hpp"
#include "daybook/persistence/order_view_schema.hpp"
#include "daybook/persistence/order_view_sums.hpp"

namespace daybook {
namespace {

using view_schema::unsound;
using view_schema::use;

constexpr std::uint32_t list_limit_max = 10'000;

/// In the order of `summary_from`.
constexpr const char* summary_columns =
  "order_id, status, customer, country, currency, ordered_at, CASE WHEN validated THEN total_minor END, "
  "paid_minor, due_back_minor, refunded_minor, reasons, version, position";

// -- every statement but those of lists, once -------------------------------------------------------------------------

struct query_statements {
  explicit query_statements(SQLite::Database& database) :
      checkpoint{database, "SELECT position, digest FROM checkpoint"},
      order{database, fmt::format("SELECT {}, requested_position FROM orders WHERE order_id = ?1", summary_columns)},
      lines{database, R"sql(SELECT line, stock_code, description, requested_quantity, requested_unit_price, quantity,
                            unit_price_minor, returned
                          FROM order_lines WHERE requested_position = ?1 ORDER BY line)sql"},
      key{database, "SELECT requested_position FROM orders WHERE order_id = ?1"},
      count{database, "SELECT count(*) FROM orders"}, by_status{database,
                                                                "SELECT status, count(*) FROM orders GROUP BY status"},
      validated{database, "SELECT currency, total_minor, line_count, units FROM orders WHERE validated"},
      reasons{database, "SELECT reason, orders FROM rejected_by_reason"},
      by_country{database, "SELECT coalesce(country, 'Unspecified'), currency, total_minor FROM orders WHERE validated"},
      by_day{database, "SELECT day, currency, total_minor FROM orders WHERE validated"},
      by_customer{database, "SELECT customer, currency, total_minor FROM orders WHERE validated"},
      by_product{database, R"sql(SELECT stock_code, quantity FROM orders JOIN order_lines USING (requested_position)
                               WHERE validated AND stock_code IS NOT NULL)sql"},
      parked{database, "SELECT stream, position, error FROM parked ORDER BY position"},
      ids{database, "SELECT order_id FROM orders WHERE order_id >= ?1 AND order_id < ?2 ORDER BY order_id LIMIT ?3"} {
    // nop
  }

  SQLite::Statement checkpoint;
  SQLite::Statement order;
  SQLite::Statement lines;
  SQLite::Statement key;
  SQLite::Statement count;
  SQLite::Statement by_status;
  SQLite::Statement validated;
  SQLite::Statement reasons;
  SQLite::Statement by_country;
  SQLite::Statement by_day;
  SQLite::Statement by_customer;
  SQLite::Statement by_product;
  SQLite::Statement parked;
  SQLite::Statement ids;
};

// -- rows to answers --------------------------------------------------------------------------------------------------

std::string text(SQLite::Statement& row, int column) {
  return row.getColumn(column).getString();
}

/// Valid until the statement's next step.
std::string_view bytes_of(const SQLite::Column& column) {
  const char* first = column.getText();
  return {first, static_cast<std::size_t>(column.getBytes())};
}

std::int64_t number(SQLite::Statement& row, int column) {
  return row.getColumn(column).getInt64();
}

std::optional<std::int64_t> optional_number(SQLite::Statement& row, int column) {
  return row.isColumnNull(column) ? std::nullopt : std::optional{number(row, column)};
}

std::vector<std::string> reasons_from(const std::string& json) {
  std::vector<std::string> reasons;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  const auto is_text = [](const auto& each) { return each.is_string(); };
  if (!parsed.is_array() || !std::all_of(parsed.begin(), parsed.end(), is_text))
    throw unsound{"an order's reasons are not an array of texts: " + json};
  for (const auto& each : parsed)
    reasons.push_back(each.template get<std::string>());
  return reasons;
}

order_summary summary_from(SQLite::Statement& row) {
  order_summary found;
  found.order_id = text(row, 0);
  found.status = text(row, 1);
  found.customer = text(row, 2);
  found.country = text(row, 3);
  found.currency = text(row, 4);
  found.ordered_at = text(row, 5);
  found.total = optional_number(row, 6);
  found.paid = number(row, 7);
  found.due_back = number(row, 8);
  found.refunded = number(row, 9);
  found.reasons = reasons_from(text(row, 10));
  found.version = row.getColumn(11).getUInt();
  found.position = static_cast<std::uint64_t>(number(row, 12));
  return found;
}

line_details line_from(SQLite::Statement& row) {
  line_details found;
  found.line = number(row, 0);
  found.stock_code = text(row, 1);
  found.description = text(row, 2);
  found.requested_quantity = text(row, 3);
  found.requested_unit_price = text(row, 4);
  found.quantity = optional_number(row, 5);
  found.unit_price = optional_number(row, 6);
  found.returned = number(row, 7);
  return found;
}

// -- lists ------------------------------------------------------------------------------------------------------------

/// The SELECT for the fields that restrict, and its parameters in order.
struct list_question {
  std::string sql;
  std::vector<std::string> texts;
};

list_question question_of(const order_filter& filter) {
  list_question asked;
  asked.sql = fmt::format("SELECT {} FROM orders WHERE requested_position < ?", summary_columns);
  const auto restrict = [&](const std::string& value, const char* condition) {
    if (value.empty())
      return;
    asked.sql.append(" AND ").append(condition);
    asked.texts.push_back(value);
  };
  // A customer has the fewest orders: the plus keeps SQLite, which has no statistics, from taking another index.
  const bool by_customer = !filter.customer.empty();
  restrict(filter.customer, "customer = ?");
  restrict(filter.status, by_customer ? "+status = ?" : "status = ?");
  restrict(filter.country, by_customer ? "+coalesce(country, 'Unspecified') = ?" : "coalesce(country, 'Unspecified') = ?");
  // Only what is a local time can be compared with one.
  restrict(filter.from, "day IS NOT NULL AND ordered_at >= ?");
  restrict(filter.to, "day IS NOT NULL AND ordered_at < ?");
  asked.sql += " ORDER BY requested_position DESC LIMIT ?";
  return asked;
}

// -- the reader -------------------------------------------------------------------------------------------------------

class sqlite_order_view_reader final : public order_view_reader {
public:
  explicit sqlite_order_view_reader(const std::filesystem::path& file) :
      file_(file), database_(view_schema::open_for_reading(file)), all_(*database_) {
    // nop
  }

  result<checkpoint> position() override {
    return ask<checkpoint>([this] { return load_checkpoint(); });
  }

  result<std::optional<order_details>> show(const std::string& order_id) override {
    return ask<std::optional<order_details>>([&]() -> std::optional<order_details> {
      use row{all_.order};
      row->bindNoCopy(1, order_id);
      if (!row->executeStep())
        return std::nullopt;
      order_details found;
      found.summary = summary_from(*row);
      use lines{all_.lines};
      lines->bind(1, number(*row, 13));
      while (lines->executeStep())
        found.lines.push_back(line_from(*lines));
      return found;
    });
  }

  result<std::vector<order_summary>> list(const order_filter& filter) override {
    return ask<std::vector<order_summary>>([&]() -> result<std::vector<order_summary>> {
      const auto below = position_of(filter.after);
      if (!below)
        return error{errc::not_found, "there is no order " + filter.after + " to go on behind"};
      const auto question = question_of(filter);
      use rows{list_statement(question.sql)};
      int parameter = 0;
      rows->bind(++parameter, *below);
      for (const auto& each : question.texts)
        rows->bindNoCopy(++parameter, each);
      rows->bind(++parameter, std::clamp<std::uint32_t>(filter.limit, 1, list_limit_max));
      std::vector<order_summary> found;
      while (rows->executeStep())
        found.push_back(summary_from(*rows));
      return found;
    });
  }

  result<summary_report> summary() override {
    return ask<summary_report>([this] {
      summary_report report;
      report.position = load_checkpoint().position;
      count_by_status(report);
      count_by_reason(report);
      count_validated(report);
      return report;
    });
  }

  result<std::vector<sales_row>> sales(sales_key by, std::uint32_t limit) override {
    return ask<std::vector<sales_row>>([&] {
      use rows{sales_statement(by)};
      sales_sums sums;
      while (rows->executeStep()) {
        const auto key = rows->getColumn(0);
        if (by == sales_key::product)
          sums.add(bytes_of(key), "", 0, number(*rows, 1));
        else
          sums.add(bytes_of(key), bytes_of(rows->getColumn(1)), number(*rows, 2));
      }
      return sums.rows(by, limit);
    });
  }

  result<view_status> status() override {
    return ask<view_status>([this] {
      view_status status;
      const auto reached = load_checkpoint();
      status.position = reached.position;
      status.digest = reached.digest;
      use count{all_.count};
      count->executeStep();
      status.orders = number(*count, 0);
      use parked{all_.parked};
      while (parked->executeStep())
        status.parked.push_back({text(*parked, 0), static_cast<position_t>(number(*parked, 1)), text(*parked, 2)});
      return status;
    });
  }

  result<std::vector<std::string>> ids(const std::string& prefix, std::uint32_t limit) override {
    return ask<std::vector<std::string>>([&] {
      use rows{all_.ids};
      // Ids have no character above '~': a range that an index can serve, and no pattern to escape.
      rows->bind(1, prefix);
      rows->bind(2, prefix + '\x7f');
      rows->bind(3, limit);
      std::vector<std::string> found;
      while (rows->executeStep())
        found.push_back(text(*rows, 0));
      return found;
    });
  }

private:
  /// Several statements of one answer see one state of the view.
  template <class Answer, class Question>
  result<Answer> ask(Question question) {
    return view_schema::guarded(file_, [&]() -> result<Answer> {
      SQLite::Transaction snapshot{*database_};
      return question();
    });
  }

  checkpoint load_checkpoint() {
    use row{all_.checkpoint};
    if (!row->executeStep())
      throw unsound{"it has no checkpoint"};
    return {static_cast<position_t>(number(*row, 0)), text(*row, 1)};
  }

  /// Where a list begins: nothing when there is no such order.
  std::optional<std::int64_t> position_of(const std::string& after) {
    if (after.empty())
      return std::numeric_limits<std::int64_t>::max();
    use row{all_.key};
    row->bindNoCopy(1, after);
    return row->executeStep() ? std::optional{number(*row, 0)} : std::nullopt;
  }

  SQLite::Statement& list_statement(const std::string& sql) { return lists_.try_emplace(sql, *database_, sql).first->second; }

  SQLite::Statement& sales_statement(sales_key by) {
    switch (by) {
      case sales_key::country: return all_.by_country;
      case sales_key::day: return all_.by_day;
      case sales_key::customer: return all_.by_customer;
      case sales_key::product: return all_.by_product;
    }
    return all_.by_product;
  }

  void count_by_status(summary_report& report) {
    std::map<std::string, std::int64_t> counts;
    use rows{all_.by_status};
    while (rows->executeStep())
      counts[text(*rows, 0)] = number(*rows, 1);
    for (int i = 0; i < order_status_count; ++i) {
      const auto status = static_cast<order_status>(i);
      const auto found = counts.find(std::string{name(status)});
      if (found == counts.end())
        continue;
      report.by_status.emplace_back(found->first, found->second);
      report.orders_requested += found->second;
      if (status == order_status::rejected)
        report.orders_rejected = found->second;
    }
  }

  void count_by_reason(summary_report& report) {
    std::map<std::string, std::int64_t> counts;
    use rows{all_.reasons};
    while (rows->executeStep())
      counts[text(*rows, 0)] = number(*rows, 1);
    for (int i = 0; i < rejection_count; ++i) {
      std::string reason{name(static_cast<rejection>(i))};
      const auto count = counts[reason];
      report.rejected_by_reason.emplace_back(std::move(reason), count);
    }
  }

  void count_validated(summary_report& report) {
    use rows{all_.validated};
    std::map<std::string, std::int64_t, std::less<>> totals;
    while (rows->executeStep()) {
      const auto currency = rows->getColumn(0);
      auto total = totals.find(bytes_of(currency));
      if (total == totals.end())
        total = totals.try_emplace(currency.getString()).first;
      total->second = checked_sum(total->second, number(*rows, 1));
      ++report.orders_validated;
      report.validated_lines = checked_sum(report.validated_lines, number(*rows, 2));
      report.validated_units = checked_sum(report.validated_units, number(*rows, 3));
    }
    report.validated_total.assign(totals.begin(), totals.end());
  }

  const std::filesystem::path file_;
  const std::unique_ptr<SQLite::Database> database_;
  query_statements all_;
  /// A list's statement depends on which fields of its filter restrict: at most 32.
  std::map<std::string, SQLite::Statement> lists_;
};

} // namespace

result<std::unique_ptr<order_view_reader>> order_view_reader::open(const std::filesystem::path& file) {
  return view_schema::guarded(
    file, [&]() -> result<std::unique_ptr<order_view_reader>> { return {std::make_unique<sqlite_order_view_reader>(file)}; });
}

} // namespace daybook
