#include "daybook/persistence/recent_orders.hpp"

#include <algorithm>
#include <utility>

namespace daybook {
namespace {

std::size_t places_of(const projected_order& each) {
  return 1 + std::max(each.state.request.lines.size(), each.state.lines.size());
}

} // namespace

std::optional<projected_order> recent_orders::take(std::string_view id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end())
    return std::nullopt;
  const auto place = found->second;
  by_id_.erase(found);
  places_ -= places_of(*place);
  std::optional<projected_order> taken{std::move(*place)};
  orders_.erase(place);
  return taken;
}

void recent_orders::keep(projected_order stored) {
  const auto places = places_of(stored);
  if (places > places_max_)
    return;
  orders_.push_front(std::move(stored));
  try {
    by_id_.emplace(orders_.front().id, orders_.begin());
  } catch (...) {
    orders_.pop_front();
    throw;
  }
  places_ += places;
  while (places_ > places_max_)
    forget_oldest();
}

void recent_orders::forget_oldest() {
  places_ -= places_of(orders_.back());
  by_id_.erase(orders_.back().id);
  orders_.pop_back();
}

void recent_orders::clear() noexcept {
  by_id_.clear();
  orders_.clear();
  places_ = 0;
}

} // namespace daybook
