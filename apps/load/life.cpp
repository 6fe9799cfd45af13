#include "daybook/apps/load/life.hpp"

namespace daybook::load {

std::string_view command_name(step what) noexcept {
  switch (what) {
    case step::submit: return "submit_order";
    case step::pay:
    case step::pay_half: return "record_payment";
    case step::ship: return "ship_order";
    case step::cancel_late:
    case step::cancel: return "cancel_order";
    case step::deliver: return "deliver_order";
    case step::mark_undeliverable: return "mark_undeliverable";
    case step::return_all:
    case step::return_one: return "return_items";
    case step::refund: return "record_refund";
  }
  return "submit_order";
}

std::vector<step> steps_of(fate way, bool in_halves, bool late) {
  std::vector<step> steps{step::submit};
  if (way == fate::rejected || way == fate::unpaid)
    return steps;
  if (in_halves)
    steps.insert(steps.end(), {step::pay_half, step::pay_half});
  else
    steps.push_back(step::pay);
  if (way == fate::cancelled) {
    steps.insert(steps.end(), {step::cancel, step::refund});
    return steps;
  }
  steps.push_back(step::ship);
  if (late)
    steps.push_back(step::cancel_late);
  if (way == fate::undeliverable) {
    steps.insert(steps.end(), {step::mark_undeliverable, step::refund});
    return steps;
  }
  steps.push_back(step::deliver);
  if (comes_back(way))
    steps.insert(steps.end(), {way == fate::returned ? step::return_all : step::return_one, step::refund});
  return steps;
}

lives::lives() {
  for (unsigned life = 0; life < all_.size(); ++life)
    all_[life] = steps_of(static_cast<fate>(life / 4), (life & 2) != 0, (life & 1) != 0);
}

} // namespace daybook::load
