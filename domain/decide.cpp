#include <algorithm>
#include <limits>
#include <map>

#include "daybook/domain/order.hpp"

namespace daybook {
namespace {

constexpr auto highest = std::numeric_limits<std::int64_t>::max();

order_decision refuse(refusal reason) {
  return std::vector<refusal>{reason};
}

order_decision record(order_event event) {
  std::vector<order_event> events;
  events.push_back(std::move(event));
  return events;
}

/// An amount as it was written, read in the order's currency.
struct judged_amount {
  std::vector<refusal> refusals;
  /// Nothing where the order's currency is unknown: then the text has no minor units.
  std::optional<minor_units> amount;
};

judged_amount judge_amount(const order& state, std::string_view text, std::string_view currency) {
  const auto number = decimal::parse(text);
  if (!number)
    return {{refusal::malformed_amount}, {}};
  if (!currency.empty() && currency != state.request.currency)
    return {{refusal::wrong_currency}, {}};
  judged_amount judged;
  if (number->billionths <= 0)
    judged.refusals.push_back(refusal::non_positive_amount);
  if (const auto decimals = currency_decimals(state.request.currency)) {
    if (number->fits(*decimals))
      judged.amount = number->minor(*decimals);
    else
      judged.refusals.push_back(refusal::sub_penny_amount);
  }
  return judged;
}

/// The sum per line that a return names; quantities may be anything, so 64 bits do not hold it.
using returns_by_line = std::map<std::int64_t, int128>;

std::vector<refusal> judge_returns(const order& state, const return_items& action, returns_by_line& sums) {
  bool unknown_line = false;
  bool non_positive = action.lines.empty();
  for (const auto& [line, quantity] : action.lines) {
    non_positive |= quantity <= 0;
    if (line < 1 || static_cast<std::uint64_t>(line) > state.lines.size())
      unknown_line = true;
    else
      sums[line] += quantity;
  }
  const bool too_many = std::any_of(sums.begin(), sums.end(), [&state](const auto& sum) {
    const auto& line = state.lines[static_cast<std::size_t>(sum.first - 1)];
    return std::max<std::int64_t>(0, line.returned) + sum.second > line.quantity;
  });
  std::vector<refusal> refusals;
  if (unknown_line)
    refusals.push_back(refusal::unknown_line);
  if (non_positive)
    refusals.push_back(refusal::non_positive_quantity);
  if (too_many)
    refusals.push_back(refusal::returns_more_than_delivered);
  return refusals;
}

/// The rules for each command against an order that exists (`submit_order`: any order).
struct decider {
  const order& state;
  time_us sent_at;

  bool is(order_status status) const noexcept { return state.status == status; }

  order_decision operator()(const submit_order& action) const {
    if (!is(order_status::unknown))
      return refuse(refusal::order_exists);
    return record(order_requested{action.customer, action.country, action.currency,
                                  action.ordered_at ? *action.ordered_at : format_local_time(sent_at), action.lines});
  }

  order_decision operator()(const record_payment& action) const {
    if (!state.was_validated())
      return refuse(refusal::not_allowed);
    auto judged = judge_amount(state, action.amount, action.currency);
    if (!judged.refusals.empty())
      return std::move(judged.refusals);
    if (!judged.amount || *judged.amount > highest - std::max<minor_units>(0, state.paid))
      return refuse(refusal::malformed_amount);
    return record(payment_recorded{*judged.amount, state.request.currency, action.reference});
  }

  order_decision operator()(const ship_order& action) const {
    if (!is(order_status::paid))
      return refuse(refusal::not_allowed);
    return record(order_shipped{action.carrier, action.tracking});
  }

  order_decision operator()(const deliver_order&) const {
    if (!is(order_status::shipped))
      return refuse(refusal::not_allowed);
    return record(order_delivered{});
  }

  order_decision operator()(const mark_undeliverable& action) const {
    if (!is(order_status::shipped))
      return refuse(refusal::not_allowed);
    return record(order_undeliverable{action.reason});
  }

  order_decision operator()(const cancel_order& action) const {
    if (!is(order_status::validated) && !is(order_status::paid))
      return refuse(refusal::not_allowed);
    return record(order_cancelled{action.reason});
  }

  order_decision operator()(const return_items& action) const {
    if (!is(order_status::delivered) && !is(order_status::partly_returned))
      return refuse(refusal::not_allowed);
    returns_by_line sums;
    if (auto refusals = judge_returns(state, action, sums); !refusals.empty())
      return refusals;
    items_returned event;
    event.reason = action.reason;
    int128 value = 0;
    for (const auto& [line, quantity] : sums) {
      // No more than the line's quantity now, so it fits.
      event.lines.push_back({line, static_cast<std::int64_t>(quantity)});
      const auto price = state.lines[static_cast<std::size_t>(line - 1)].unit_price;
      value = std::clamp<int128>(value + quantity * price, 0, highest);
    }
    event.value = static_cast<minor_units>(value);
    return record(std::move(event));
  }

  /// Has no states of its own: it is allowed as far as something is due back.
  order_decision operator()(const record_refund& action) const {
    auto judged = judge_amount(state, action.amount, action.currency);
    if (!judged.refusals.empty())
      return std::move(judged.refusals);
    if (!judged.amount || *judged.amount > state.due_back())
      return refuse(refusal::refunds_more_than_due);
    if (*judged.amount > highest - std::max<minor_units>(0, state.refunded))
      return refuse(refusal::malformed_amount);
    return record(refund_recorded{*judged.amount, state.request.currency, action.reference});
  }
};

} // namespace

order_decision decide(const order& state, const order_command& command) {
  if (state.status == order_status::unknown && !std::holds_alternative<submit_order>(command.action))
    return refuse(refusal::not_found);
  return std::visit(decider{state, command.sent_at}, command.action);
}

} // namespace daybook
