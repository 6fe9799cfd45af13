#pragma once

#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

/// How often the members of a node may be replaced within a minute before one is left dead.
inline constexpr std::size_t restarts_per_minute_max = 10;

/// Watches the members of a node. One that dies is logged and, where that is safe, replaced: everyone but the journal keeps
/// only what the journal can give back. The journal itself is never started again inside a process: after a failure only a
/// new start reads the truth from the disk. When it is shut down, it takes with it who is left.
class supervisor_state {
public:
  using self_pointer = caf::stateful_actor<supervisor_state>*;
  static inline const char* name = "supervisor";

  explicit supervisor_state(self_pointer self);

  void start(node_core_ptr core, gateway_actor gateway, wiring members);

  /// The node is stopping: what ends from now on ends on purpose. Those who live are told.
  wiring_ptr close();

  /// Those who live now.
  wiring_ptr members() const { return std::make_shared<const wiring>(members_); }

private:
  void on_down(const caf::down_msg& down);
  bool replace(const caf::actor_addr& who);
  bool may_restart();
  void announce();
  void end_all();

  template <class Handle>
  bool is(const Handle& handle, const caf::actor_addr& who) const;

  template <class Handle>
  Handle watched(Handle handle);

  self_pointer self_;
  node_core_ptr core_;
  gateway_actor gateway_;
  wiring members_;
  std::vector<caf::actor_clock::time_point> restarts_;
  bool is_closing_ = false;
};

/// Spawnable. Watches `members` and tells them, and the gateway, who is who.
caf::behavior supervisor(supervisor_state::self_pointer self, node_core_ptr core, gateway_actor gateway, wiring members);

/// Starts the members that can be started again, also for the first time.
order_router_actor spawn_orders(caf::actor_system& system, const node_core_ptr& core, const wiring& members);
query_actor spawn_query(caf::actor_system& system, const node_core_ptr& core);
result<projection_actor> spawn_projection(caf::actor_system& system, const node_core_ptr& core, const bus_actor& bus);

} // namespace daybook
