#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/money.hpp"
#include "daybook/domain/reasons.hpp"

namespace daybook {

// -- what happened to an order ------------------------------------------------------------------------------------------
// Facts, named in the past tense, immutable. The journal keeps them for ever: add fields with a meaning for their absence,
// never change what a field means (see docs/journal-format.md).

/// Recorded before anything about the request is judged: the texts exactly as submitted.
struct order_requested {
  std::string customer;
  std::string country;
  std::string currency;
  /// As submitted, or the sender's clock in UTC where it was absent.
  std::string ordered_at;
  std::vector<requested_line> lines;
};

/// A line's numbers, in the order of the requested lines.
struct priced_line {
  std::int64_t quantity = 0;
  minor_units unit_price = 0;
};

struct order_validated {
  minor_units total = 0;
  std::vector<priced_line> lines;
};

struct order_rejected {
  /// Every reason that holds, in the order of the enumeration.
  std::vector<rejection> reasons;
};

struct payment_recorded {
  minor_units amount = 0;
  std::string currency;
  std::string reference;
};

struct order_shipped {
  std::string carrier;
  std::string tracking;
};

struct order_delivered {};

struct order_undeliverable {
  std::string reason;
};

struct order_cancelled {
  std::string reason;
};

struct items_returned {
  /// Each line once, ascending.
  std::vector<returned_line> lines;
  /// What the returned pieces cost.
  minor_units value = 0;
  std::string reason;
};

struct refund_recorded {
  minor_units amount = 0;
  std::string currency;
  std::string reference;
};

using order_event = std::variant<order_requested, order_validated, order_rejected, payment_recorded, order_shipped,
                                 order_delivered, order_undeliverable, order_cancelled, items_returned, refund_recorded>;

/// The event's type in the journal, e.g. "OrderRequested".
std::string_view type_name(const order_event& event) noexcept;

} // namespace daybook
