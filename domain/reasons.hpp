#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook {

/// Why a request became a rejected order. Part of the journal by name: never rename.
enum class rejection : std::uint8_t {
  missing_customer,
  no_lines,
  missing_stock_code,
  malformed_quantity,
  non_positive_quantity,
  malformed_price,
  non_positive_price,
  sub_penny_price,
  unknown_currency,
  malformed_time,
  amount_too_large,
};
inline constexpr int rejection_count = 11;

/// Why a command was not carried out. Nothing is recorded, and the same command may be sent again.
enum class refusal : std::uint8_t {
  not_found,
  not_allowed,
  order_exists,
  command_id_reused,
  wrong_currency,
  malformed_amount,
  non_positive_amount,
  sub_penny_amount,
  unknown_line,
  non_positive_quantity,
  returns_more_than_delivered,
  refunds_more_than_due,
};
inline constexpr int refusal_count = 12;

/// The names of the contract, e.g. "missing_customer".
std::string_view name(rejection reason) noexcept;
std::string_view name(refusal reason) noexcept;

std::optional<rejection> rejection_from(std::string_view name) noexcept;

} // namespace daybook
