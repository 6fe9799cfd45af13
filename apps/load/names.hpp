#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::load {

/// What an order was made for; orders of each are counted apart, so that a longer warm-up changes no measured order.
enum class phase : std::uint8_t { measured, warm_up, prepared };

/// A number for every order of a run: the phase in the two highest bits, the count from 0 in the others.
using order_number = std::uint32_t;
inline constexpr order_number orders_max = (order_number{1} << 30) - 1;

constexpr order_number number_of(phase in, std::uint32_t count) noexcept {
  return (static_cast<order_number>(in) << 30) | (count & orders_max);
}

/// Names of a run's orders and commands. Both are made from seed and number alone: a run is repeatable, and the books tell
/// whether an order belongs to it.
class run_names {
public:
  explicit run_names(std::uint64_t seed);
  run_names(const run_names&) = delete;
  run_names& operator=(const run_names&) = delete;

  /// Orders that bring their own ids (of a file): number k of the measured phase is `ids[k]`. Ids must differ.
  void use_ids(std::vector<std::string> ids);
  const std::vector<std::string>& own_ids() const noexcept { return own_ids_; }

  /// "load-SEED-" and the letter of the phase (m, w, p) and the count.
  std::string order_id(order_number order) const;

  /// The number of an id that this run gives; nothing for others.
  std::optional<order_number> number_in(std::string_view order_id) const;

  /// A UUID (version 8, RFC 9562). @param turn tells the commands of one order apart.
  std::string command_id(order_number order, std::uint32_t turn) const;

  /// What all order ids begin with.
  const std::string& prefix() const noexcept { return prefix_; }
  std::uint64_t seed() const noexcept { return seed_; }

private:
  std::uint64_t seed_;
  std::uint64_t spread_;
  std::string prefix_;
  std::vector<std::string> own_ids_;
  std::unordered_map<std::string_view, order_number> by_own_id_;
};

} // namespace daybook::load
