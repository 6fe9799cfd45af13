#include "daybook/config/quiet_clock.hpp"

#include <utility>

#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>

namespace daybook {

template <class Change>
void quiet_clock::schedule_at(time_point due, Change change) {
  const std::lock_guard guard{mutex_};
  if (is_stopped_)
    return;
  change();
  if (due >= sleeps_until_)
    return;
  sleeps_until_ = due;
  ++early_wakes_;
  earlier_.notify_one();
}

void quiet_clock::set_ordinary_timeout(time_point due, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  schedule_at(due, [&] { plain::set_ordinary_timeout(due, self, type, id); });
}

void quiet_clock::set_multi_timeout(time_point due, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  schedule_at(due, [&] { plain::set_multi_timeout(due, self, type, id); });
}

void quiet_clock::set_request_timeout(time_point due, caf::abstract_actor* self, caf::message_id id) {
  const time_point rounded{std::chrono::ceil<tick>(due.time_since_epoch())};
  schedule_at(rounded, [&] { plain::set_request_timeout(rounded, self, id); });
}

void quiet_clock::schedule_message(time_point due, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) {
  schedule_at(due, [&] { plain::schedule_message(due, std::move(receiver), std::move(content)); });
}

void quiet_clock::schedule_message(time_point due, caf::group target, caf::strong_actor_ptr sender, caf::message content) {
  schedule_at(due, [&] { plain::schedule_message(due, std::move(target), std::move(sender), std::move(content)); });
}

// Whoever cancels something is alive: no actor ends, and calls the clock, because of what goes here under the lock.

void quiet_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  const std::lock_guard guard{mutex_};
  plain::cancel_ordinary_timeout(self, type);
}

void quiet_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  const std::lock_guard guard{mutex_};
  plain::cancel_request_timeout(self, id);
}

void quiet_clock::cancel_timeouts(caf::abstract_actor* self) {
  const std::lock_guard guard{mutex_};
  plain::cancel_timeouts(self);
}

/// Where the last owner of an actor is among them, it ends, and calls the clock: without the lock.
void quiet_clock::cancel_all() {
  schedule_map dropped;
  const std::lock_guard guard{mutex_};
  actor_lookup_.clear();
  dropped.swap(schedule_);
}

/// Requires the lock, and that something is scheduled.
quiet_clock::unique_delayed_event_ptr quiet_clock::take_first() {
  const auto first = schedule_.begin();
  auto taken = std::move(first->second);
  if (taken->backlink != actor_lookup_.end())
    actor_lookup_.erase(taken->backlink);
  schedule_.erase(first);
  return taken;
}

void quiet_clock::run() {
  std::unique_lock guard{mutex_};
  while (!is_stopped_) {
    if (schedule_.empty()) {
      sleeps_until_ = time_point::max();
      earlier_.wait(guard);
    } else if (const auto due = schedule_.begin()->first; due > now()) {
      sleeps_until_ = due;
      earlier_.wait_until(guard, due);
    } else {
      sleeps_until_ = time_point::min();
      auto taken = take_first();
      guard.unlock();
      // It may be the last owner of an actor, too.
      ship(*taken);
      taken.reset();
      guard.lock();
    }
  }
}

void quiet_clock::stop() {
  {
    const std::lock_guard guard{mutex_};
    is_stopped_ = true;
  }
  earlier_.notify_one();
  cancel_all();
}

std::uint64_t quiet_clock::early_wakes() const {
  const std::lock_guard guard{mutex_};
  return early_wakes_;
}

} // namespace daybook
