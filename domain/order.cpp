#include "daybook/domain/order.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace daybook {
namespace {

constexpr auto highest = std::numeric_limits<std::int64_t>::max();
constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

/// Facts are never refused, so a sum that no real order reaches must still be a number.
std::int64_t saturated(int128 number) noexcept {
  return static_cast<std::int64_t>(std::clamp<int128>(number, lowest, highest));
}

void add(std::int64_t& sum, std::int64_t more) noexcept {
  sum = saturated(static_cast<int128>(sum) + more);
}

/// What each event does to an order. Nothing is judged here: `decide` did that before the event was recorded.
struct applier {
  order& state;

  void operator()(order_requested event) const {
    state.request = std::move(event);
    state.status = order_status::requested;
  }

  void operator()(const order_validated& event) const {
    state.total = event.total;
    state.lines.clear();
    state.lines.reserve(event.lines.size());
    for (const auto& line : event.lines)
      state.lines.push_back({line.quantity, line.unit_price, 0});
    state.status = order_status::validated;
  }

  void operator()(order_rejected event) const {
    state.rejections = std::move(event.reasons);
    state.status = order_status::rejected;
  }

  void operator()(const payment_recorded& event) const {
    add(state.paid, event.amount);
    if (state.status == order_status::validated && state.paid >= state.total)
      state.status = order_status::paid;
  }

  void operator()(const order_shipped&) const { state.status = order_status::shipped; }
  void operator()(const order_delivered&) const { state.status = order_status::delivered; }
  void operator()(const order_undeliverable&) const { state.status = order_status::undeliverable; }
  void operator()(const order_cancelled&) const { state.status = order_status::cancelled; }

  void operator()(const items_returned& event) const {
    for (const auto& [line, quantity] : event.lines) {
      if (line >= 1 && static_cast<std::uint64_t>(line) <= state.lines.size())
        add(state.lines[static_cast<std::size_t>(line - 1)].returned, quantity);
    }
    add(state.returned_value, event.value);
    const bool all = std::all_of(state.lines.begin(), state.lines.end(),
                                 [](const order_line& line) { return line.returned >= line.quantity; });
    state.status = all ? order_status::returned : order_status::partly_returned;
  }

  void operator()(const refund_recorded& event) const { add(state.refunded, event.amount); }
};

} // namespace

std::string_view name(order_status status) noexcept {
  switch (status) {
    case order_status::unknown: return "unknown";
    case order_status::requested: return "requested";
    case order_status::rejected: return "rejected";
    case order_status::validated: return "validated";
    case order_status::paid: return "paid";
    case order_status::shipped: return "shipped";
    case order_status::undeliverable: return "undeliverable";
    case order_status::delivered: return "delivered";
    case order_status::partly_returned: return "partly_returned";
    case order_status::returned: return "returned";
    case order_status::cancelled: return "cancelled";
  }
  return "unknown";
}

std::optional<order_status> order_status_from(std::string_view text) noexcept {
  for (int i = 0; i < order_status_count; ++i) {
    if (const auto status = static_cast<order_status>(i); name(status) == text)
      return status;
  }
  return std::nullopt;
}

bool order::was_validated() const noexcept {
  switch (status) {
    case order_status::unknown:
    case order_status::requested:
    case order_status::rejected: return false;
    case order_status::validated:
    case order_status::paid:
    case order_status::shipped:
    case order_status::undeliverable:
    case order_status::delivered:
    case order_status::partly_returned:
    case order_status::returned:
    case order_status::cancelled: return true;
  }
  return false;
}

minor_units order::due_back() const noexcept {
  const bool nothing_delivered = status == order_status::cancelled || status == order_status::undeliverable;
  const int128 owed = nothing_delivered
                        ? static_cast<int128>(paid)
                        : std::max<int128>(0, static_cast<int128>(paid) - total) + returned_value;
  return saturated(std::max<int128>(0, owed - refunded));
}

void evolve(order& state, const order_event& event) {
  std::visit(applier{state}, event);
}

void evolve(order& state, order_event&& event) {
  std::visit(applier{state}, std::move(event));
}

std::vector<order_event> follow_up(const order& state) {
  std::vector<order_event> events;
  if (state.status == order_status::requested)
    events.push_back(validate(state.request));
  return events;
}

void order_rules::trim(order& state) noexcept {
  if (state.status == order_status::unknown || state.status == order_status::requested)
    return;
  // Payments and refunds are judged in the order's currency.
  order_requested rest;
  rest.currency.swap(state.request.currency);
  state.request = std::move(rest);
}

std::vector<std::string> order_rules::reasons(const order_event& event) {
  std::vector<std::string> names;
  if (const auto* rejected = std::get_if<order_rejected>(&event)) {
    for (const auto reason : rejected->reasons)
      names.emplace_back(name(reason));
  }
  return names;
}

std::optional<std::string_view> order_id_of(std::string_view stream) noexcept {
  constexpr auto category = order_rules::category;
  const auto prefix = category.size() + 1;
  if (stream.size() <= prefix || stream.substr(0, category.size()) != category || stream[category.size()] != '-')
    return std::nullopt;
  return stream.substr(prefix);
}

std::string_view order_id_or_stream(std::string_view stream) noexcept {
  return order_id_of(stream).value_or(stream);
}

} // namespace daybook
