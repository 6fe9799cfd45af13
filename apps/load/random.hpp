#pragma once

#include <cstdint>
#include <string_view>

namespace daybook::load {

__extension__ using uint128 = unsigned __int128;

/// Spreads the bits of a number over all 64 (the finalizer of splitmix64): neighbours get values without a likeness.
constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Random numbers that are the same for a seed on every machine (splitmix64). Cheap enough to make one for each order.
class random_numbers {
public:
  explicit constexpr random_numbers(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    const auto value = scramble(state_);
    state_ += 0x9e3779b97f4a7c15;
    return value;
  }

  /// 0 to limit - 1; `limit` is at least 1.
  constexpr std::uint64_t below(std::uint64_t limit) noexcept {
    return static_cast<std::uint64_t>((static_cast<uint128>(next()) * limit) >> 64);
  }

private:
  std::uint64_t state_;
};

/// A hash of a text that stays the same for ever: it stands in files of receipts.
std::uint64_t hash_of(std::string_view text) noexcept;

} // namespace daybook::load
