#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daybook/domain/views.hpp"

namespace daybook {

/// The sums of a report, taken in one pass over rows in any order. SQL's GROUP BY sorts all rows first, in memory: of seven
/// million orders the sales by product took 76 s (docs/performance.md). What is kept here grows with the answer only.
class sales_sums {
public:
  /// Counts an order, or what it sold of a product. Throws `view_schema::unsound` when a sum does not fit, as SQL's `sum` does.
  void add(std::string_view key, std::string_view currency, minor_units total, std::int64_t quantity = 0);

  /// The report's rows in its order: countries and days by name, customers and products by what they sum up to and then by
  /// name. At most `limit`, 0: all. Countries and days have orders and totals, products pieces alone.
  std::vector<sales_row> rows(sales_key by, std::uint32_t limit) const;

private:
  /// By currency, of which there are few, and then by key.
  std::map<std::string, std::unordered_map<std::string, sales_row>, std::less<>> sums_;
  /// Where a key is looked for: one allocation for all rows.
  std::string key_;
};

/// `sum + more`. Throws `view_schema::unsound` when that does not fit.
std::int64_t checked_sum(std::int64_t sum, std::int64_t more);

} // namespace daybook
