#include "daybook/actors/feed.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/send.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

namespace {

/// How exactly the end of a wait is kept.
constexpr std::chrono::milliseconds wait_sweep{50};

} // namespace

feed_state::feed_state(self_pointer self) : self_(self) {
  // nop
}

void feed_state::start(node_core_ptr core, bus_actor bus) {
  core_ = std::move(core);
  bus_ = std::move(bus);
  caf::anon_send(bus_, follow_atom_v, listener_actor{self_});
}

caf::result<commit_page> feed_state::ask(const commits_query& question) {
  auto now_question = question;
  now_question.wait = std::chrono::milliseconds{0};
  if (core_->books->last_position() >= question.from)
    return self_->delegate(wires->archive, now_question);
  if (waiters_.size() >= core_->settings.subscribers_max)
    return to_caf({errc::overloaded, "too many clients are waiting for events; try again later"});
  auto promise = self_->make_response_promise<commit_page>();
  const auto until = self_->clock().now() + std::min(question.wait, max_feed_wait);
  waiters_.push_back({now_question, promise, until});
  if (!std::exchange(sweep_is_due_, true))
    self_->delayed_send(self_, wait_sweep, sweep_atom_v);
  return promise;
}

void feed_state::on_latest(position_t latest) {
  auto ready = std::partition(waiters_.begin(), waiters_.end(), [=](auto& each) { return each.question.from > latest; });
  for (auto i = ready; i != waiters_.end(); ++i)
    i->promise.delegate(wires->archive, i->question);
  waiters_.erase(ready, waiters_.end());
}

void feed_state::on_heard(const commit_batch& batch) {
  on_latest(batch->back().last_position());
  self_->send(bus_, heard_atom_v, listener_actor{self_});
}

void feed_state::sweep() {
  sweep_is_due_ = false;
  const auto now = self_->clock().now();
  auto over = std::partition(waiters_.begin(), waiters_.end(), [=](auto& each) { return each.until > now; });
  for (auto i = over; i != waiters_.end(); ++i)
    i->promise.deliver(commit_page{{}, core_->books->last_position()});
  waiters_.erase(over, waiters_.end());
  if (!waiters_.empty()) {
    sweep_is_due_ = true;
    self_->delayed_send(self_, wait_sweep, sweep_atom_v);
  }
}

feed_actor::behavior_type event_feed(feed_state::self_pointer self, node_core_ptr core, bus_actor bus) {
  self->state.start(std::move(core), std::move(bus));
  return {
    [self](heard_atom, const commit_batch& batch) { self->state.on_heard(batch); },
    [self](latest_atom, position_t latest) { self->state.on_latest(latest); },
    [self](const commits_query& question) { return self->state.ask(question); },
    [self](wire_atom, const wiring_ptr& wires) { self->state.wires = wires; },
    [self](sweep_atom) { self->state.sweep(); },
  };
}

} // namespace daybook
