#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/domain/money.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/domain/time.hpp"

namespace daybook {

// -- what can be asked of the view, and its answers ---------------------------------------------------------------------

/// An order as lists show it.
struct order_summary {
  std::string order_id;
  std::string status;
  std::string customer;
  /// Empty when the request named none.
  std::string country;
  std::string currency;
  std::string ordered_at;
  /// Nothing until validated, and for rejected orders.
  std::optional<minor_units> total;
  minor_units paid = 0;
  minor_units due_back = 0;
  minor_units refunded = 0;
  std::vector<std::string> reasons;
  std::uint32_t version = 0;
  std::uint64_t position = 0;
};

/// A line as it was requested and, once validated, in numbers.
struct line_details {
  std::int64_t line = 0;
  std::string stock_code;
  std::string description;
  std::string requested_quantity;
  std::string requested_unit_price;
  std::optional<std::int64_t> quantity;
  std::optional<minor_units> unit_price;
  std::int64_t returned = 0;
};

struct order_details {
  order_summary summary;
  std::vector<line_details> lines;
};

/// The details of a folded order: what the view shows, computed without it (for "as it was then").
order_details details_of(const order& state, const std::string& order_id, std::uint32_t version, std::uint64_t position);

/// Which orders, newest submission (position of the request) first. Empty and absent fields do not restrict.
struct order_filter {
  std::string status;
  std::string customer;
  std::string country;
  /// Bounds of `ordered_at` as local time text or a date; inclusive, exclusive.
  std::string from;
  std::string to;
  /// Go on behind this order (keyset paging: stable under inserts).
  std::string after;
  /// 1 to 10,000.
  std::uint32_t limit = 50;
};

struct summary_report {
  std::int64_t orders_requested = 0;
  std::int64_t orders_validated = 0;
  std::int64_t orders_rejected = 0;
  /// By name; every reason is there, also with 0.
  std::vector<std::pair<std::string, std::int64_t>> rejected_by_reason;
  std::int64_t validated_lines = 0;
  std::int64_t validated_units = 0;
  /// By currency code, ascending.
  std::vector<std::pair<std::string, minor_units>> validated_total;
  /// By status name, only those that occur, in the order of a life.
  std::vector<std::pair<std::string, std::int64_t>> by_status;
  std::uint64_t position = 0;
};

enum class sales_key : std::uint8_t { country, day, customer, product };

/// One row of a sales report: of validated orders, whatever came after.
struct sales_row {
  /// Country, day, customer or stock code.
  std::string key;
  /// Empty for products.
  std::string currency;
  std::int64_t orders = 0;
  minor_units total = 0;
  /// For products: pieces. Else 0.
  std::int64_t quantity = 0;
};

/// An order that the view could not go on with: its later events wait until the cause is gone and the view is rebuilt.
struct parked_order {
  std::string stream;
  std::uint64_t position = 0;
  std::string error;
};

struct view_status {
  std::uint64_t position = 0;
  std::string digest;
  std::int64_t orders = 0;
  std::vector<parked_order> parked;
};

} // namespace daybook
