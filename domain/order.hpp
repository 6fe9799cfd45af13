#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/events.hpp"
#include "daybook/domain/money.hpp"
#include "daybook/domain/reasons.hpp"

namespace daybook {

/// Where an order stands in its life. The view and receipts show it by name: never rename.
enum class order_status : std::uint8_t {
  /// Before its first event.
  unknown,
  requested,
  rejected,
  validated,
  paid,
  shipped,
  undeliverable,
  delivered,
  partly_returned,
  returned,
  cancelled,
};
inline constexpr int order_status_count = 11;

std::string_view name(order_status status) noexcept;
std::optional<order_status> order_status_from(std::string_view name) noexcept;

/// A line of a validated order.
struct order_line {
  std::int64_t quantity = 0;
  minor_units unit_price = 0;
  std::int64_t returned = 0;
};

/// An order's state: the fold of its events, and nothing else.
struct order {
  order_status status = order_status::unknown;
  order_requested request;
  /// Empty until validated; then one for each requested line.
  std::vector<order_line> lines;
  std::vector<rejection> rejections;
  minor_units total = 0;
  minor_units paid = 0;
  minor_units returned_value = 0;
  minor_units refunded = 0;

  /// Whether the order passed validation, whatever came after.
  bool was_validated() const noexcept;

  /// What the customer still has to get back: all that was paid when nothing was or will be delivered, else what was paid
  /// beyond the total and the value of what came back; less what was refunded.
  minor_units due_back() const noexcept;
};

/// What a command leads to: events to record (at least one), or every refusal that holds (at least one).
using order_decision = std::variant<std::vector<order_event>, std::vector<refusal>>;

/// Judges a command against an order. Pure; never throws but for want of memory.
///
/// `submit_order` on a new order is not judged at all: it gives `order_requested`, whatever it says. The judgement is
/// `follow_up`, when the request is durable.
order_decision decide(const order& state, const order_command& command);

/// Applies a fact. Total: any event on any state gives a state; an event that does not fit changes only what it names.
void evolve(order& state, const order_event& event);
/// The same, of a fact that nobody needs any more.
void evolve(order& state, order_event&& event);

/// What the order owes after its last event without being asked: the verdict about a request. Empty in every other status.
std::vector<order_event> follow_up(const order& state);

/// The verdict about a request: validated, or rejected with all reasons that hold.
order_event validate(const order_requested& request);

/// What hosts an aggregate knows no orders: it is given these rules (see actors/aggregate.hpp).
struct order_rules {
  using state = order;
  using action = order_action;
  using event = order_event;

  /// Its streams are named "order-" and the id.
  static constexpr std::string_view category = "order";

  /// The refusal of a second creation: ids are never free again.
  static order_decision decide(const order& state, const order_command& command) { return daybook::decide(state, command); }
  static void evolve(order& state, order_event event) { daybook::evolve(state, std::move(event)); }
  static std::vector<order_event> follow_up(const order& state) { return daybook::follow_up(state); }

  /// Frees what no later `decide`, `follow_up`, `status` or `evolve` asks for: the words of a request that has its verdict.
  static void trim(order& state) noexcept;

  /// The state in a word, for receipts.
  static std::string_view status(const order& state) noexcept { return name(state.status); }

  /// What a receipt names as reasons when this event was the outcome.
  static std::vector<std::string> reasons(const order_event& event);
};

/// The id in "order-<id>"; nothing for streams of other categories.
std::optional<std::string_view> order_id_of(std::string_view stream) noexcept;
/// The same for people's eyes: of other categories, and of what damage left, the whole name.
std::string_view order_id_or_stream(std::string_view stream) noexcept;

} // namespace daybook
