#include "daybook/domain/views.hpp"

#include <algorithm>

namespace daybook {
namespace {

line_details line_of(const order& state, std::size_t at) {
  line_details line;
  line.line = static_cast<std::int64_t>(at) + 1;
  if (at < state.request.lines.size()) {
    const auto& requested = state.request.lines[at];
    line.stock_code = requested.stock_code;
    line.description = requested.description;
    line.requested_quantity = requested.quantity;
    line.requested_unit_price = requested.unit_price;
  }
  if (at < state.lines.size()) {
    line.quantity = state.lines[at].quantity;
    line.unit_price = state.lines[at].unit_price;
    line.returned = state.lines[at].returned;
  }
  return line;
}

} // namespace

order_details details_of(const order& state, const std::string& order_id, std::uint32_t version,
                         std::uint64_t position) {
  order_details details;
  auto& summary = details.summary;
  summary.order_id = order_id;
  summary.status = name(state.status);
  summary.customer = state.request.customer;
  summary.country = state.request.country;
  summary.currency = state.request.currency;
  summary.ordered_at = state.request.ordered_at;
  if (state.was_validated())
    summary.total = state.total;
  summary.paid = state.paid;
  summary.due_back = state.due_back();
  summary.refunded = state.refunded;
  for (const auto reason : state.rejections)
    summary.reasons.emplace_back(name(reason));
  summary.version = version;
  summary.position = position;
  const auto count = std::max(state.request.lines.size(), state.lines.size());
  details.lines.reserve(count);
  for (std::size_t at = 0; at < count; ++at)
    details.lines.push_back(line_of(state, at));
  return details;
}

} // namespace daybook
