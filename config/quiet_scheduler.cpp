#include "daybook/config/quiet_scheduler.hpp"

#include <utility>

#include <caf/detail/set_thread_name.hpp>
#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>

namespace daybook {

namespace {

/// Only a CAF that was built with its log, as Debian's is not, is told of the thread: each job would pay for it.
template <class Run>
std::thread start_thread(caf::actor_system& system, const char* name, Run run) {
  return std::thread{[&system, name, run] {
#if CAF_LOG_LEVEL > CAF_LOG_LEVEL_QUIET
    CAF_SET_LOGGER_SYS(&system);
#endif
    caf::detail::set_thread_name(name);
    system.thread_started();
    run();
    system.thread_terminates();
  }};
}

} // namespace

class quiet_scheduler::worker final : public caf::execution_unit {
public:
  worker(quiet_scheduler& scheduler, bool is_alone) :
      caf::execution_unit(&scheduler.system()), scheduler_(scheduler), is_alone_(is_alone) {
    thread_ = start_thread(scheduler.system(), "daybook.worker", [this] { run(); });
  }

  /// CAF says that only a job of this worker calls it. A blocking actor that such a job has spawned does, too, from a thread of
  /// its own, and whoever drops the last reference to an actor that sends something at its end.
  void exec_later(caf::resumable* job) override {
    if (is_alone_ && current == this)
      caused_.push_back(job);
    else
      scheduler_.enqueue(job);
  }

  void join() { thread_.join(); }

private:
  void run() {
    current = this;
    jobs round;
    for (;;) {
      round.swap(caused_);
      scheduler_.take(round, is_alone_);
      while (!round.empty()) {
        auto* job = round.front();
        round.pop_front();
        if (job == nullptr)
          return leave(std::move(round));
        carry_out(*job);
      }
    }
  }

  void carry_out(caf::resumable& job) {
    // Who goes on later keeps the reference that the queue had.
    if (job.resume(this, scheduler_.max_throughput()) == caf::resumable::resume_later)
      exec_later(&job);
    else
      caf::intrusive_ptr_release(&job);
  }

  /// Told to end: what is left is for the other workers, or for nobody.
  void leave(jobs round) {
    current = nullptr;
    round.insert(round.end(), caused_.begin(), caused_.end());
    for (auto* job : round)
      scheduler_.enqueue(job);
  }

  /// The one whose thread this is.
  static thread_local const worker* current;

  quiet_scheduler& scheduler_;
  const bool is_alone_;
  /// What the jobs of this round caused, when nobody else could do it.
  jobs caused_;
  std::thread thread_;
};

thread_local const quiet_scheduler::worker* quiet_scheduler::worker::current = nullptr;

quiet_scheduler::quiet_scheduler(caf::actor_system& system) : abstract_coordinator(system) {
  // nop
}

quiet_scheduler::~quiet_scheduler() = default;

caf::actor_system::module* quiet_scheduler::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new quiet_scheduler(system);
}

void quiet_scheduler::enqueue(caf::resumable* job) {
  const std::lock_guard guard{mutex_};
  waiting_.push_back(job);
  // Under the lock: without it the job may be done, and with it the system, before anybody is told.
  if (sleeping_ > 0)
    filled_.notify_one();
}

void quiet_scheduler::take(jobs& round, bool all) {
  std::unique_lock guard{mutex_};
  if (round.empty()) {
    ++sleeping_;
    filled_.wait(guard, [this] { return !waiting_.empty(); });
    --sleeping_;
  }
  const auto end = all ? waiting_.end() : waiting_.begin() + 1;
  round.insert(round.end(), waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
}

void quiet_scheduler::start() {
  for (std::size_t i = 0; i < num_workers(); ++i)
    workers_.push_back(std::make_unique<worker>(*this, num_workers() == 1));
  timer_ = start_thread(system(), "daybook.clock", [this] { clock_.run(); });
  abstract_coordinator::start();
}

void quiet_scheduler::stop() {
  for (std::size_t i = 0; i < workers_.size(); ++i)
    enqueue(nullptr);
  for (auto& each : workers_)
    each->join();
  stop_actors();
  clock_.stop();
  timer_.join();
  // Those that end may send something to others, and detached actors may still be there.
  for (jobs left = take_left(); !left.empty(); left = take_left())
    for (auto* job : left)
      cleanup_and_release(job);
}

quiet_scheduler::jobs quiet_scheduler::take_left() {
  const std::lock_guard guard{mutex_};
  return std::exchange(waiting_, {});
}

} // namespace daybook
