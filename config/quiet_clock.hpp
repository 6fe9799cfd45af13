#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <ratio>

#include <caf/detail/thread_safe_actor_clock.hpp>

namespace daybook {

/// A clock for actors whose thread sleeps until something is due. That of CAF 0.17 is woken for every timeout that is set and
/// by every actor that ends, whether it had timeouts or not (local_actor::cleanup): where orders come and leave by the ten
/// thousands a second, that is a change of threads for each (docs/performance.md). Thread-safe.
class quiet_clock final : public caf::detail::thread_safe_actor_clock {
public:
  /// What timeouts of requests are rounded up to: 16 ms.
  using tick = std::chrono::duration<std::int64_t, std::ratio<16, 1000>>;

  void set_ordinary_timeout(time_point due, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point due, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;

  /// Up to a tick later than asked for: CAF cancels no timeout of a request that was answered, and each would wake the thread.
  void set_request_timeout(time_point due, caf::abstract_actor* self, caf::message_id id) override;

  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point due, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override;
  void schedule_message(time_point due, caf::group target, caf::strong_actor_ptr sender, caf::message content) override;
  void cancel_all() override;

  /// Sends what is due until `stop`. Called once, by the thread that does it.
  void run();

  /// Lets `run` return and forgets all that is scheduled. Any thread.
  void stop();

  /// How often the thread was woken before something was due.
  std::uint64_t early_wakes() const;

private:
  using plain = caf::detail::simple_actor_clock;

  template <class Change>
  void schedule_at(time_point due, Change change);
  unique_delayed_event_ptr take_first();

  mutable std::mutex mutex_;
  std::condition_variable earlier_;
  /// Until when the thread sleeps; the least there is while it does not.
  time_point sleeps_until_ = time_point::min();
  std::uint64_t early_wakes_ = 0;
  bool is_stopped_ = false;
};

} // namespace daybook
