#include "daybook/domain/events.hpp"

#include <array>

namespace daybook {

std::string_view type_name(const order_event& event) noexcept {
  static constexpr std::array<std::string_view, std::variant_size_v<order_event>> names{
    "OrderRequested", "OrderValidated",     "OrderRejected",  "PaymentRecorded", "OrderShipped",
    "OrderDelivered", "OrderUndeliverable", "OrderCancelled", "ItemsReturned",   "RefundRecorded",
  };
  return event.index() < names.size() ? names[event.index()] : "unknown";
}

} // namespace daybook
