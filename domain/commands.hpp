#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daybook/domain/time.hpp"

namespace daybook {

// -- what can be asked of an order --------------------------------------------------------------------------------------
// Wishes, named in the imperative. Numbers that a person or another system wrote are kept as the text they wrote: only
// validation turns them into numbers, after the request is durable.

/// A line as it was submitted, right or wrong. Absent texts are empty.
struct requested_line {
  std::string stock_code;
  std::string description;
  std::string quantity;
  std::string unit_price;
};

/// Asks for a new order. Answered when the decision about it is durable, too.
struct submit_order {
  /// Absent texts are empty.
  std::string customer;
  std::string country;
  std::string currency;
  /// The shop's local time; absent: the sender's clock (`command::sent_at`) in UTC.
  std::optional<std::string> ordered_at;
  std::vector<requested_line> lines;
};

/// Records that money arrived. `amount` is decimal text in `currency`; empty: the order's.
struct record_payment {
  std::string amount;
  std::string currency;
  std::string reference;
};

struct ship_order {
  std::string carrier;
  std::string tracking;
};

struct deliver_order {};

struct mark_undeliverable {
  std::string reason;
};

struct cancel_order {
  std::string reason;
};

/// Pieces of one line; lines count from 1.
struct returned_line {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
};

/// The same line may be named several times: the quantities add up.
struct return_items {
  std::vector<returned_line> lines;
  std::string reason;
};

/// Records that money went back. `amount` as in `record_payment`.
struct record_refund {
  std::string amount;
  std::string currency;
  std::string reference;
};

using order_action = std::variant<submit_order, record_payment, ship_order, deliver_order, mark_undeliverable, cancel_order,
                                  return_items, record_refund>;

/// A wish and what identifies it. Time and ids come in with the command: the node invents none.
template <class Action>
struct command {
  /// The aggregate's id (here: the order id).
  std::string id;
  /// Made by the sender, a UUID; the same again returns the first receipt.
  std::string command_id;
  /// Empty: the command id.
  std::string correlation_id;
  std::string causation_id;
  /// The sender's clock.
  time_us sent_at = 0;
  Action action;
};

using order_command = command<order_action>;

/// The command's name in the contract, e.g. "submit_order".
std::string_view name(const order_action& action) noexcept;

} // namespace daybook
