#pragma once

#include <unordered_map>

#include <caf/actor_addr.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/protocol.hpp"

namespace daybook {

/// Passes durable batches on to listeners, at most `credit` unanswered ones each. What a slow listener misses it reads in the
/// journal; the bus only remembers that it missed something and says so when the listener has caught up with its mail.
struct bus_state {
  static inline const char* name = "bus";

  struct listener {
    listener_actor actor;
    /// Batches sent and not yet answered.
    std::size_t unanswered = 0;
    bool missed = false;
  };

  std::unordered_map<caf::actor_addr, listener> listeners;
  position_t latest = 0;
};

/// Batches that may be on their way to one listener.
inline constexpr std::size_t bus_credit = 32;

/// Spawnable.
bus_actor::behavior_type event_bus(bus_actor::stateful_pointer<bus_state> self, position_t latest);

} // namespace daybook
