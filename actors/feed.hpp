#pragma once

#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"

namespace daybook {

/// Holds questions for commits that do not exist yet ("long polling"), so that clients can follow the journal without asking
/// again and again. At most `subscribers_max` at a time; past it `overloaded`.
class feed_state {
public:
  using self_pointer = feed_actor::stateful_pointer<feed_state>;
  static inline const char* name = "feed";

  explicit feed_state(self_pointer self);

  void start(node_core_ptr core, bus_actor bus);
  caf::result<commit_page> ask(const commits_query& question);
  void on_latest(position_t latest);
  void on_heard(const commit_batch& batch);
  void sweep();

  wiring_ptr wires;

private:
  struct waiter {
    commits_query question;
    caf::typed_response_promise<commit_page> promise;
    caf::actor_clock::time_point until;
  };

  self_pointer self_;
  node_core_ptr core_;
  bus_actor bus_;
  std::vector<waiter> waiters_;
  bool sweep_is_due_ = false;
};

/// Spawnable.
feed_actor::behavior_type event_feed(feed_state::self_pointer self, node_core_ptr core, bus_actor bus);

} // namespace daybook
