#include <array>
#include <limits>

#include <catch2/catch.hpp>

#include "daybook/tests/support/given.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

using status = order_status;

struct table_row {
  order_action action;
  /// One character for each status, in the order of the enumeration: y allowed, f not_found, a not_allowed, e
  /// order_exists,
  /// d refunds_more_than_due.
  std::string_view outcomes;
};

/// The contract's table of a life: 8 commands x 11 statuses.
const std::array<table_row, 8>& life_table() {
  //                                                                      unknown
  //                                                                      |requested
  //                                                                      ||rejected
  //                                                                      |||validated
  //                                                                      ||||paid
  //                                                                      |||||shipped
  //                                                                      ||||||undeliverable
  //                                                                      |||||||delivered
  //                                                                      ||||||||partly_returned
  //                                                                      |||||||||returned
  //                                                                      ||||||||||cancelled
  static const std::array<table_row, 8> table{{{some_submission(),        "yeeeeeeeeee"},
                                               {pay("1.00"),   "faayyyyyyyy"},
                                               {ship_order{},             "faaayaaaaaa"},
                                               {deliver_order{},          "faaaayaaaaa"},
                                               {mark_undeliverable{},     "faaaayaaaaa"},
                                               {cancel_order{},           "faayyaaaaaa"},
                                               {give_back({{1, 1}}),   "faaaaaayyaa"},
                                               {refund("1.00"),    "fdddddydyyy"}}};
  return table;
}

std::string outcome_of(const order_decision& decision) {
  const auto* refusals = std::get_if<std::vector<refusal>>(&decision);
  if (!refusals)
    return "y";
  return refusals->size() == 1 ? std::string(name(refusals->front())) : "several";
}

std::string meaning(char outcome) {
  switch (outcome) {
    case 'f': return "not_found";
    case 'a': return "not_allowed";
    case 'e': return "order_exists";
    case 'd': return "refunds_more_than_due";
    default: return std::string(1, outcome);
  }
}

history delivered() {
  return history::to(status::delivered);
}

} // namespace

TEST_CASE("every command meets every status as the contract says", "[life]") {
  int cells = 0;
  for (const auto& row : life_table()) {
    REQUIRE(row.outcomes.size() == order_status_count);
    for (int i = 0; i < order_status_count; ++i, ++cells) {
      const auto state = history::to(static_cast<status>(i)).state();
      INFO(name(row.action) << " when " << name(static_cast<status>(i)));
      REQUIRE(state.status == static_cast<status>(i));
      CHECK(outcome_of(decide(state, wish(row.action))) == meaning(row.outcomes[static_cast<std::size_t>(i)]));
    }
  }
  CHECK(cells == 88);
}

TEST_CASE("a submission is recorded as it is, right or wrong", "[life]") {
  given(history()).when(some_submission()).then({some_request()});
  given(history()).when(submit_order{}).then({order_requested{"", "", "", "2026-11-23T10:15:00", {}}});
}

TEST_CASE("an absent time is the sender's clock, an empty one stays empty", "[life]") {
  auto submission = some_submission();
  auto request = some_request();
  submission.ordered_at.reset();
  request.ordered_at = "2026-11-23T10:15:00";
  given(history()).when(submission).then({request});
  submission.ordered_at = request.ordered_at = "";
  given(history()).when(submission).then({request});
}

TEST_CASE("an order goes through its life", "[life]") {
  auto h = history().requested();
  CHECK(h.state().status == status::requested);
  CHECK(h.with(some_validation()).state().status == status::validated);
  CHECK(h.paid(2207).state().status == status::validated);
  CHECK(h.paid(1).state().status == status::paid);
  CHECK(h.shipped().state().status == status::shipped);
  CHECK(h.delivered().state().status == status::delivered);
  CHECK(h.returned({{1, 6}}, 1530).state().status == status::partly_returned);
  CHECK(h.returned({{2, 2}}, 678).state().status == status::returned);
  CHECK(h.state().due_back() == 2208);
  CHECK(h.refunded(2208).state().due_back() == 0);
  CHECK(h.state().status == status::returned);
}

