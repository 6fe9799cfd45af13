#include "story.hpp"

#include <algorithm>
#include <utility>

#include "daybook/persistence/uuid.hpp"

namespace daybook::torture {

namespace {

constexpr auto command_space = "6f1d3a52-7c1e-5a37-9d5e-0c8a2b7f4e11";

/// 2026-11-23T10:15:00Z.
constexpr time_us story_time = 1'795'428'900'000'000;

/// Adds one step after the other.
class writer {
public:
  explicit writer(story& into) : into_(into) {
    // nop
  }

  expectation& now() noexcept { return now_; }

  /// What `now()` says holds after this step; it records one event of each type.
  void record(order_action action, std::vector<std::string> events) {
    now_.version += static_cast<std::uint32_t>(events.size());
    now_.events = std::move(events);
    now_.refused = false;
    add(std::move(action), now_);
  }

  void refuse(order_action action, std::string reason) {
    auto after = now_;
    after.refused = true;
    after.events.clear();
    after.reasons = {std::move(reason)};
    add(std::move(action), after);
  }

private:
  void add(order_action action, const expectation& after) {
    order_command wish;
    wish.id = into_.id;
    wish.command_id = make_uuid_v5(command_space, into_.id + "/" + std::to_string(into_.steps.size()));
    wish.sent_at = story_time + static_cast<time_us>(into_.steps.size());
    wish.action = std::move(action);
    into_.steps.push_back({std::move(wish), after});
  }

  story& into_;
  expectation now_;
};

std::string decimal_text(minor_units amount, const std::string& currency) {
  if (currency == "JPY")
    return std::to_string(amount);
  const auto pence = std::to_string(amount % 100);
  return std::to_string(amount / 100) + (pence.size() == 1 ? ".0" : ".") + pence;
}

/// The submission of an order that is all right; the price of a piece by line.
std::vector<minor_units> submit_good(writer& to, story& into, std::mt19937_64& random) {
  submit_order request{into.customer, pick(random, 0, 3) == 0 ? "" : "Norway", into.currency, "2026-11-23T10:15:00", {}};
  std::vector<minor_units> prices;
  minor_units total = 0;
  into.lines = pick(random, 1, 4);
  for (std::size_t i = 0; i < into.lines; ++i) {
    const auto quantity = static_cast<std::int64_t>(pick(random, 2, 40));
    const auto price = static_cast<minor_units>(pick(random, 1, 5000));
    // Texts of very different lengths, so that records end anywhere in a block.
    request.lines.push_back({"S" + std::to_string(i), std::string(pick(random, 0, 3) == 0 ? pick(random, 0, 900) : 20, 'd'),
                             std::to_string(quantity), decimal_text(price, into.currency)});
    prices.push_back(price);
    total += quantity * price;
    into.units += quantity;
  }
  auto& now = to.now();
  now.status = "validated";
  now.total = total;
  now.returned.assign(into.lines, 0);
  to.record(std::move(request), {"OrderRequested", "OrderValidated"});
  return prices;
}

void submit_bad(writer& to, story& into, std::mt19937_64& random) {
  auto& now = to.now();
  now.status = "rejected";
  submit_order request{into.customer, "", into.currency, "2026-11-23T10:15:00", {{"S0", "", "3", "1"}}};
  if (pick(random, 0, 1) == 0) {
    request.customer = into.customer = "";
    request.lines.clear();
    now.reasons = {"missing_customer", "no_lines"};
  } else {
    request.lines[0].quantity = "-1";
    request.lines[0].unit_price = "1e2";
    request.currency = into.currency = "XXX";
    now.reasons = {"non_positive_quantity", "malformed_price", "unknown_currency"};
  }
  to.record(std::move(request), {"OrderRequested", "OrderRejected"});
}

void pay_all(writer& to, const story& into, std::mt19937_64& random) {
  auto& now = to.now();
  auto left = *now.total;
  if (left > 1 && pick(random, 0, 2) == 0) {
    now.paid = left / 2;
    left -= now.paid;
    to.record(record_payment{decimal_text(now.paid, into.currency), "", "half"}, {"PaymentRecorded"});
  }
  now.status = "paid";
  now.paid = *now.total;
  to.record(record_payment{decimal_text(left, into.currency), into.currency, "rest"}, {"PaymentRecorded"});
}

void refund_all(writer& to, const story& into) {
  auto& now = to.now();
  const auto amount = std::exchange(now.due_back, 0);
  now.refunded += amount;
  to.record(record_refund{decimal_text(amount, into.currency), "", "back"}, {"RefundRecorded"});
}

/// Refused in every state: no number is written like that.
void refuse_payment(writer& to) {
  to.refuse(record_payment{"much", "", ""}, "malformed_amount");
}

void come_back(writer& to, const story& into, const std::vector<minor_units>& prices) {
  auto& now = to.now();
  now.status = "partly_returned";
  now.returned[0] = 1;
  now.due_back = prices[0];
  to.record(return_items{{{1, 1}}, "broken"}, {"ItemsReturned"});
  refund_all(to, into);
}

} // namespace

std::uint64_t pick(std::mt19937_64& random, std::uint64_t low, std::uint64_t high) {
  return low + random() % (high - low + 1);
}

story_teller::story_teller(std::uint64_t seed) : seed_(seed), random_(seed) {
  // nop
}

story story_teller::next() {
  story made;
  made.id = std::to_string(seed_) + "-" + std::to_string(++count_);
  made.customer = "C" + std::to_string(pick(random_, 1, 9));
  made.currency = pick(random_, 0, 4) == 0 ? "JPY" : "GBP";
  writer to{made};
  const auto kind = pick(random_, 0, 9);
  if (kind == 0) {
    submit_bad(to, made, random_);
    return made;
  }
  const auto prices = submit_good(to, made, random_);
  auto& now = to.now();
  if (kind == 1)
    to.refuse(submit_order{made.customer, "", made.currency, "2026-11-23T10:15:00", {}}, "order_exists");
  if (kind <= 2)
    return made;
  if (kind == 3) {
    now.status = "cancelled";
    to.record(cancel_order{"changed their mind"}, {"OrderCancelled"});
    return made;
  }
  if (kind == 4)
    refuse_payment(to);
  pay_all(to, made, random_);
  if (kind == 5) {
    now.status = "cancelled";
    now.due_back = now.paid;
    to.record(cancel_order{"too late"}, {"OrderCancelled"});
    refund_all(to, made);
    return made;
  }
  now.status = "shipped";
  to.record(ship_order{"DHL", made.id}, {"OrderShipped"});
  if (kind == 6) {
    now.status = "undeliverable";
    now.due_back = now.paid;
    to.record(mark_undeliverable{"moved"}, {"OrderUndeliverable"});
    refund_all(to, made);
    return made;
  }
  now.status = "delivered";
  to.record(deliver_order{}, {"OrderDelivered"});
  if (kind >= 8)
    come_back(to, made, prices);
  refuse_payment(to);
  return made;
}

} // namespace daybook::torture
