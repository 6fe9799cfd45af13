#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daybook/persistence/order_projection.hpp"

namespace daybook {

/// Orders as the view has them, those that were stored last: an order's next event often comes soon, and to read its rows again
/// costs more than to change them. Belongs to one thread.
class recent_orders {
public:
  /// @param places_max an order takes one place, and one for each of its lines; past that the oldest ones leave.
  explicit recent_orders(std::size_t places_max) : places_max_(places_max) {
    // nop
  }

  /// The order, if it is here; it is no longer here then: whoever stores it again brings it back.
  std::optional<projected_order> take(std::string_view id);

  /// Requires that the view has it so, and that no order of this id is here.
  void keep(projected_order stored);

  void clear() noexcept;

private:
  void forget_oldest();

  std::size_t places_max_;
  std::size_t places_ = 0;
  /// Newest first. Keys of `by_id_` live in it.
  std::list<projected_order> orders_;
  std::unordered_map<std::string_view, std::list<projected_order>::iterator> by_id_;
};

} // namespace daybook
