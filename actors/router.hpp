#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/aggregate.hpp"
#include "daybook/actors/protocol.hpp"

namespace daybook {

/// Limits of a router.
struct residency {
  /// Aggregates in memory; past it the longest unused ones leave. May be exceeded by those that are busy.
  std::size_t residents_max = 100'000;
  /// How long an aggregate stays without a command.
  std::chrono::milliseconds idle_timeout{300'000};
};

/// Finds or starts the aggregate of each command.
///
/// Passivation loses no message: the router is the only one that sends commands to an aggregate, and mailboxes keep the order
/// of one sender. An aggregate that is asked to leave has thus already seen every command sent to it before; those that
/// arrive from then on wait here until it is `gone` (and is started again for them) or says `stay`.
template <class Rules, class Codec>
class router_state {
public:
  using action_type = typename Rules::action;
  using self_pointer = typename router_actor<Rules>::template stateful_pointer<router_state>;
  using context = aggregate_context<Rules>;

  static inline const char* name = "router";

  explicit router_state(self_pointer self) : self_(self) {
    // nop
  }

  /// However the actor ended, nobody stays behind: the next router starts aggregates of its own.
  ~router_state() {
    for (auto& [id, entry] : residents_)
      caf::anon_send_exit(entry.actor, caf::exit_reason::user_shutdown);
  }

  void start(context shared, residency limits) {
    shared.router = self_;
    context_ = std::make_shared<const context>(std::move(shared));
    limits_ = limits;
    schedule_sweep();
  }

  // -- messages ----------------------------------------------------------------------------------------------------------

  caf::result<receipt> route(command<action_type>& wish, ticket& place) {
    auto& entry = resident_for(wish.id);
    if (!entry.leaving)
      return self_->delegate(entry.actor, std::move(wish), std::move(place));
    auto promise = self_->template make_response_promise<receipt>();
    entry.waiting.push_back({std::move(wish), std::move(place), promise, nullptr});
    return promise;
  }

  /// One of each for every command.
  void route_all(std::vector<command<action_type>>& wishes, std::vector<slot_ptr>& slots) {
    for (std::size_t i = 0; i < wishes.size() && i < slots.size(); ++i) {
      auto& entry = resident_for(wishes[i].id);
      if (!entry.leaving)
        self_->send(entry.actor, std::move(wishes[i]), std::move(slots[i]));
      else
        entry.waiting.push_back({std::move(wishes[i]), nullptr, {}, std::move(slots[i])});
    }
  }

  caf::result<caf::ok_atom> resume(const std::string& id) {
    return self_->delegate(resident_for(id).actor, resume_atom_v);
  }

  void on_gone(const std::string& id, std::uint64_t actor_id) {
    auto found = residents_.find(id);
    if (found == residents_.end() || found->second.actor->id() != actor_id)
      return;
    auto waiting = std::move(found->second.waiting);
    (found->second.leaving ? leaving_ : recency_).erase(found->second.recency);
    residents_.erase(found);
    forward(id, std::move(waiting));
  }

  void on_stay(const std::string& id) {
    auto found = residents_.find(id);
    if (found == residents_.end())
      return;
    auto& entry = found->second;
    if (std::exchange(entry.leaving, false)) {
      // It is busy, which is as good as being used: the list is in the order of these times. What it waits for may be overdue
      // all the same, however often it is asked.
      recency_.splice(recency_.begin(), leaving_, entry.recency);
      entry.used_at = self_->clock().now();
      if (!std::exchange(entry.is_reminded, true))
        self_->send(entry.actor, overdue_atom_v);
    }
    auto waiting = std::move(entry.waiting);
    entry.waiting.clear();
    forward(id, std::move(waiting));
  }

  /// Longest unused first: asks those to leave that have been idle for too long, and lets each see once after its last command
  /// whether what it waits for is overdue.
  void sweep() {
    const auto now = self_->clock().now();
    for (auto behind = recency_.end(); behind != recency_.begin();) {
      const auto at = std::prev(behind);
      auto& entry = residents_.find(**at)->second;
      if (entry.used_at > now - std::min<caf::timespan>(limits_.idle_timeout, context_->request_timeout))
        break;
      if (entry.used_at <= now - context_->request_timeout && !std::exchange(entry.is_reminded, true))
        self_->send(entry.actor, overdue_atom_v);
      if (entry.used_at <= now - limits_.idle_timeout)
        ask_to_leave(entry);
      else
        behind = at;
    }
    schedule_sweep();
  }

