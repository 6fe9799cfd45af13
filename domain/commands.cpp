#include "daybook/domain/commands.hpp"

#include <array>

namespace daybook {

std::string_view name(const order_action& action) noexcept {
  static constexpr std::array<std::string_view, std::variant_size_v<order_action>> names{
    "submit_order",       "record_payment", "ship_order",   "deliver_order",
    "mark_undeliverable", "cancel_order",   "return_items", "record_refund",
  };
  return action.index() < names.size() ? names[action.index()] : "unknown";
}

} // namespace daybook
