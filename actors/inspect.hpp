#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "daybook/actors/messages.hpp"

// How messages travel: each struct's fields, once, for every CAF inspector. CAF 0.17 cannot inspect std::variant and
// std::optional, hence the two helpers. This is a wire format only; the disk has its own (persistence/).

namespace daybook {

namespace detail {

/// Sends a variant as its index and the alternative; an index that does not exist fails the message.
template <class Inspector, class... Ts>
typename Inspector::result_type inspect_variant(Inspector& f, std::variant<Ts...>& x) {
  auto index = static_cast<std::uint8_t>(x.index());
  if constexpr (Inspector::reads_state) {
    return std::visit([&](auto& alternative) { return f(index, alternative); }, x);
  } else {
    if (auto err = f(index))
      return err;
    if (index >= sizeof...(Ts))
      return caf::sec::invalid_argument;
    using loader = caf::error (*)(Inspector&, std::variant<Ts...>&);
    static constexpr loader loaders[] = {[](Inspector& g, std::variant<Ts...>& y) -> caf::error {
      return g(y.template emplace<Ts>());
    }...};
    return loaders[index](f, x);
  }
}

template <class Inspector, class T>
typename Inspector::result_type inspect_optional(Inspector& f, std::optional<T>& x) {
  auto present = static_cast<std::uint8_t>(x.has_value());
  if constexpr (Inspector::reads_state) {
    T none{};
    return f(present, x ? *x : none);
  } else {
    T value{};
    if (auto err = f(present, value))
      return err;
    x = present != 0 ? std::optional<T>{std::move(value)} : std::nullopt;
    return caf::none;
  }
}

/// Lets an optional or a variant stand in the field list of another struct.
template <class T>
struct field {
  T& value;
};
template <class T>
field<T> wrapped(T& value) {
  return {value};
}
template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, field<std::optional<T>>& x) {
  return inspect_optional(f, x.value);
}
template <class Inspector, class... Ts>
typename Inspector::result_type inspect(Inspector& f, field<std::variant<Ts...>>& x) {
  return inspect_variant(f, x.value);
}

} // namespace detail

/// Defines `inspect` for a struct from its fields.
#define DAYBOOK_INSPECT(type, ...)                                                                                     \
  template <class Inspector>                                                                                           \
  typename Inspector::result_type inspect(Inspector& f, type& x) {                                                     \
    return f(__VA_ARGS__);                                                                                             \
  }

/// Defines `inspect` for a struct without fields.
#define DAYBOOK_INSPECT_EMPTY(type)                                                                                    \
  template <class Inspector>                                                                                           \
  typename Inspector::result_type inspect(Inspector& f, type&) {                                                       \
    return f();                                                                                                        \
  }

// -- commands ------------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECT(requested_line, x.stock_code, x.description, x.quantity, x.unit_price)
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, submit_order& x) {
  auto ordered_at = detail::wrapped(x.ordered_at);
  return f(x.customer, x.country, x.currency, ordered_at, x.lines);
}
DAYBOOK_INSPECT(record_payment, x.amount, x.currency, x.reference)
DAYBOOK_INSPECT(ship_order, x.carrier, x.tracking)
DAYBOOK_INSPECT_EMPTY(deliver_order)
DAYBOOK_INSPECT(mark_undeliverable, x.reason)
DAYBOOK_INSPECT(cancel_order, x.reason)
DAYBOOK_INSPECT(returned_line, x.line, x.quantity)
DAYBOOK_INSPECT(return_items, x.lines, x.reason)
DAYBOOK_INSPECT(record_refund, x.amount, x.currency, x.reference)

template <class Inspector, class Action>
typename Inspector::result_type inspect(Inspector& f, command<Action>& x) {
  auto action = detail::wrapped(x.action);
  return f(x.id, x.command_id, x.correlation_id, x.causation_id, x.sent_at, action);
}

