#include "daybook/actors/inspect.hpp"

#include <chrono>
#include <cstdint>

#include <caf/meta/load_callback.hpp>

#include "daybook/actors/protocol.hpp"

namespace daybook {

// The fields of each struct, once; their order is the wire format.

#define DAYBOOK_INSPECT_BY(type, ...)                                                                                          \
  caf::error inspect(caf::serializer& f, type& x) {                                                                            \
    return __VA_ARGS__;                                                                                                        \
  }                                                                                                                            \
  caf::error inspect(caf::deserializer& f, type& x) {                                                                          \
    return __VA_ARGS__;                                                                                                        \
  }                                                                                                                            \
  void inspect(caf::detail::stringification_inspector& f, type& x) {                                                           \
    return __VA_ARGS__;                                                                                                        \
  }

#define DAYBOOK_INSPECT(type, ...) DAYBOOK_INSPECT_BY(type, f(__VA_ARGS__))
#define DAYBOOK_INSPECT_EMPTY(type) DAYBOOK_INSPECT_BY(type, (static_cast<void>(x), f()))

// -- commands ------------------------------------------------------------------------------------------------------------

DAYBOOK_INSPECT(requested_line, x.stock_code, x.description, x.quantity, x.unit_price)
template <class Inspector>
typename Inspector::result_type inspect_fields(Inspector& f, submit_order& x) {
  auto ordered_at = detail::wrapped(x.ordered_at);
  return f(x.customer, x.country, x.currency, ordered_at, x.lines);
}
DAYBOOK_INSPECT_BY(submit_order, inspect_fields(f, x))
DAYBOOK_INSPECT(record_payment, x.amount, x.currency, x.reference)
DAYBOOK_INSPECT(ship_order, x.carrier, x.tracking)
DAYBOOK_INSPECT_EMPTY(deliver_order)
DAYBOOK_INSPECT(mark_undeliverable, x.reason)
DAYBOOK_INSPECT(cancel_order, x.reason)
DAYBOOK_INSPECT(returned_line, x.line, x.quantity)
DAYBOOK_INSPECT(return_items, x.lines, x.reason)
DAYBOOK_INSPECT(record_refund, x.amount, x.currency, x.reference)

DAYBOOK_INSPECT_BY(order_command, inspect<>(f, x))
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
typename Inspector::result_type inspect_fields(Inspector& f, commits_query& x) {
  auto wait_ms = static_cast<std::int64_t>(x.wait.count());
  return f(x.from, x.max_events, wait_ms, caf::meta::load_callback([&]() -> caf::error {
             x.wait = std::chrono::milliseconds{wait_ms};
             return caf::none;
           }));
}
DAYBOOK_INSPECT_BY(commits_query, inspect_fields(f, x))
DAYBOOK_INSPECT_EMPTY(status_query)
DAYBOOK_INSPECT(verify_query, x.expected)
DAYBOOK_INSPECT_EMPTY(stat_query)

// -- answers -------------------------------------------------------------------------------------------------------------

template <class Inspector>
typename Inspector::result_type inspect_fields(Inspector& f, order_summary& x) {
  auto total = detail::wrapped(x.total);
  return f(x.order_id, x.status, x.customer, x.country, x.currency, x.ordered_at, total, x.paid, x.due_back, x.refunded,
           x.reasons, x.version, x.position);
}
DAYBOOK_INSPECT_BY(order_summary, inspect_fields(f, x))
template <class Inspector>
typename Inspector::result_type inspect_fields(Inspector& f, line_details& x) {
  auto quantity = detail::wrapped(x.quantity);
  auto unit_price = detail::wrapped(x.unit_price);
  return f(x.line, x.stock_code, x.description, x.requested_quantity, x.requested_unit_price, quantity, unit_price, x.returned);
}
DAYBOOK_INSPECT_BY(line_details, inspect_fields(f, x))
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
DAYBOOK_INSPECT(node_status, x.version, x.journal_id, x.started_at, x.journal_position, x.journal_failure, x.view_position,
                x.projection, x.parked_orders, x.resident_orders, x.commands_in_flight, x.admission_limit, x.restarts,
                x.recovery)
DAYBOOK_INSPECT(verify_report, x.intact, x.segments, x.commits, x.events, x.bytes, x.journal_id, x.last_position, x.last_digest,
                x.unfinished_bytes, x.damaged_segment, x.damaged_offset, x.damaged_position, x.damage, x.unmet_position,
                x.unmet, x.doubt_from)
DAYBOOK_INSPECT(stat_report, x.journal_id, x.segments, x.bytes, x.first_position, x.last_position, x.created_at,
                x.last_recorded_at, x.index_bytes)
DAYBOOK_INSPECT(appended, x.first_position, x.last_position, x.recorded_at)

} // namespace daybook
