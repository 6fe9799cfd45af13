#include "daybook/tests/simulation/order_generator.hpp"

#include <utility>

namespace daybook::simulation {

std::string order_generator::some_order_id() {
  // Mostly among the latest ones, so that an order is led through its life before it is forgotten.
  const auto back = random_.one_in(8) ? random_.below(orders_ + 1) : random_.below(std::min<std::uint64_t>(orders_, 6) + 1);
  return "o" + std::to_string(orders_ > back ? orders_ - back : 0);
}

std::string order_generator::amount() {
  switch (random_.below(6)) {
    case 0: return std::to_string(random_.below(9)) + "." + std::to_string(random_.below(10));
    case 1: return "-1";
    case 2: return "1.505";
    default: return "100";
  }
}

submit_order order_generator::submission() {
  submit_order made{std::to_string(random_.below(5)), random_.one_in(3) ? "" : "France", random_.one_in(3) ? "EUR" : "GBP",
                    "2011-02-03T04:05:06", {}};
  for (auto lines = random_.between(1, 3); lines > 0; --lines)
    made.lines.push_back(
      {"S" + std::to_string(random_.below(4)), "\"it's\" 5 £", std::to_string(random_.between(1, 4)), "1.50"});
  switch (random_.below(12)) {
    case 0: made.customer = " "; break;
    case 1: made.lines.clear(); break;
    case 2: made.lines[0].quantity = "-2"; break;
    case 3: made.lines[0].unit_price = "1e2"; break;
    case 4: made.currency = "XXX"; break;
    case 5: made.ordered_at.reset(); break;
    default: break;
  }
  return made;
}

order_action order_generator::action() {
  switch (random_.below(14)) {
    case 0: case 1: case 2: return submission();
    case 3: case 4: case 5: return record_payment{amount(), random_.one_in(8) ? "USD" : "", "r"};
    case 6: case 7: return ship_order{"DHL", "1"};
    case 8: case 9: return deliver_order{};
    case 10:
      if (random_.one_in(3))
        return mark_undeliverable{"moved"};
      return cancel_order{"no"};
    case 11:
    case 12: {
      const auto line = static_cast<std::int64_t>(random_.between(1, 3));
      return return_items{{{line, static_cast<std::int64_t>(random_.between(0, 2))}}, "broken"};
    }
    default: return record_refund{amount(), "", ""};
  }
}

order_command order_generator::next(time_us now) {
  order_command made;
  made.id = random_.one_in(6) ? "o" + std::to_string(++orders_) : some_order_id();
  made.command_id = "c" + std::to_string(++commands_);
  made.sent_at = now;
  made.action = random_.one_in(4) ? order_action{submission()} : action();
  if (random_.one_in(8))
    made.correlation_id = "k" + std::to_string(commands_ / 4);
  return made;
}

order_command order_generator::other_content(order_command of) {
  if (auto* submit = std::get_if<submit_order>(&of.action))
    submit->customer += "x";
  else
    of.action = cancel_order{"other " + std::to_string(random_.below(3))};
  return of;
}

order_command order_generator::unreadable(time_us now) {
  auto made = next(now);
  switch (random_.below(4)) {
    case 0: made.id = "not an id"; break;
    case 1: made.command_id.clear(); break;
    case 2: made.action = cancel_order{std::string(1001, 'x')}; break;
    default: made.action = cancel_order{"\xff\xfe"}; break;
  }
  return made;
}

order_command order_generator::flawless(time_us now) {
  order_command made;
  made.id = "f" + std::to_string(++commands_);
  made.command_id = "c" + std::to_string(commands_);
  made.sent_at = now;
  made.action = submit_order{"17850", "", "GBP", "2010-12-01T08:26:00", {{"85123A", "HOLDER", "6", "2.55"}}};
  return made;
}

} // namespace daybook::simulation
