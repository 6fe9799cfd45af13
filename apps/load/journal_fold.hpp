#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daybook/apps/load/differences.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook::load {

/// An order folded from its events, in some hundred bytes: what texts it has is known by a hash.
struct folded_order {
  position_t requested = 0;
  position_t position = 0;
  minor_units total = 0;
  minor_units paid = 0;
  minor_units returned_value = 0;
  minor_units refunded = 0;
  std::uint64_t texts = 0;
  version_t version = 0;
  std::uint32_t lines_at = 0;
  std::uint32_t lines = 0;
  order_status status = order_status::unknown;
  std::uint16_t rejections = 0;
  /// For whoever goes through the orders to mark those that were met.
  bool is_met = false;
};

/// What a summary's texts are known by.
std::uint64_t texts_of(std::string_view customer, std::string_view country, std::string_view currency,
                       std::string_view ordered_at) noexcept;

/// Sales as the journal has them: orders and total by key and currency.
struct sales_sum {
  std::int64_t orders = 0;
  minor_units total = 0;
};
using sales_sums = std::map<std::pair<std::string, std::string>, sales_sum>;

/// Computes from the journal, by the domain's rules alone, what a view of it must say. Knows no database.
class journal_fold {
public:
  /// @param wrong gets what a journal must not have: gaps, versions that do not follow, events that cannot be read.
  explicit journal_fold(differences& wrong) : wrong_(wrong) {}

  /// The next event, in order. @return its order after it; null for streams that are no orders.
  const folded_order* apply(const recorded_event& event);

  position_t position() const noexcept { return position_; }
  std::size_t size() const noexcept { return orders_.size(); }
  const std::vector<folded_order>& orders() const noexcept { return orders_; }
  folded_order* find(std::string_view order_id);

  summary_report summary() const;
  const sales_sums& by_country() const noexcept { return by_country_; }
  const sales_sums& by_day() const noexcept { return by_day_; }
  const sales_sums& by_customer() const noexcept { return by_customer_; }
  const std::map<std::string, std::int64_t>& by_product() const noexcept { return by_product_; }

private:
  std::uint32_t index_of(std::string_view order_id);
  order restored(const folded_order& from) const;
  void store(const order& state, folded_order& into);
  void count(std::uint32_t index, const order_event& event);
  void count_sale(const order_requested& request, const order_validated& event);

  differences& wrong_;
  position_t position_ = 0;
  std::vector<folded_order> orders_;
  /// By a hash of the id: two of a billion orders would have to share one to be taken for each other.
  std::unordered_map<std::uint64_t, std::uint32_t> by_id_;
  std::vector<order_line> lines_;
  /// Requests that wait for their verdict.
  std::unordered_map<std::uint32_t, order_requested> requests_;
  summary_report sums_;
  std::array<std::int64_t, rejection_count> reasons_{};
  std::map<std::string, minor_units> totals_;
  sales_sums by_country_;
  sales_sums by_day_;
  sales_sums by_customer_;
  std::map<std::string, std::int64_t> by_product_;
};

} // namespace daybook::load