TEST_CASE("commands become facts with what they say", "[life]") {
  given(history::to(status::paid)).when(ship_order{"DHL", "JD0"}).then({order_shipped{"DHL", "JD0"}});
  given(history::to(status::shipped)).when(deliver_order{}).then({order_delivered{}});
  given(history::to(status::shipped)).when(mark_undeliverable{"moved"}).then({order_undeliverable{"moved"}});
  given(history::to(status::paid)).when(cancel_order{"late"}).then({order_cancelled{"late"}});
}

// -- payments ---

TEST_CASE("a payment is in the order's currency unless it names another", "[payments]") {
  const auto validated = history::to(status::validated);
  given(validated).when(pay("22.08", "", "R1")).then({payment_recorded{2208, "GBP", "R1"}});
  given(validated).when(pay("22.08", "GBP", "")).then({payment_recorded{2208, "GBP", ""}});
  given(validated).when(pay("22.08", "EUR", "")).then({refusal::wrong_currency});
  given(validated).when(pay("22.08", "gbp", "")).then({refusal::wrong_currency});
}

TEST_CASE("an amount is judged in order", "[payments]") {
  const auto validated = history::to(status::validated);
  for (const auto* text : {"", "x", "+1", "1e2", "1.", ".5", "1,00", "1234567890123"})
    given(validated).when(pay(text, "EUR", "")).then({refusal::malformed_amount});
  for (const auto* text : {"0", "-0", "0.000", "-1"})
    given(validated).when(pay(text)).then({refusal::non_positive_amount});
  given(validated).when(pay("0.001")).then({refusal::sub_penny_amount});
  given(validated).when(pay("-0.001")).then({refusal::non_positive_amount, refusal::sub_penny_amount});
  given(validated).when(pay("-0.001", "EUR")).then({refusal::wrong_currency});
  given(validated).when(pay("1.000000000")).then({payment_recorded{100, "GBP", ""}});
}

TEST_CASE("the status is judged before the amount", "[payments]") {
  given(history::to(status::rejected)).when(pay("x")).then({refusal::not_allowed});
  given(history()).when(pay("x")).then({refusal::not_found});
}

TEST_CASE("a sum of payments that no number holds is malformed", "[payments]") {
  constexpr auto highest = std::numeric_limits<minor_units>::max();
  given(history().validated().paid(highest - 99)).when(pay("1.00")).then({refusal::malformed_amount});
  given(history().validated().paid(highest - 100)).when(pay("1.00")).then({payment_recorded{100, "GBP", ""}});
}

TEST_CASE("what is paid beyond the total is due back", "[payments]") {
  CHECK(history().validated().paid(2208).state().due_back() == 0);
  CHECK(history().validated().paid(2300).state().due_back() == 92);
  CHECK(history().validated().paid(2208).paid(2208).state().due_back() == 2208);
  CHECK(history().validated().paid(2000).state().due_back() == 0);
}

TEST_CASE("all that was paid is due back after a cancellation, also when it comes later", "[payments]") {
  CHECK(history().validated().cancelled().state().due_back() == 0);
  CHECK(history().validated().paid(1000).cancelled().state().due_back() == 1000);
  const auto late = history().validated().cancelled().paid(2208).state();
  CHECK(late.status == status::cancelled);
  CHECK(late.due_back() == 2208);
}

TEST_CASE("all that was paid is due back when nothing can be delivered", "[payments]") {
  CHECK(history::to(status::undeliverable).state().due_back() == 2208);
}

// -- refunds ---

TEST_CASE("a refund takes from what is due back", "[refunds]") {
  const auto cancelled = history().validated().paid(1000).cancelled();
  given(cancelled).when(refund("10.00", "", "R")).then({refund_recorded{1000, "GBP", "R"}});
  given(cancelled).when(refund("10.01")).then({refusal::refunds_more_than_due});
  given(history(cancelled).refunded(400)).when(refund("6.00")).then({refund_recorded{600, "GBP", ""}});
  given(history(cancelled).refunded(400)).when(refund("6.01")).then({refusal::refunds_more_than_due});
}

TEST_CASE("a refunded overpayment is not due again after a cancellation", "[refunds]") {
  auto h = history().validated().paid(2300).refunded(92);
  CHECK(h.state().due_back() == 0);
  CHECK(h.cancelled().state().due_back() == 2208);
}

