#pragma once

#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/tests/support/given.hpp"
#include "daybook/tests/support/view_support.hpp"

namespace daybook::testing {

/// An order of one line over one pound, unless it says otherwise.
struct sample {
  std::string customer = "17850";
  std::string country = "United Kingdom";
  std::string currency = "GBP";
  std::string ordered_at = "2010-12-01T08:26:00";
  std::vector<requested_line> lines = {{"A", "", "1", "1"}};
};

/// An order and the verdict about it, in two commits.
inline void submit(recorded_history& into, const std::string& id, const sample& with) {
  const order_requested request{with.customer, with.country, with.currency, with.ordered_at, with.lines};
  into.add(id, {request});
  into.add(id, {validate(request)});
}

template <class Random>
std::size_t below(Random& random, std::size_t end) {
  return random() % end;
}

template <class Random>
order_action random_wish(Random& random, const order& state) {
  const auto amount = std::to_string(below(random, 40)) + "." + std::to_string(below(random, 10));
  switch (below(random, 8)) {
    case 0: return pay(amount);
    case 1: return pay("100");
    case 2: return ship_order{"DHL", "1"};
    case 3: return below(random, 5) == 0 ? order_action{mark_undeliverable{"moved"}} : order_action{deliver_order{}};
    case 4: return below(random, 5) == 0 ? order_action{cancel_order{"no"}} : order_action{deliver_order{}};
    case 5:
      return give_back({{static_cast<std::int64_t>(1 + below(random, state.lines.size() + 1)),
                         static_cast<std::int64_t>(1 + below(random, 3))}});
    case 6: return give_back({{1, 1}, {2, 1}});
    default: return refund(amount);
  }
}

template <class Random>
submit_order random_submission(Random& random) {
  submit_order wish{below(random, 6) == 0 ? "" : std::to_string(below(random, 5)),
                    below(random, 3) == 0 ? "" : "France",
                    below(random, 9) == 0 ? "XXX" : "EUR",
                    below(random, 9) == 0 ? "soon" : "2011-02-03T04:05:06",
                    {}};
  for (auto count = below(random, 5); count > 0; --count)
    wish.lines.push_back({"S" + std::to_string(below(random, 4)), "\"it's\" 5 £", std::to_string(1 + below(random, 4)),
                          below(random, 12) == 0 ? "-1" : "1.50"});
  return wish;
}

/// Many orders in all kinds of stages, their events mixed.
inline recorded_history random_history(unsigned seed, std::size_t steps) {
  std::mt19937 random{seed};
  recorded_history history;
  std::vector<std::string> known;
  for (std::size_t step = 0; step < steps; ++step) {
    if (known.empty() || below(random, 6) == 0) {
      auto id = "r" + std::to_string(known.size());
      const auto wish = random_submission(random);
      history.add(id, {order_requested{wish.customer, wish.country, wish.currency, *wish.ordered_at, wish.lines}});
      known.push_back(std::move(id));
      continue;
    }
    const auto& id = known[below(random, known.size())];
    const auto& state = history.state(id);
    if (auto owed = follow_up(state); !owed.empty()) {
      history.add(id, owed);
      continue;
    }
    auto decision = decide(state, wish(random_wish(random, state), id));
    if (const auto* events = std::get_if<std::vector<order_event>>(&decision))
      history.add(id, *events);
  }
  return history;
}

} // namespace daybook::testing
