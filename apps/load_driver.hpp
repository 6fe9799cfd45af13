#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "daybook/actors/protocol.hpp"
#include "daybook/apps/load/receipts.hpp"
#include "daybook/apps/load/schedule.hpp"
#include "daybook/apps/load/statistics.hpp"
#include "daybook/apps/load/workload.hpp"

namespace daybook::load {

/// How fast, how long, how many at a time.
struct pace {
  /// A second; nothing: closed loop.
  std::optional<std::uint64_t> rate;
  /// Times of a replay, from its start; empty: none.
  std::vector<nanoseconds> times;
  /// Things under way at a time.
  std::size_t in_flight = 1'024;
  /// Commands in one message, at the most.
  std::size_t pack = 128;
  nanoseconds warm_up = 0;
  /// 0: until everything was sent.
  nanoseconds duration = 0;
  /// Of an interval of the series.
  nanoseconds interval = 200'000'000;
  /// How long an answer may take.
  std::chrono::milliseconds timeout{30'000};
  /// Whether a command may have been sent again underway (see `connection`).
  bool is_remote = false;
};

enum class stage : std::uint8_t { preparing, warming_up, measuring, draining, over };

/// What a live line shows.
struct glance {
  stage at = stage::preparing;
  /// Of the measured time.
  nanoseconds elapsed = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  interval_point last;
};

/// A run: what goes in and what comes out. The driver alone touches it until `wait_until_over` says so; the glance is for all.
struct load_run {
  load_run(workload what, pace how, std::unique_ptr<receipt_book> book) :
      work(std::move(what)), speed(std::move(how)), receipts(std::move(book)) {
    // nop
  }

  workload work;
  const pace speed;
  std::unique_ptr<receipt_book> receipts;
  statistics figures;
  /// The last position that a receipt named.
  position_t last_position = 0;
  /// Why the run ended early.
  std::optional<error> fatal;

  void publish(const glance& now);
  glance look() const;
  /// Waits until the run is over or the time is.
  bool wait_until_over(std::chrono::milliseconds limit) const;

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  glance live_;
};

using load_run_ptr = std::shared_ptr<load_run>;

/// Sends a run's commands and questions to a gateway and takes the answers: one actor for all simulated clients, because it
/// shares the processors with what it measures. Commands that can go at the same moment travel in one message. Ends by
/// itself; `close` ends it early.
class driver_state {
public:
  using self_pointer = caf::stateful_actor<driver_state>*;
  static inline const char* name = "load_driver";

  explicit driver_state(self_pointer self);

  void start(gateway_actor gateway, load_run_ptr run);
  void pump();
  void sample();
  void close();

  bool is_waking = false;

private:
  struct entry {
    sent what;
    nanoseconds due = 0;
  };
  using flight = std::vector<entry>;

  void enter(stage next, nanoseconds now);
  void advance(nanoseconds now);
  bool is_paced() const noexcept { return plan_.has_value() && stage_ != stage::preparing; }
  /// What is due waits for what will be due soon. A closed loop never waits, and what goes alone has nothing to wait for.
  bool is_gathering(nanoseconds now) const noexcept { return is_paced() && run_->speed.pack > 1 && now < gathers_until_; }
  /// When the next thing is due; `never` when nothing more is.
  nanoseconds next_due(nanoseconds now) const noexcept;
  void fill(nanoseconds now);
  bool add_next(nanoseconds due);
  void send_pack();
  void ask(const asked& text, const entry& what);
  template <class Answer, class Query>
  void ask_for(Query query, const entry& what);
  void wake_at(nanoseconds due, nanoseconds now);

  std::size_t take_flight();
  void landed(std::size_t index, const std::vector<outcome>& outcomes);
  void lost(std::size_t index, const caf::error& cause);
  void on_outcome(const entry& each, const outcome& text, nanoseconds now);
  void on_failure(const entry& each, const error& cause, nanoseconds now);
  void on_answer(const entry& each, bool is_found, nanoseconds now);
  bool counts(const entry& each) const noexcept;
  bool is_in_time(nanoseconds now) const noexcept;
  void keep(const entry& each, saying said, const receipt* answer);
  void roll(nanoseconds now);
  void publish(nanoseconds now);

  self_pointer self_;
  gateway_actor gateway_;
  load_run_ptr run_;
  std::optional<schedule> plan_;
  stage stage_ = stage::preparing;
  bool is_finished_ = false;
  bool is_closing_ = false;
  /// Something was due, and there was nothing to send.
  bool is_starved_ = false;
  nanoseconds gathers_until_ = 0;
  std::uint64_t given_ = 0;
  std::size_t in_flight_ = 0;
  nanoseconds stage_begun_ = 0;
  nanoseconds rolled_ = 0;
  std::vector<order_command> pack_;
  flight pack_entries_;
  std::vector<flight> flights_;
  std::vector<std::size_t> free_flights_;
  lag_meter lag_;
};

/// Spawnable.
caf::behavior load_driver(caf::stateful_actor<driver_state>* self, gateway_actor gateway, load_run_ptr run);

} // namespace daybook::load
