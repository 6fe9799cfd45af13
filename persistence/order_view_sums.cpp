#include "daybook/persistence/order_view_sums.hpp"

#include <algorithm>
#include <tuple>

#include "daybook/persistence/order_view_schema.hpp"

namespace daybook {
namespace {

bool is_before(const sales_row& a, const sales_row& b, sales_key by) {
  if (by == sales_key::customer && a.total != b.total)
    return a.total > b.total;
  if (by == sales_key::product && a.quantity != b.quantity)
    return a.quantity > b.quantity;
  return std::tie(a.key, a.currency) < std::tie(b.key, b.currency);
}

} // namespace

std::int64_t checked_sum(std::int64_t sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum))
    throw view_schema::unsound{"a sum over its orders is too large for 64 bits"};
  return sum;
}

void sales_sums::add(std::string_view key, std::string_view currency, minor_units total, std::int64_t quantity) {
  auto keys = sums_.find(currency);
  if (keys == sums_.end())
    keys = sums_.try_emplace(std::string{currency}).first;
  key_ = key;
  auto& row = keys->second[key_];
  ++row.orders;
  row.total = checked_sum(row.total, total);
  row.quantity = checked_sum(row.quantity, quantity);
}

std::vector<sales_row> sales_sums::rows(sales_key by, std::uint32_t limit) const {
  std::vector<sales_row> report;
  for (const auto& [currency, keys] : sums_)
    for (const auto& [key, sums] : keys)
      report.push_back({key, currency, by == sales_key::product ? 0 : sums.orders, sums.total, sums.quantity});
  std::sort(report.begin(), report.end(), [by](const auto& a, const auto& b) { return is_before(a, b, by); });
  if (limit != 0 && report.size() > limit)
    report.resize(limit);
  return report;
}

} // namespace daybook
