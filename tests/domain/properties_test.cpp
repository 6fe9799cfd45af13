#include <algorithm>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "daybook/domain/views.hpp"
#include "daybook/tests/support/given.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// Makes commands that are often sensible, so that orders get far, and sometimes not.
class command_source {
public:
  explicit command_source(unsigned seed) : random_(seed) {}

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool one_in(int n) { return below(n) == 0; }

  submit_order submission() {
    submit_order action{"17850", "", one_in(5) ? "JPY" : "GBP", std::nullopt, {}};
    const int lines = 1 + below(4);
    for (int i = 0; i < lines; ++i)
      action.lines.push_back({"A", "", std::to_string(1 + below(5)), std::to_string(1 + below(300))});
    return action;
  }

  order_action next(const order& state) {
    switch (below(10)) {
      case 0: return one_in(4) ? order_action(submission()) : order_action(cancel_order{});
      case 1:
      case 2: return pay(amount(state, state.total - state.paid));
      case 3: return ship_order{};
      case 4: return one_in(4) ? order_action(mark_undeliverable{}) : order_action(deliver_order{});
      case 5: return refund(amount(state, state.due_back()));
      case 6: return deliver_order{};
      default: return returns(state);
    }
  }

  std::string garbage() {
    static const std::array<const char*, 10> texts{"",   "-", "999999999999.999999999", "-999999999",
        "9223372036854775808",
                                                   "0x", ".", "1e999", "GBP", "2010-12-01T08:26:00"};
    if (one_in(2))
      return texts[static_cast<std::size_t>(below(static_cast<int>(texts.size())))];
    std::string bytes(static_cast<std::size_t>(below(20)), '\0');
    std::generate(bytes.begin(), bytes.end(), [this] { return static_cast<char>(below(256)); });
    return bytes;
  }

  std::int64_t number() {
    switch (below(5)) {
      case 0: return std::numeric_limits<std::int64_t>::min();
      case 1: return std::numeric_limits<std::int64_t>::max();
      case 2: return static_cast<std::int64_t>(random_());
      default: return below(5) - 1;
    }
  }

  std::vector<requested_line> garbage_lines() {
    std::vector<requested_line> lines(static_cast<std::size_t>(below(4)));
    for (auto& line : lines)
      line = {garbage(), garbage(), garbage(), garbage()};
    return lines;
  }

  std::vector<returned_line> garbage_returns() {
    std::vector<returned_line> lines(static_cast<std::size_t>(below(4)));
    for (auto& line : lines)
      line = {number(), number()};
    return lines;
  }

  order_action garbage_action() {
    switch (below(8)) {
      case 0: return submit_order{garbage(), garbage(), garbage(), garbage(), garbage_lines()};
      case 1: return pay(garbage(), one_in(2) ? "" : garbage(), garbage());
      case 2: return ship_order{garbage(), garbage()};
      case 3: return deliver_order{};
      case 4: return mark_undeliverable{garbage()};
      case 5: return cancel_order{garbage()};
      case 6: return give_back(garbage_returns(), garbage());
      default: return refund(garbage(), one_in(2) ? "" : garbage(), garbage());
    }
  }

  order_event garbage_event() {
    switch (below(10)) {
      case 0: return order_requested{garbage(), garbage(), garbage(), garbage(), garbage_lines()};
      case 1: return order_validated{number(), {{number(), number()}, {number(), number()}}};
      case 2: return order_rejected{{rejection::no_lines}};
      case 3: return payment_recorded{number(), garbage(), garbage()};
      case 4: return order_shipped{};
      case 5: return order_delivered{};
      case 6: return order_undeliverable{};
      case 7: return order_cancelled{};
      case 8: return items_returned{garbage_returns(), number(), garbage()};
      default: return refund_recorded{number(), garbage(), garbage()};
    }
  }

private:
  std::string amount(const order& state, minor_units wanted) {
    return format_amount(std::max<minor_units>(1, wanted + (one_in(2) ? 0 : below(300) - 150)), state.request.currency);
  }

  return_items returns(const order& state) {
    return_items action;
    for (std::size_t i = 0; i < state.lines.size(); ++i) {
      if (one_in(2))
        action.lines.push_back({static_cast<std::int64_t>(i) + 1, 1 + below(2)});
    }
    return action;
  }

  std::mt19937_64 random_;
};

/// What holds for every order after every event.
void check_invariants(const order& state) {
  minor_units returned_value = 0;
  minor_units total = 0;
  bool all_returned = true;
  bool any_returned = false;
  for (const auto& line : state.lines) {
    REQUIRE(line.quantity > 0);
    REQUIRE(line.unit_price > 0);
    REQUIRE(line.returned >= 0);
    REQUIRE(line.returned <= line.quantity);
    returned_value += line.returned * line.unit_price;
    total += line.quantity * line.unit_price;
    all_returned = all_returned && line.returned == line.quantity;
    any_returned = any_returned || line.returned > 0;
  }
  REQUIRE(state.total == total);
  REQUIRE(state.returned_value == returned_value);
  REQUIRE(state.refunded >= 0);
  REQUIRE(state.refunded <= state.paid);
  REQUIRE(state.due_back() >= 0);
  REQUIRE(state.due_back() + state.refunded <= state.paid);
  REQUIRE((state.paid == 0 || state.was_validated()));
  switch (state.status) {
    case order_status::validated: REQUIRE(state.paid < state.total); break;
    case order_status::paid:
    case order_status::shipped:
    case order_status::undeliverable:
    case order_status::delivered: REQUIRE(state.paid >= state.total); break;
    case order_status::partly_returned: REQUIRE((any_returned && !all_returned)); break;
    case order_status::returned: REQUIRE(all_returned); break;
    default: break;
  }
}

} // namespace

