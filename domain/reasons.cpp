#include "daybook/domain/reasons.hpp"

namespace daybook {

std::string_view name(rejection reason) noexcept {
  switch (reason) {
    case rejection::missing_customer: return "missing_customer";
    case rejection::no_lines: return "no_lines";
    case rejection::missing_stock_code: return "missing_stock_code";
    case rejection::malformed_quantity: return "malformed_quantity";
    case rejection::non_positive_quantity: return "non_positive_quantity";
    case rejection::malformed_price: return "malformed_price";
    case rejection::non_positive_price: return "non_positive_price";
    case rejection::sub_penny_price: return "sub_penny_price";
    case rejection::unknown_currency: return "unknown_currency";
    case rejection::malformed_time: return "malformed_time";
    case rejection::amount_too_large: return "amount_too_large";
  }
  return "unknown";
}

std::string_view name(refusal reason) noexcept {
  switch (reason) {
    case refusal::not_found: return "not_found";
    case refusal::not_allowed: return "not_allowed";
    case refusal::order_exists: return "order_exists";
    case refusal::command_id_reused: return "command_id_reused";
    case refusal::wrong_currency: return "wrong_currency";
    case refusal::malformed_amount: return "malformed_amount";
    case refusal::non_positive_amount: return "non_positive_amount";
    case refusal::sub_penny_amount: return "sub_penny_amount";
    case refusal::unknown_line: return "unknown_line";
    case refusal::non_positive_quantity: return "non_positive_quantity";
    case refusal::returns_more_than_delivered: return "returns_more_than_delivered";
    case refusal::refunds_more_than_due: return "refunds_more_than_due";
  }
  return "unknown";
}

std::optional<rejection> rejection_from(std::string_view text) noexcept {
  for (int i = 0; i < rejection_count; ++i) {
    if (const auto reason = static_cast<rejection>(i); name(reason) == text)
      return reason;
  }
  return std::nullopt;
}

} // namespace daybook
