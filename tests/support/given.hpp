#pragma once

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "daybook/domain/order.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::testing {

/// 2026-11-23T10:15:00Z.
inline constexpr time_us some_time = 1'795'428'900'000'000;

inline order_command wish(order_action action, std::string id = "536365") {
  return {std::move(id), "0193580b-2c40-7000-8000-000000000001", "", "", some_time, std::move(action)};
}

inline record_payment pay(std::string amount, std::string currency = "", std::string reference = "") {
  return {std::move(amount), std::move(currency), std::move(reference)};
}

inline record_refund refund(std::string amount, std::string currency = "", std::string reference = "") {
  return {std::move(amount), std::move(currency), std::move(reference)};
}

inline return_items give_back(std::vector<returned_line> lines, std::string reason = "") {
  return {std::move(lines), std::move(reason)};
}

/// Two lines, 6 x 2.55 and 2 x 3.39: GBP 22.08.
inline submit_order some_submission() {
  return {"17850", "United Kingdom", "GBP", "2010-12-01T08:26:00",
          {{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "6", "2.55"},
           {"71053", "WHITE METAL LANTERN", "2", "3.39"}}};
}

inline order_requested some_request() {
  const auto wanted = some_submission();
  return {wanted.customer, wanted.country, wanted.currency, *wanted.ordered_at, wanted.lines};
}

inline order_validated some_validation() {
  return {2208, {{6, 255}, {2, 339}}};
}

/// Builds an order's events, e.g. `history().validated().paid(2208).shipped()`.
class history {
public:
  history() = default;

  history& with(order_event event) {
    events_.push_back(std::move(event));
    return *this;
  }

  history& requested() { return with(some_request()); }
  history& rejected() { return requested().with(order_rejected{{rejection::missing_customer}}); }
  history& validated() { return requested().with(some_validation()); }
  history& paid(minor_units amount = 2208) { return with(payment_recorded{amount, "GBP", ""}); }
  history& shipped() { return with(order_shipped{"DHL", "1"}); }
  history& delivered() { return with(order_delivered{}); }
  history& undeliverable() { return with(order_undeliverable{"moved"}); }
  history& cancelled() { return with(order_cancelled{"changed mind"}); }
  history& returned(std::vector<returned_line> lines, minor_units value) {
    return with(items_returned{std::move(lines), value, "broken"});
  }
  history& refunded(minor_units amount) { return with(refund_recorded{amount, "GBP", ""}); }

  const std::vector<order_event>& events() const noexcept { return events_; }

  order state() const {
    order folded;
    for (const auto& event : events_)
      evolve(folded, event);
    return folded;
  }

  /// The usual way to a status, without money that is due back unless the status itself makes it so.
  static history to(order_status status) {
    history h;
    switch (status) {
      case order_status::unknown: return h;
      case order_status::requested: return h.requested();
      case order_status::rejected: return h.rejected();
      case order_status::validated: return h.validated();
      case order_status::paid: return h.validated().paid();
      case order_status::shipped: return h.validated().paid().shipped();
      case order_status::undeliverable: return h.validated().paid().shipped().undeliverable();
      case order_status::delivered: return h.validated().paid().shipped().delivered();
      case order_status::partly_returned: return h.validated().paid().shipped().delivered().returned({{1, 1}}, 255);
      case order_status::returned:
        return h.validated().paid().shipped().delivered().returned({{1, 6}, {2, 2}}, 2208);
      case order_status::cancelled: return h.validated().paid().cancelled();
    }
    return h;
  }

private:
  std::vector<order_event> events_;
};

/// An event as the journal would show it: equal facts, equal texts.
inline std::string text_of(const order_event& event) {
  return std::string(type_name(event)) + ' ' + order_codec::encode(event);
}

inline std::vector<std::string> text_of(const order_decision& decision) {
  std::vector<std::string> texts;
  if (const auto* events = std::get_if<std::vector<order_event>>(&decision)) {
    for (const auto& event : *events)
      texts.push_back(text_of(event));
  } else {
    for (const auto reason : std::get<std::vector<refusal>>(decision))
      texts.push_back("refused " + std::string(name(reason)));
  }
  return texts;
}

/// What came of a command; says so with a failed check when it is not what was expected.
class outcome {
public:
  explicit outcome(order_decision decision) : decision_(std::move(decision)) {}

  void then(std::vector<order_event> expected) const { CHECK(text_of(decision_) == text_of(order_decision(expected))); }
  void then(std::vector<refusal> expected) const { CHECK(text_of(decision_) == text_of(order_decision(expected))); }

private:
  order_decision decision_;
};

class premise {
public:
  explicit premise(order state) : state_(std::move(state)) {}

  outcome when(order_action action) const { return outcome(decide(state_, wish(std::move(action)))); }

private:
  order state_;
};

/// given(history).when(command).then({events}) or .then({refusals}).
inline premise given(const history& past) {
  return premise(past.state());
}

inline premise given(std::vector<order_event> events) {
  history past;
  for (auto& event : events)
    past.with(std::move(event));
  return premise(past.state());
}

} // namespace daybook::testing
