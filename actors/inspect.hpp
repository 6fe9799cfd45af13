#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <caf/deserializer.hpp>
#include <caf/detail/stringification_inspector.hpp>
#include <caf/serializer.hpp>

#include "daybook/actors/messages.hpp"

// How messages travel: for each struct the three inspectors that CAF 0.17 sends and prints with. Functions, not templates:
// every file that sends a message would compile what is in them. Commands of other aggregates are inspected by the template.
// CAF 0.17 cannot inspect std::variant and std::optional, hence the helpers. This is a wire format only; the disk has its
// own (persistence/).

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
    static constexpr loader loaders[] = {
      [](Inspector& g, std::variant<Ts...>& y) -> caf::error { return g(y.template emplace<Ts>()); }...};
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

template <class Inspector, class Action>
typename Inspector::result_type inspect(Inspector& f, command<Action>& x) {
  auto action = detail::wrapped(x.action);
  return f(x.id, x.command_id, x.correlation_id, x.causation_id, x.sent_at, action);
}

/// Declares `inspect` for a struct.
#define DAYBOOK_INSPECTABLE(type)                                                                                              \
  caf::error inspect(caf::serializer& f, type& x);                                                                             \
  caf::error inspect(caf::deserializer& f, type& x);                                                                           \
  void inspect(caf::detail::stringification_inspector& f, type& x);

// -- commands ---------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECTABLE(requested_line)
DAYBOOK_INSPECTABLE(submit_order)
DAYBOOK_INSPECTABLE(record_payment)
DAYBOOK_INSPECTABLE(ship_order)
DAYBOOK_INSPECTABLE(deliver_order)
DAYBOOK_INSPECTABLE(mark_undeliverable)
DAYBOOK_INSPECTABLE(cancel_order)
DAYBOOK_INSPECTABLE(returned_line)
DAYBOOK_INSPECTABLE(return_items)
DAYBOOK_INSPECTABLE(record_refund)
DAYBOOK_INSPECTABLE(order_command)
DAYBOOK_INSPECTABLE(receipt)
DAYBOOK_INSPECTABLE(outcome)
DAYBOOK_INSPECTABLE(server_info)

// -- queries ----------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECTABLE(freshness)
DAYBOOK_INSPECTABLE(moment)
DAYBOOK_INSPECTABLE(order_filter)
DAYBOOK_INSPECTABLE(show_query)
DAYBOOK_INSPECTABLE(list_query)
DAYBOOK_INSPECTABLE(summary_query)
DAYBOOK_INSPECTABLE(sales_query)
DAYBOOK_INSPECTABLE(ids_query)
DAYBOOK_INSPECTABLE(view_status_query)
DAYBOOK_INSPECTABLE(history_query)
DAYBOOK_INSPECTABLE(commits_query)
DAYBOOK_INSPECTABLE(status_query)
DAYBOOK_INSPECTABLE(verify_query)
DAYBOOK_INSPECTABLE(stat_query)

// -- answers ----------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECTABLE(order_summary)
DAYBOOK_INSPECTABLE(line_details)
DAYBOOK_INSPECTABLE(order_details)
DAYBOOK_INSPECTABLE(summary_report)
DAYBOOK_INSPECTABLE(sales_row)
DAYBOOK_INSPECTABLE(parked_order)
DAYBOOK_INSPECTABLE(view_status)
DAYBOOK_INSPECTABLE(recorded_event)
DAYBOOK_INSPECTABLE(recorded_commit)
DAYBOOK_INSPECTABLE(commit_page)
DAYBOOK_INSPECTABLE(node_status)
DAYBOOK_INSPECTABLE(verify_report)
DAYBOOK_INSPECTABLE(stat_report)
DAYBOOK_INSPECTABLE(appended)

#undef DAYBOOK_INSPECTABLE

} // namespace daybook