TEST_CASE("every order keeps its invariants after every event of a random life", "[properties]") {
  std::array<int, order_status_count> reached{};
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    INFO("seed " << seed);
    command_source commands(seed);
    history past;
    order state;
    order_action action = commands.submission();
    for (int step = 0; step < 25; ++step) {
      auto decision = decide(state, wish(action));
      if (const auto* events = std::get_if<std::vector<order_event>>(&decision)) {
        REQUIRE_FALSE(events->empty());
        for (const auto& event : *events) {
          past.with(event);
          evolve(state, event);
          check_invariants(state);
        }
      } else {
        REQUIRE_FALSE(std::get<std::vector<refusal>>(decision).empty());
      }
      for (const auto& event : follow_up(state)) {
        past.with(event);
        evolve(state, event);
        check_invariants(state);
      }
      ++reached[static_cast<std::size_t>(state.status)];
      action = commands.next(state);
    }
    const auto folded = details_of(past.state(), "1", 1, 1).summary;
    REQUIRE(folded.status == name(state.status));
    REQUIRE(folded.due_back == state.due_back());
  }
  // The source must reach what it is meant to reach.
  for (const auto status : {order_status::validated, order_status::paid, order_status::shipped,
      order_status::undeliverable,
                            order_status::delivered, order_status::partly_returned, order_status::returned,
                            order_status::cancelled}) {
    INFO(name(status));
    CHECK(reached[static_cast<std::size_t>(status)] > 100);
  }
}

TEST_CASE("a refused command would change nothing and a repeated judgement is the same", "[properties]") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    command_source commands(seed);
    const auto state = history::to(static_cast<order_status>(commands.below(order_status_count))).state();
    const auto command = wish(commands.next(state));
    REQUIRE(text_of(decide(state, command)) == text_of(decide(state, command)));
  }
}

TEST_CASE("no garbage makes a judgement throw or answer nothing", "[properties]") {
  command_source source(7);
  for (int run = 0; run < 20'000; ++run) {
    const auto state = history::to(static_cast<order_status>(source.below(order_status_count))).state();
    const auto decision = decide(state, wish(source.garbage_action()));
    if (const auto* events = std::get_if<std::vector<order_event>>(&decision))
      REQUIRE(events->size() == 1);
    else
      REQUIRE_FALSE(std::get<std::vector<refusal>>(decision).empty());
  }
}

TEST_CASE("any fact on any state gives a state", "[properties]") {
  command_source source(11);
  for (int run = 0; run < 5'000; ++run) {
    order state;
    for (int step = 0; step < 12; ++step) {
      evolve(state, source.garbage_event());
      REQUIRE(state.due_back() >= 0);
      REQUIRE(details_of(state, "1", 1, 1).lines.size() >= state.lines.size());
      REQUIRE(follow_up(state).size() == (state.status == order_status::requested ? 1u : 0u));
      decide(state, wish(source.garbage_action()));
    }
  }
}

TEST_CASE("an order that was trimmed after every event decides like one that was not", "[properties]") {
  const auto types_in = [](const order_decision& decision) {
    std::vector<std::string> names;
    if (const auto* refusals = std::get_if<1>(&decision))
      for (const auto each : *refusals)
        names.emplace_back(name(each));
    else
      for (const auto& each : std::get<0>(decision))
        names.emplace_back(type_name(each));
    return names;
  };
  int trimmed_lines = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    INFO("seed " << seed);
    command_source commands(seed);
    order whole;
    order trimmed;
    order_action action = commands.submission();
    const auto record = [&](const std::vector<order_event>& events) {
      for (const auto& event : events) {
        evolve(whole, event);
        evolve(trimmed, event);
        order_rules::trim(trimmed);
      }
    };
    for (int step = 0; step < 25; ++step) {
      const auto decision = decide(whole, wish(action));
      REQUIRE(types_in(decide(trimmed, wish(action))) == types_in(decision));
      if (const auto* events = std::get_if<0>(&decision))
        record(*events);
      const auto owed = follow_up(whole);
      REQUIRE(follow_up(trimmed).size() == owed.size());
      record(owed);
      REQUIRE(trimmed.status == whole.status);
      REQUIRE(trimmed.due_back() == whole.due_back());
      trimmed_lines += static_cast<int>(whole.request.lines.size() - trimmed.request.lines.size());
      action = commands.next(whole);
    }
  }
  CHECK(trimmed_lines > 1000);
}
