#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include <caf/actor_addr.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/protocol.hpp"

namespace daybook {

/// Passes durable batches on to listeners, so many unanswered events each. What a slow listener misses it reads in the journal;
/// the bus only remembers that it missed something and says so when the listener has caught up with its mail.
struct bus_state {
  static inline const char* name = "bus";

  struct listener {
    listener_actor actor;
    /// Events in each batch that was sent and not yet answered, and all of them. Answers come in the order of the batches.
    std::deque<std::size_t> unanswered;
    std::size_t unanswered_events = 0;
    bool missed = false;
  };

  std::unordered_map<caf::actor_addr, listener> listeners;
  position_t latest = 0;
};

/// Events that may be on their way to one listener, not counting the batch that reaches this number: some 50 MB, which
/// listeners share.
inline constexpr std::size_t bus_credit_events = 32'768;

/// Spawnable.
bus_actor::behavior_type event_bus(bus_actor::stateful_pointer<bus_state> self, position_t latest);

} // namespace daybook