  std::uint64_t count() const {
    return residents_.size();
  }

private:
  using time_point = caf::actor_clock::time_point;

  struct pending {
    command<action_type> wish;
    ticket place;
    /// Where the answer goes: the promise, or, of a command that came in a pack, the slot.
    caf::typed_response_promise<receipt> promise;
    slot_ptr slot;
  };

  struct resident {
    aggregate_actor<Rules> actor;
    /// Place in one of the lists; its element points to the key of this entry.
    std::list<const std::string*>::iterator recency;
    time_point used_at;
    bool leaving = false;
    bool is_reminded = false;
    std::vector<pending> waiting;
  };

  resident& resident_for(const std::string& id) {
    const auto now = self_->clock().now();
    auto [found, is_new] = residents_.try_emplace(id);
    auto& entry = found->second;
    entry.used_at = now;
    entry.is_reminded = false;
    if (!is_new) {
      if (!entry.leaving)
        recency_.splice(recency_.begin(), recency_, entry.recency);
      return entry;
    }
    entry.actor = self_->spawn(aggregate<Rules, Codec>, id, context_);
    recency_.push_front(&found->first);
    entry.recency = recency_.begin();
    make_room();
    return entry;
  }

  /// Asks the longest unused aggregates to leave until those that stay are within the limit. A few at a time: the next arrival
  /// goes on.
  void make_room() {
    for (int asked = 0; asked < 16 && recency_.size() > limits_.residents_max; ++asked)
      ask_to_leave(residents_.find(*recency_.back())->second);
  }

  void ask_to_leave(resident& entry) {
    entry.leaving = true;
    leaving_.splice(leaving_.begin(), recency_, entry.recency);
    self_->send(entry.actor, passivate_atom_v);
  }

  void forward(const std::string& id, std::vector<pending> waiting) {
    for (auto& each : waiting) {
      const auto& actor = resident_for(id).actor;
      if (each.slot)
        self_->send(actor, std::move(each.wish), std::move(each.slot));
      else
        each.promise.delegate(actor, std::move(each.wish), std::move(each.place));
    }
  }

  void schedule_sweep() {
    const auto shortest = std::min(limits_.idle_timeout, context_->request_timeout);
    const auto pause = std::clamp(shortest / 4, std::chrono::milliseconds{100}, std::chrono::milliseconds{5000});
    self_->delayed_send(self_, pause, sweep_atom_v);
  }

  self_pointer self_;
  std::shared_ptr<const context> context_;
  residency limits_;
  std::unordered_map<std::string, resident> residents_;
  /// Of those that stay; most recently used first.
  std::list<const std::string*> recency_;
  /// Of those that were asked to leave: not among the others, or arrivals would find only these at the end of the list and ask
  /// nobody else, and orders would come faster than they go.
  std::list<const std::string*> leaving_;
};

/// Spawnable: routes commands to the aggregates of one type.
template <class Rules, class Codec>
typename router_actor<Rules>::behavior_type
router(typename router_state<Rules, Codec>::self_pointer self, aggregate_context<Rules> shared, residency limits) {
  self->state.start(std::move(shared), limits);
  return {
    [self](command<typename Rules::action>& wish, ticket& place) { return self->state.route(wish, place); },
    [self](std::vector<command<typename Rules::action>>& wishes, std::vector<slot_ptr>& slots) {
      self->state.route_all(wishes, slots);
    },
    [self](resume_atom, const std::string& id) { return self->state.resume(id); },
    [self](gone_atom, const std::string& id, std::uint64_t actor_id) { self->state.on_gone(id, actor_id); },
    [self](stay_atom, const std::string& id) { self->state.on_stay(id); },
    [self](sweep_atom) { self->state.sweep(); },
    [self](count_atom) { return self->state.count(); },
  };
}

} // namespace daybook
