#pragma once

#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"

namespace daybook {

/// The SUBSCRIPTION actor interface: brings every commit to one consumer.
using subscription_actor = listener_actor::extend<
  // INTERNAL: the next commit.
  caf::reacts_to<read_atom>>;

/// Reads the journal for one consumer, at the consumer's pace: the bus only tells it that there is more. Spawn it detached: it
/// blocks on the disk.
class subscription_state {
public:
  using self_pointer = subscription_actor::stateful_pointer<subscription_state>;
  static inline const char* name = "subscription";

  explicit subscription_state(self_pointer self);

  void start(node_core_ptr core, bus_actor bus, consumer_actor consumer, position_t from);
  void on_news();
  /// The consumer is gone: so is the subscription. The bus is gone: the journal is looked at from time to time.
  void on_down(const caf::down_msg& down);
  void heard();
  void next();

private:
  void deliver();

  self_pointer self_;
  node_core_ptr core_;
  bus_actor bus_;
  consumer_actor consumer_;
  position_t next_ = 1;
  std::vector<recorded_commit> page_;
  std::size_t delivered_ = 0;
  bool is_busy_ = false;
  bool bus_is_gone_ = false;
};

/// Spawnable (detached).
subscription_actor::behavior_type subscription(subscription_state::self_pointer self, node_core_ptr core, bus_actor bus,
                                               consumer_actor consumer, position_t from);

} // namespace daybook
