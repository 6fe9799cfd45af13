#pragma once

#include <string>

#include "daybook/domain/commands.hpp"
#include "daybook/tests/simulation/dice.hpp"

namespace daybook::simulation {

/// Commands for orders, by chance: few orders, so that they meet; mostly such as further an order's life.
class order_generator {
public:
  explicit order_generator(std::uint64_t seed) : random_(seed ^ 0x0d0e5) {}

  /// The next command, with an id of its own.
  order_command next(time_us now);

  /// The same ids, another content.
  order_command other_content(order_command of);

  /// One that nobody may take: an illegal id, a text that cannot be kept.
  order_command unreadable(time_us now);

  /// A request that is in order, for an order that nobody has.
  order_command flawless(time_us now);

  std::string some_order_id();
  dice& random() noexcept { return random_; }

private:
  submit_order submission();
  order_action action();
  std::string amount();

  dice random_;
  std::uint64_t commands_ = 0;
  std::uint64_t orders_ = 0;
};

} // namespace daybook::simulation
