#include "daybook/actors/bus.hpp"

#include <caf/actor_cast.hpp>

namespace daybook {

namespace {

using self_pointer = bus_actor::stateful_pointer<bus_state>;

caf::actor_addr address_of(const listener_actor& actor) {
  return caf::actor_cast<caf::actor_addr>(actor);
}

void publish(self_pointer self, const commit_batch& batch) {
  auto& state = self->state;
  state.latest = batch->back().last_position();
  // A batch has its positions without gaps.
  const auto events = static_cast<std::size_t>(state.latest - batch->front().events.front().position + 1);
  for (auto& [address, each] : state.listeners) {
    if (each.unanswered_events >= bus_credit_events) {
      each.missed = true;
      continue;
    }
    each.unanswered.push_back(events);
    each.unanswered_events += events;
    self->send(each.actor, heard_atom_v, batch);
  }
}

void on_heard(self_pointer self, const listener_actor& from) {
  auto found = self->state.listeners.find(address_of(from));
  if (found == self->state.listeners.end())
    return;
  auto& each = found->second;
  if (!each.unanswered.empty()) {
    each.unanswered_events -= each.unanswered.front();
    each.unanswered.pop_front();
  }
  if (each.missed && each.unanswered.empty()) {
    each.missed = false;
    self->send(each.actor, latest_atom_v, self->state.latest);
  }
}

} // namespace

bus_actor::behavior_type event_bus(self_pointer self, position_t latest) {
  self->state.latest = latest;
  self->set_down_handler([self](const caf::down_msg& down) { self->state.listeners.erase(down.source); });
  return {
    [self](heard_atom, const commit_batch& batch) { publish(self, batch); },
    [self](follow_atom, const listener_actor& listener) {
      self->monitor(listener);
      self->state.listeners[address_of(listener)] = {listener, {}, 0, false};
      return self->state.latest;
    },
    [self](unfollow_atom, const listener_actor& listener) {
      self->demonitor(address_of(listener));
      self->state.listeners.erase(address_of(listener));
    },
    [self](heard_atom, const listener_actor& from) { on_heard(self, from); },
  };
}

} // namespace daybook
