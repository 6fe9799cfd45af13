#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daybook/domain/order.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook {

/// An order on its way from the journal to the view.
struct projected_order {
  std::string id;
  /// Position of its first event, its key in the view.
  position_t requested_position = 0;
  order state;
  /// Of its last event that was applied.
  version_t version = 0;
  position_t position = 0;

  /// What the view has to write; `amounts`: what a validation says about lines that are there.
  enum class lines_change : std::uint8_t { none, returned_only, amounts, all };
  bool is_new = true;
  bool is_changed = false;
  /// Whether what the request says has changed; it does only while the order is new.
  bool is_request_changed = false;
  /// Of an order that is not new: the status in the view.
  order_status stored_status{};
  lines_change lines = lines_change::none;
  /// Lines with returned pieces, from 1, for `returned_only`.
  std::set<std::int64_t> returned_lines;
};

/// Folds commits into orders, in memory: however many events an order has in a batch, its rows are written once. Knows
/// no database: it asks for the orders it needs.
class order_projection {
public:
  /// An order as the view has it, or nothing. May throw; the batch is then void.
  using loader = std::function<std::optional<projected_order>(const std::string& order_id)>;
  /// Whether the view has this stream parked.
  using parked_lookup = std::function<bool(const std::string& stream)>;

  order_projection(loader load, parked_lookup is_parked) : load_(std::move(load)), is_parked_(std::move(is_parked)) {}

  /// Applies a commit's events. Streams of other categories are passed over. An event that cannot be applied parks its
  /// stream: it and the events behind it change no order.
  void apply(const recorded_commit& commit);

  /// Changed or unchanged orders, in the order in which they were first met.
  const std::deque<projected_order>& orders() const noexcept { return orders_; }

  /// The same, to keep what was stored. The batch is over then.
  std::deque<projected_order> take_orders() && { return std::move(orders_); }

  struct parking {
    parked_order cause;
    /// Whether this batch parked it; else only `waiting` and the stream mean something.
    bool is_new = false;
    /// Events of this batch behind the one that was in the way.
    std::uint64_t waiting = 0;
  };
  /// Ascending by first meeting.
  const std::deque<parking>& parkings() const noexcept { return parkings_; }

private:
  projected_order& order_of(std::string_view id);
  parking* parking_of(const std::string& stream);
  parking& park(const recorded_event& event, std::string why);

  loader load_;
  parked_lookup is_parked_;
  std::deque<projected_order> orders_;
  // Keys live in `orders_` and `parkings_`, whose elements never move.
  std::unordered_map<std::string_view, projected_order*> by_id_;
  std::deque<parking> parkings_;
  std::unordered_map<std::string_view, parking*> parked_by_stream_;
};

} // namespace daybook
