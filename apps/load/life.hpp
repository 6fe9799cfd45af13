#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace daybook::load {

/// How an order's life goes. Most are delivered; some are rejected, cancelled, lost or sent back.
enum class fate : std::uint8_t { delivered, returned, partly_returned, cancelled, undeliverable, unpaid, rejected };

/// The fate for a roll of 0 to 99: 8 rejected, 6 cancelled, 2 undeliverable, 6 returned, 6 partly returned, 6 unpaid, the
/// others delivered.
constexpr fate fate_of(std::uint64_t roll) noexcept {
  if (roll < 8)
    return fate::rejected;
  if (roll < 14)
    return fate::cancelled;
  if (roll < 16)
    return fate::undeliverable;
  if (roll < 22)
    return fate::returned;
  if (roll < 28)
    return fate::partly_returned;
  return roll < 34 ? fate::unpaid : fate::delivered;
}

constexpr bool is_shipped(fate way) noexcept {
  return way == fate::delivered || way == fate::returned || way == fate::partly_returned || way == fate::undeliverable;
}

constexpr bool comes_back(fate way) noexcept {
  return way == fate::returned || way == fate::partly_returned;
}

/// What is sent for an order, one after the other; each after the receipt for the one before.
enum class step : std::uint8_t {
  submit,
  pay,
  /// Half of the total; another half follows.
  pay_half,
  ship,
  /// The customer's wish to cancel comes too late and is refused.
  cancel_late,
  deliver,
  mark_undeliverable,
  cancel,
  return_all,
  return_one,
  refund,
};
inline constexpr int step_count = 11;

/// The command's name in the contract, e.g. "submit_order".
std::string_view command_name(step what) noexcept;

/// The steps of a life, the first being `submit`.
/// @param in_halves the customer pays in two halves. @param late tries to cancel when it is shipped already.
std::vector<step> steps_of(fate way, bool in_halves, bool late);

/// Every life there is, made once: lives are told apart by one byte.
class lives {
public:
  lives();
  const std::vector<step>& steps(std::uint8_t life) const noexcept { return all_[life]; }
  static std::uint8_t life_of(fate way, bool in_halves, bool late) noexcept {
    return static_cast<std::uint8_t>(static_cast<unsigned>(way) * 4 + (in_halves ? 2 : 0) + (late ? 1 : 0));
  }
  static fate fate_of_life(std::uint8_t life) noexcept { return static_cast<fate>(life / 4); }

private:
  std::array<std::vector<step>, 28> all_;
};

} // namespace daybook::load
