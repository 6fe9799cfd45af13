#include "daybook/apps/load/view_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace daybook::load {

namespace {

std::string shown(const std::optional<minor_units>& amount) {
  return amount ? std::to_string(*amount) : "none";
}

std::string title(sales_key by) {
  switch (by) {
    case sales_key::country: return "country";
    case sales_key::day: return "day";
    case sales_key::customer: return "customer";
    case sales_key::product: return "product";
  }
  return "product";
}

/// The amounts as a fold has them.
order as_order(const folded_order& from) {
  order state;
  state.status = from.status;
  state.total = from.total;
  state.paid = from.paid;
  state.returned_value = from.returned_value;
  state.refunded = from.refunded;
  return state;
}

std::string reasons_of(const folded_order& from) {
  std::string all;
  for (int i = 0; i < rejection_count; ++i)
    if ((from.rejections >> i & 1) != 0)
      all += std::string{name(static_cast<rejection>(i))} + " ";
  return all;
}

using named_numbers = std::vector<std::pair<std::string, std::int64_t>>;

} // namespace

template <class T>
void view_check::number(const std::string& what, T answer, T truth) {
  if (answer != truth)
    wrong_.add("the view says " + what + " " + std::to_string(answer) + ", the journal " + std::to_string(truth));
}

void view_check::compare(const summary_report& answer) {
  const auto truth = truth_.summary();
  number("orders requested", answer.orders_requested, truth.orders_requested);
  number("orders validated", answer.orders_validated, truth.orders_validated);
  number("orders rejected", answer.orders_rejected, truth.orders_rejected);
  number("validated lines", answer.validated_lines, truth.validated_lines);
  number("validated units", answer.validated_units, truth.validated_units);
  const auto compare_all = [this](const std::string& what, const named_numbers& said, const named_numbers& is) {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> both;
    for (const auto& [key, value] : said)
      both[key].first = value;
    for (const auto& [key, value] : is)
      both[key].second = value;
    for (const auto& [key, values] : both)
      number(what + " " + key, values.first, values.second);
  };
  compare_all("rejected for", answer.rejected_by_reason, truth.rejected_by_reason);
  compare_all("orders in status", answer.by_status, truth.by_status);
  compare_all("total of", answer.validated_total, truth.validated_total);
}

void view_check::compare(const std::vector<sales_row>& answer, sales_key by) {
  const auto what = "sales by " + title(by) + ": ";
  if (by == sales_key::product) {
    auto truth = truth_.by_product();
    for (const auto& row : answer)
      number(what + "quantity of " + row.key, row.quantity, std::exchange(truth[row.key], 0));
    for (const auto& [key, quantity] : truth)
      number(what + "quantity of " + key, std::int64_t{0}, quantity);
    return;
  }
  auto truth = by == sales_key::country ? truth_.by_country() : by == sales_key::day ? truth_.by_day() : truth_.by_customer();
  for (const auto& row : answer) {
    const auto sum = std::exchange(truth[{row.key, row.currency}], {});
    number(what + "orders of " + row.key, row.orders, sum.orders);
    number(what + "total of " + row.key, row.total, sum.total);
  }
  for (const auto& [key, sum] : truth)
    number(what + "orders of " + key.first, std::int64_t{0}, sum.orders);
}

void view_check::take(const std::vector<order_summary>& page) {
  for (const auto& row : page) {
    const bool is_later = row.position > truth_.position();
    auto* known = truth_.find(row.order_id);
    if (known != nullptr)
      known->is_met = true;
    if (is_later)
      continue;
    if (known == nullptr)
      wrong_.add("order " + row.order_id + " is in the view, but not in the journal");
    else
      compare_row(row, *known);
  }
}

void view_check::compare_row(const order_summary& row, const folded_order& truth) {
  const auto state = as_order(truth);
  const auto differs = [&](const std::string& what, const std::string& answer, const std::string& is) {
    if (answer != is)
      wrong_.add("order " + row.order_id + ": the view says " + what + " " + answer + ", the journal " + is);
  };
  differs("status", row.status, std::string{name(truth.status)});
  differs("version", std::to_string(row.version), std::to_string(truth.version));
  differs("position", std::to_string(row.position), std::to_string(truth.position));
  differs("total", shown(row.total), shown(state.was_validated() ? std::optional{truth.total} : std::nullopt));
  differs("paid", shown(row.paid), shown(truth.paid));
  differs("due back", shown(row.due_back), shown(state.due_back()));
  differs("refunded", shown(row.refunded), shown(truth.refunded));
  auto sorted = row.reasons;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return rejection_from(a) < rejection_from(b); });
  std::string reasons;
  for (const auto& each : sorted)
    reasons += each + " ";
  differs("reasons", reasons, reasons_of(truth));
  if (texts_of(row.customer, row.country, row.currency, row.ordered_at) != truth.texts)
    wrong_.add("order " + row.order_id + ": the view has another customer, country, currency or time than the journal");
}

void view_check::finish_orders() {
  for (const auto& each : truth_.orders())
    if (!each.is_met)
      wrong_.add("the order that begins at position " + std::to_string(each.requested) +
                 " is in the journal, but not in the view");
}

void view_check::compare(const order_details& answer, const order_details& truth) {
  const auto same = [](const line_details& a, const line_details& b) {
    return a.line == b.line && a.stock_code == b.stock_code && a.description == b.description &&
           a.requested_quantity == b.requested_quantity && a.requested_unit_price == b.requested_unit_price &&
           a.quantity == b.quantity && a.unit_price == b.unit_price && a.returned == b.returned;
  };
  if (!std::equal(answer.lines.begin(), answer.lines.end(), truth.lines.begin(), truth.lines.end(), same))
    wrong_.add("order " + truth.summary.order_id + ": the view has other lines than the journal");
}

} // namespace daybook::load
