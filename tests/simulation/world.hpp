#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/tests/simulation/complaints.hpp"
#include "daybook/tests/simulation/dice.hpp"
#include "daybook/tests/simulation/watched_files.hpp"
#include "daybook/tests/support/memory_files.hpp"

namespace daybook::simulation {

using std::chrono::microseconds;

struct world_options {
  /// A test of the test: a disk that does not do what it says.
  bool lies_about_syncs = false;
  /// Says on standard output what happens.
  bool is_loud = false;
  /// And every message and disk call, too.
  bool says_all = false;
};

/// What went wrong on purpose since the node was started: what must hold then, and what need not.
struct disturbances {
  bool faults = false;
  bool kills = false;
  bool journal_killed = false;
  /// Time passed in which nobody was let run: a slow disk, a machine that stood still.
  bool delays = false;
  /// Since when nothing new may be acknowledged: the last position on the disk when a write or sync failed.
  std::optional<position_t> writing_failed_at;

  bool none() const noexcept { return !faults && !kills && !journal_killed && !delays && !writing_failed_at; }
};

/// A machine with one disk, and one node at a time on it, all of whose actors, clocks, disk calls and accidents are decided by
/// dice. Knows no orders: it starts and ends nodes, lets actors run, and carries questions of clients to the gateway.
///
/// Disk calls of the journal are moments at which other actors run: what a thread waiting for its disk looks like to them.
class world {
public:
  world(std::uint64_t seed, world_options options);
  ~world();

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  dice random;
  trace_hash trace;
  complaints broken;

  // -- the node's lives

  /// Starts a node on what is there. Errors are those of the node; after one there is none.
  result<done> start(const node_settings& settings);

  /// A clean stop.
  void stop();

  /// The process is killed now; all it wrote is there. Fine when it was already.
  void kill_node();

  /// As if the power had gone in the moment of the kill; decides what became of the disk. Requires that no node runs.
  void cut_power();

  /// Whether the disk lost a new directory's name, and the attempt to take it back failed, too: such a machine is started
  /// again.
  bool must_be_restarted() const { return files_.disk().has_lost_directory(); }

  /// Clears away what is left of a killed node.
  void bury();

  /// Removes or replaces what may be removed while no node runs: view, index.
  void disturb_view_and_index();

  /// Keeps a copy of the view, as a backup of the machine would.
  void remember_view();

  /// The node is killed at the nth disk call from now on.
  void kill_at_call(std::uint64_t nth) { kill_at_ = nth; }

  bool runs() const noexcept { return node_ != nullptr && !is_dead_; }
  bool is_dead() const noexcept { return is_dead_; }
  daybook::node& running() noexcept { return *node_; }
  std::uint64_t life() const noexcept { return life_; }

  // -- accidents

  void inject_fault();
  void heal();
  void kill_member();
  void jump_clock();
  /// The machine stands still for a while; deadlines pass.
  void freeze();

  disturbances& disturbed() noexcept { return disturbed_; }

  // -- time and actors

  /// Lets actors run, at most so many messages; time passes when there is nothing to do.
  void run(std::size_t messages);

  /// False when the condition did not come true within the (simulated) time.
  bool run_until(const std::function<bool()>& condition, microseconds limit);

  void pass_time(microseconds time);

  /// From now on the disk is as fast as any: until the next start.
  void hurry() noexcept { has_slow_disk_ = false; }
  microseconds now() const noexcept;
  time_us wall() const noexcept;

  // -- clients

  /// Questions that have no answer yet.
  std::size_t open_questions() const noexcept { return open_.size(); }

  /// How long a client waits for an answer.
  microseconds patience() const noexcept { return patience_; }

  /// Asks the gateway as one of a few clients. `then(result<Answer>)` is called at most once: not at all when the node ends
  /// before the answer has arrived.
  template <class Answer, class Message, class Then>
  void ask(Message message, Then then) {
    const auto number = ++questions_;
    const auto asked_at = now();
    open_.insert(number);
    client().request(node_->gateway(), patience_, std::move(message))
      .then(
        [this, number, then](Answer& answer) mutable {
          if (close_question(number))
            then(result<Answer>{std::move(answer)});
        },
        [this, number, then, asked_at](caf::error& cause) mutable {
          if (!close_question(number))
            return;
          check_deadline(asked_at, cause);
          then(result<Answer>{from_caf(cause)});
        });
  }

  // -- hosts, who embed a node

  caf::actor_system& system() noexcept { return *system_; }

  /// Ends with the node's life.
  void adopt(caf::actor host) { hosts_.push_back(std::move(host)); }

  // -- what is there

  const std::filesystem::path& data_dir() const noexcept { return data_dir_; }
  testing::memory_disk disk() const { return files_.disk(); }

  /// What a power cut would leave at the least; made once for each state of the disk.
  const testing::memory_disk& durable_disk();

  /// The view's directory; real files.
  std::filesystem::path view_dir() const { return data_dir_ / "view"; }

  void say(const std::string& what) const;
  bool says_all() const noexcept { return options_.says_all; }

private:
  struct machinery;

  node_environment environment();
  void on_call(watched_files::call what, std::string_view path);
  void on_outcome(watched_files::call what, std::string_view path, os_outcome outcome);
  void die();
  bool run_one();
  void note_turn(const caf::resumable* job);
  void choose_style();
  std::size_t choose_job(const std::deque<caf::resumable*>& jobs);
  caf::event_based_actor& client();
  bool close_question(std::uint64_t number);
  void check_deadline(microseconds asked_at, const caf::error& cause);
  void take_down();

  world_options options_;
  std::filesystem::path data_dir_;
  testing::memory_files files_;
  watched_files watched_;
  microseconds passed_{0};
  time_us skew_ = 0;

  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::vector<caf::actor> clients_;
  std::vector<caf::actor> hosts_;
  std::unique_ptr<daybook::node> node_;
  std::uint64_t life_ = 0;
  bool is_dead_ = false;
  bool is_taken_down_ = false;
  std::uint64_t kill_at_ = 0;
  disturbances disturbed_;

  /// How this life chooses who runs next.
  enum class style : std::uint8_t { any, in_order, by_rank };
  style style_ = style::any;
  std::uint64_t rank_seed_ = 0;
  /// One disk call in so many lets others run; 0: none does.
  std::uint64_t overlap_ = 0;
  bool has_slow_disk_ = false;
  int depth_ = 0;
  microseconds request_timeout_{0};

  std::uint64_t questions_ = 0;
  std::set<std::uint64_t> open_;
  microseconds patience_{0};

  std::uint64_t changes_ = 1;
  std::uint64_t durable_of_ = 0;
  testing::memory_disk durable_;
};

} // namespace daybook::simulation