DAYBOOK_INSPECT(receipt, x.id, x.status, x.position, x.version, x.reasons, x.command_id, x.refused)
DAYBOOK_INSPECT(outcome, x.answered, x.answer, x.code, x.message)
DAYBOOK_INSPECT(server_info, x.protocol, x.version, x.journal_id)

// -- queries -------------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECT(freshness, x.wanted, x.position)
DAYBOOK_INSPECT(moment, x.position, x.time)
DAYBOOK_INSPECT(order_filter, x.status, x.customer, x.country, x.from, x.to, x.after, x.limit)
DAYBOOK_INSPECT(show_query, x.order_id, x.fresh, x.at)
DAYBOOK_INSPECT(list_query, x.filter, x.fresh)
DAYBOOK_INSPECT(summary_query, x.fresh)
DAYBOOK_INSPECT(sales_query, x.by, x.limit, x.fresh)
DAYBOOK_INSPECT(ids_query, x.prefix, x.limit)
DAYBOOK_INSPECT(view_status_query, x.fresh)
DAYBOOK_INSPECT(history_query, x.order_id)
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commits_query& x) {
  auto wait_ms = static_cast<std::int64_t>(x.wait.count());
  return f(x.from, x.max_events, wait_ms, caf::meta::load_callback([&]() -> caf::error {
             x.wait = std::chrono::milliseconds{wait_ms};
             return caf::none;
           }));
}
DAYBOOK_INSPECT_EMPTY(status_query)
DAYBOOK_INSPECT(verify_query, x.expected)
DAYBOOK_INSPECT_EMPTY(stat_query)

// -- answers -------------------------------------------------------------------------------------------------------------

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_summary& x) {
  auto total = detail::wrapped(x.total);
  return f(x.order_id, x.status, x.customer, x.country, x.currency, x.ordered_at, total, x.paid, x.due_back, x.refunded,
           x.reasons, x.version, x.position);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, line_details& x) {
  auto quantity = detail::wrapped(x.quantity);
  auto unit_price = detail::wrapped(x.unit_price);
  return f(x.line, x.stock_code, x.description, x.requested_quantity, x.requested_unit_price, quantity, unit_price,
           x.returned);
}
DAYBOOK_INSPECT(order_details, x.summary, x.lines)
DAYBOOK_INSPECT(summary_report, x.orders_requested, x.orders_validated, x.orders_rejected, x.rejected_by_reason,
                x.validated_lines, x.validated_units, x.validated_total, x.by_status, x.position)
DAYBOOK_INSPECT(sales_row, x.key, x.currency, x.orders, x.total, x.quantity)
DAYBOOK_INSPECT(parked_order, x.stream, x.position, x.error)
DAYBOOK_INSPECT(view_status, x.position, x.digest, x.orders, x.parked)
DAYBOOK_INSPECT(recorded_event, x.position, x.stream, x.version, x.type, x.recorded_at, x.command_id, x.correlation_id,
                x.causation_id, x.command_hash, x.open, x.data)
DAYBOOK_INSPECT(recorded_commit, x.events, x.digest)
DAYBOOK_INSPECT(commit_page, x.commits, x.last_position)
DAYBOOK_INSPECT(node_status, x.version, x.journal_id, x.started_at, x.journal_position, x.journal_failure,
                x.view_position, x.parked_orders, x.resident_orders, x.commands_in_flight, x.admission_limit, x.restarts,
                x.recovery)
DAYBOOK_INSPECT(verify_report, x.intact, x.segments, x.commits, x.events, x.bytes, x.journal_id, x.last_position,
                x.last_digest, x.unfinished_bytes, x.damaged_segment, x.damaged_offset, x.damaged_position, x.damage,
                x.unmet_position, x.unmet, x.doubt_from)
DAYBOOK_INSPECT(stat_report, x.journal_id, x.segments, x.bytes, x.first_position, x.last_position, x.created_at,
                x.last_recorded_at, x.index_bytes)
DAYBOOK_INSPECT(appended, x.first_position, x.last_position, x.recorded_at)

} // namespace daybook
