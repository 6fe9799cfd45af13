#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "daybook/config/quiet_clock.hpp"

namespace daybook {

/// A scheduler for actor systems of few threads: one queue, from which a worker takes one job, or, if it is the only worker,
/// all that wait. Where CAF's `sharing` policy takes the lock and a piece of memory for each message that wakes an actor, and
/// looks for its type at run time, this takes the lock once for a round of jobs (docs/performance.md). What a job causes comes
/// in the next round, so that actors that keep each other busy keep no others waiting. (One that sends to itself without end
/// does, as with CAF's, unless `scheduler.max-throughput` is set.)
///
/// Loaded by `daybook_config`; a host with a configuration of its own does the same: `config.load<daybook::quiet_scheduler>()`.
/// Without it a node works as well, and slower. Of CAF's settings it knows `scheduler.max-threads` and
/// `scheduler.max-throughput`; `scheduler.policy` and profiling have no effect.
class quiet_scheduler final : public caf::scheduler::abstract_coordinator {
public:
  explicit quiet_scheduler(caf::actor_system& system);
  ~quiet_scheduler() override;

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  /// Any thread.
  void enqueue(caf::resumable* job) override;

  quiet_clock& clock() noexcept override { return clock_; }

protected:
  void start() override;
  void stop() override;

private:
  class worker;
  using jobs = std::deque<caf::resumable*>;

  /// Adds to a worker's round what it takes at a time: all that wait, or one. Waits for some if it has none.
  void take(jobs& round, bool all);

  jobs take_left();

  std::mutex mutex_;
  std::condition_variable filled_;
  /// Each owns a reference to its job. A null pointer lets the worker that takes it end.
  jobs waiting_;
  /// Workers that wait for jobs.
  std::size_t sleeping_ = 0;
  std::vector<std::unique_ptr<worker>> workers_;
  quiet_clock clock_;
  std::thread timer_;
};

} // namespace daybook
