#include "daybook/persistence/order_projection.hpp"

#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/order_codec.hpp"

namespace daybook {
namespace {

/// Notes which rows an event makes stale.
struct stale_rows {
  projected_order& into;

  using lines_change = projected_order::lines_change;

  void operator()(const order_requested&) const {
    into.lines = lines_change::all;
    into.is_request_changed = true;
  }

  void operator()(const order_validated& event) const {
    if (into.lines != lines_change::all)
      into.lines = event.lines.size() == into.state.request.lines.size() ? lines_change::amounts : lines_change::all;
  }

  void operator()(const items_returned& event) const {
    if (into.lines == lines_change::all || into.lines == lines_change::amounts)
      return;
    into.lines = lines_change::returned_only;
    for (const auto& each : event.lines)
      into.returned_lines.insert(each.line);
  }

  template <class Event>
  void operator()(const Event&) const {
    // nop
  }
};

} // namespace

projected_order& order_projection::order_of(std::string_view id) {
  if (const auto known = by_id_.find(id); known != by_id_.end())
    return *known->second;
  std::string text{id};
  auto stored = load_(text);
  auto& entry = orders_.emplace_back(stored ? std::move(*stored) : projected_order{});
  entry.is_new = !stored.has_value();
  entry.id = std::move(text);
  by_id_.emplace(entry.id, &entry);
  return entry;
}

order_projection::parking* order_projection::parking_of(const std::string& stream) {
  if (const auto known = parked_by_stream_.find(stream); known != parked_by_stream_.end())
    return known->second;
  if (!is_parked_(stream))
    return nullptr;
  auto& entry = parkings_.emplace_back();
  entry.cause.stream = stream;
  parked_by_stream_.emplace(entry.cause.stream, &entry);
  return &entry;
}

order_projection::parking& order_projection::park(const recorded_event& event, std::string why) {
  auto& entry = parkings_.emplace_back();
  entry.cause = {event.stream, event.position, std::move(why)};
  entry.is_new = true;
  parked_by_stream_.emplace(entry.cause.stream, &entry);
  return entry;
}

void order_projection::apply(const recorded_commit& commit) {
  const auto& stream = commit.events.front().stream;
  const auto id = order_id_of(stream);
  if (!id)
    return;
  auto* parked = parking_of(stream);
  auto* target = parked == nullptr ? &order_of(*id) : nullptr;
  for (const auto& event : commit.events) {
    if (parked != nullptr) {
      ++parked->waiting;
      continue;
    }
    if (event.version != target->version + 1) {
      parked = &park(event, fmt::format("version {} follows version {}", event.version, target->version));
      continue;
    }
    auto fact = order_codec::decode(event.type, event.data);
    if (!fact) {
      parked = &park(event, fmt::format("{}: {}", event.type, fact.error().message));
      continue;
    }
    if (target->version == 0)
      target->requested_position = event.position;
    std::visit(stale_rows{*target}, *fact);
    evolve(target->state, std::move(*fact));
    target->version = event.version;
    target->position = event.position;
    target->is_changed = true;
  }
}

} // namespace daybook
