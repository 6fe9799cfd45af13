#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook {

/// An amount of money in the smallest unit of its currency, e.g. pence. Never floating point.
using minor_units = std::int64_t;

/// 128 bits hold the sum of 10,000 lines of the largest quantity and price in billionths exactly.
__extension__ using int128 = __int128;

/// How many decimals an ISO 4217 currency has (JPY 0, GBP 2, KWD 3), by its code in capitals. Nothing for unknown codes and
/// for those that have no minor unit (XAU).
std::optional<int> currency_decimals(std::string_view code) noexcept;

/// A decimal number exactly as it was written: optional `-`, 1 to 12 digits, optionally a point and 1 to 9 digits.
struct decimal {
  /// The number times 10^9.
  int128 billionths = 0;

  /// Nothing for any other text: `+6`, `.5`, `1.`, `1e2`, spaces.
  static std::optional<decimal> parse(std::string_view text) noexcept;

  /// Whether the number has no more than `decimals` (0 to 9) decimals, trailing zeros aside.
  bool fits(int decimals) const noexcept;

  /// The number in units of 10^-decimals; requires `fits(decimals)`. At most 10^16 for the currencies there are.
  minor_units minor(int decimals) const noexcept;
};

/// A count of pieces: optional `-` and 1 to 9 digits; nothing for any other text.
std::optional<std::int64_t> parse_quantity(std::string_view text) noexcept;

/// Decimal text of an amount, e.g. (2208, "GBP") gives "22.08". An unknown currency counts as having no decimals.
std::string format_amount(minor_units amount, std::string_view currency);

/// 10^exponent for 0 to 18.
std::int64_t power_of_ten(int exponent) noexcept;

} // namespace daybook