TEST_CASE("a refund's amount is judged before what is due", "[refunds]") {
  for (int i = 1; i < order_status_count; ++i) {
    const auto any = history::to(static_cast<status>(i));
    INFO(name(static_cast<status>(i)));
    given(any).when(refund("x")).then({refusal::malformed_amount});
    given(any).when(refund("1.00", "EUR")).then({refusal::wrong_currency});
    given(any).when(refund("0")).then({refusal::non_positive_amount});
    given(any).when(refund("0.001")).then({refusal::sub_penny_amount});
    given(any).when(refund("999999999999.99")).then({refusal::refunds_more_than_due});
  }
}

TEST_CASE("decimals of a refund are not judged when the order's currency is unknown", "[refunds]") {
  auto request = some_request();
  request.currency = "ZZZ";
  const auto rejected = history().with(request).with(order_rejected{{rejection::unknown_currency}});
  given(rejected).when(refund("0.001")).then({refusal::refunds_more_than_due});
  given(rejected).when(refund("-0.001")).then({refusal::non_positive_amount});
  given(rejected).when(refund("1", "GBP")).then({refusal::wrong_currency});
}

// -- returns ---

TEST_CASE("a return names each line once, ascending, with its value", "[returns]") {
  given(delivered())
    .when(give_back({{2, 1}, {1, 2}, {2, 1}, {1, 1}}, "broken"))
    .then({items_returned{{{1, 3}, {2, 2}}, 3 * 255 + 2 * 339, "broken"}});
}

TEST_CASE("no more comes back than was delivered", "[returns]") {
  given(delivered()).when(give_back({{1, 7}})).then({refusal::returns_more_than_delivered});
  given(delivered()).when(give_back({{1, 4}, {1, 3}})).then({refusal::returns_more_than_delivered});
  given(delivered().returned({{1, 4}}, 1020)).when(give_back({{1, 3}})).then({refusal::returns_more_than_delivered});
  given(delivered().returned({{1, 4}}, 1020)).when(give_back({{1, 2}})).then({items_returned{{{1, 2}}, 510, ""}});
}

TEST_CASE("lines count from 1 to the order's last", "[returns]") {
  for (const std::int64_t line : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{3},
      std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max()})
    given(delivered()).when(give_back({{line, 1}})).then({refusal::unknown_line});
}

TEST_CASE("a return needs pieces", "[returns]") {
  given(delivered()).when(give_back({})).then({refusal::non_positive_quantity});
  given(delivered()).when(give_back({{1, 0}})).then({refusal::non_positive_quantity});
  given(delivered()).when(give_back({{1, -1}, {2, 1}})).then({refusal::non_positive_quantity});
}

TEST_CASE("all that is wrong with a return is named", "[returns]") {
  given(delivered())
    .when(give_back({{9, 0}, {1, 7}}))
    .then({refusal::unknown_line, refusal::non_positive_quantity, refusal::returns_more_than_delivered});
}

TEST_CASE("huge quantities of a return do not overflow", "[returns]") {
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  given(delivered()).when(give_back({{1, highest}, {1, highest}})).then({refusal::returns_more_than_delivered});
  given(delivered())
    .when(give_back({{1, std::numeric_limits<std::int64_t>::min()}, {1, -1}}))
    .then({refusal::non_positive_quantity});
}

TEST_CASE("the value of returns and what was paid too much are due back together", "[returns]") {
  auto h = history().validated().paid(2300).shipped().delivered().returned({{1, 1}}, 255);
  CHECK(h.state().due_back() == 92 + 255);
  CHECK(h.refunded(100).state().due_back() == 247);
}

// -- facts that do not fit ---

TEST_CASE("a fact that does not fit changes only what it names", "[evolve]") {
  CHECK(history().delivered().state().status == status::delivered);
  const auto returned = history::to(status::delivered).returned({{0, 1}, {-1, 1}, {3, 1}, {1, 1}}, 255).state();
  CHECK(returned.lines[0].returned == 1);
  CHECK(returned.lines[1].returned == 0);
  CHECK(returned.returned_value == 255);
}

TEST_CASE("sums of facts end at the largest number", "[evolve]") {
  constexpr auto highest = std::numeric_limits<minor_units>::max();
  const auto state = history().validated().paid(highest).paid(highest).refunded(highest).refunded(highest).state();
  CHECK(state.paid == highest);
  CHECK(state.refunded == highest);
  CHECK(state.due_back() == 0);
}
