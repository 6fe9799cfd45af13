#include "daybook/domain/money.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace daybook {
namespace {

constexpr int billionth_decimals = 9;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool take_minus(std::string_view& text) noexcept {
  if (text.empty() || text.front() != '-')
    return false;
  text.remove_prefix(1);
  return true;
}

/// Takes the digits off the front; how many there were. More than 18 do not end up in `into`.
int take_digits(std::string_view& text, std::int64_t& into) noexcept {
  int count = 0;
  for (into = 0; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (++count <= 18)
      into = into * 10 + (text.front() - '0');
  }
  return count;
}

/// Ordinary prices fit 64 bits, where division is many times faster than with 128.
bool is_small(int128 number) noexcept {
  return number >= std::numeric_limits<std::int64_t>::min() && number <= std::numeric_limits<std::int64_t>::max();
}

/// How many billionths one unit of 10^-decimals has.
std::int64_t billionths_per_unit(int decimals) noexcept {
  return power_of_ten(billionth_decimals - std::clamp(decimals, 0, billionth_decimals));
}

} // namespace

std::int64_t power_of_ten(int exponent) noexcept {
  static constexpr auto powers = [] {
    std::array<std::int64_t, 19> result{};
    result[0] = 1;
    for (std::size_t i = 1; i < result.size(); ++i)
      result[i] = result[i - 1] * 10;
    return result;
  }();
  return powers[static_cast<std::size_t>(std::clamp(exponent, 0, 18))];
}

std::optional<decimal> decimal::parse(std::string_view text) noexcept {
  const bool negative = take_minus(text);
  std::int64_t whole = 0;
  const int whole_digits = take_digits(text, whole);
  if (whole_digits < 1 || whole_digits > 12)
    return std::nullopt;
  std::int64_t fraction = 0;
  if (!text.empty()) {
    if (text.front() != '.')
      return std::nullopt;
    text.remove_prefix(1);
    const int digits = take_digits(text, fraction);
    if (digits < 1 || digits > billionth_decimals || !text.empty())
      return std::nullopt;
    fraction *= power_of_ten(billionth_decimals - digits);
  }
  const int128 magnitude = static_cast<int128>(whole) * power_of_ten(billionth_decimals) + fraction;
  return decimal{negative ? -magnitude : magnitude};
}

bool decimal::fits(int decimals) const noexcept {
  const auto unit = billionths_per_unit(decimals);
  return (is_small(billionths) ? static_cast<std::int64_t>(billionths) % unit : billionths % unit) == 0;
}

minor_units decimal::minor(int decimals) const noexcept {
  const auto unit = billionths_per_unit(decimals);
  if (is_small(billionths))
    return static_cast<std::int64_t>(billionths) / unit;
  return static_cast<minor_units>(billionths / unit);
}

std::optional<std::int64_t> parse_quantity(std::string_view text) noexcept {
  const bool negative = take_minus(text);
  std::int64_t number = 0;
  const int digits = take_digits(text, number);
  if (digits < 1 || digits > 9 || !text.empty())
    return std::nullopt;
  return negative ? -number : number;
}

std::string format_amount(minor_units amount, std::string_view currency) {
  const auto decimals = static_cast<std::size_t>(currency_decimals(currency).value_or(0));
  // The smallest number has no positive counterpart in 64 bits with a sign.
  const auto magnitude = amount < 0 ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  auto digits = std::to_string(magnitude);
  if (digits.size() <= decimals)
    digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0)
    digits.insert(digits.size() - decimals, 1, '.');
  return amount < 0 ? '-' + digits : digits;
}

} // namespace daybook
