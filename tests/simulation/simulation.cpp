#include "daybook/tests/simulation/simulation.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/tests/simulation/invariants.hpp"
#include "daybook/tests/simulation/order_workload.hpp"

namespace daybook::simulation {

namespace {

/// Small limits, so that they are met.
node_settings some_settings(dice& random) {
  using ms = std::chrono::milliseconds;
  node_settings made;
  made.resident_orders_max = random.one_in(3) ? 1'000 : random.between(1, 6);
  made.order_idle_timeout = ms{random.between(50, 8'000)};
  made.admission_limit = random.one_in(3) ? random.between(2, 12) : 1'000;
  made.request_timeout = ms{random.between(2'000, 30'000)};
  made.query_wait = ms{random.between(200, 5'000)};
  made.query_connections = random.between(1, 3);
  made.segment_bytes = random.one_in(3) ? std::uint64_t{1} << 20 : random.between(1'024, 12'000);
  made.reserve_bytes = random.one_in(2) ? 0 : random.between(1, 4) * 4'096;
  made.projection_batch_events = random.one_in(3) ? 4'096 : random.between(1, 20);
  return made;
}

/// Wants every commit once and in order (promise 7), and remembers what it was shown.
consumer_actor::behavior_type watcher(consumer_actor::pointer, world* in, seen_events* seen,
                                      std::shared_ptr<position_t> next) {
  return {
    [=](const recorded_commit& commit) {
      if (in->is_dead())
        return caf::ok_atom_v;
      if (commit.events.front().position != *next)
        in->broken.add("nothing is skipped silently", "a subscriber got position "
                         + std::to_string(commit.events.front().position) + " instead of " + std::to_string(*next));
      for (const auto& each : commit.events)
        seen->add(each, in->broken);
      *next = commit.last_position() + 1;
      durable_before_acknowledged(*in, commit.last_position());
      return caf::ok_atom_v;
    },
  };
}

class run_of_seed {
public:
  run_of_seed(std::uint64_t seed, world_options options) : orders_(seed), world_(seed, options) {
    result_.seed = seed;
    settings_ = some_settings(world_.random);
  }

  outcome_of_seed run() {
    const auto lives = world_.random.between(1, 5);
    for (std::uint64_t i = 0; i < lives && world_.broken.none(); ++i)
      live();
    if (world_.broken.none())
      rest();
    return finish();
  }

private:
  // -- one life

  void live() {
    if (world_.random.one_in(3))
      settings_ = some_settings(world_.random);
    if (!begin())
      return;
    if (world_.random.one_in(3))
      watch();
    if (world_.random.one_in(3))
      world_.kill_at_call(world_.random.between(1, 400));
    const bool is_calm = world_.random.one_in(3);
    for (auto left = world_.random.between(10, 120); left > 0 && world_.runs(); --left)
      happen(is_calm);
    end();
  }

  void happen(bool is_calm) {
    auto& random = world_.random;
    orders_.act(world_);
    if (random.one_in(3))
      world_.run(random.below(60));
    if (random.one_in(20))
      world_.pass_time(microseconds{random.below(100'000)});
    if (is_calm || !world_.runs())
      return;
    if (random.one_in(40))
      world_.inject_fault();
    if (random.one_in(20))
      world_.heal();
    if (random.one_in(60) && ++member_kills_ <= 3)
      world_.kill_member();
    if (random.one_in(80))
      world_.jump_clock();
    if (random.one_in(60))
      world_.remember_view();
    if (random.one_in(100))
      world_.freeze();
  }

  void watch() {
    const auto from = world_.random.between(1, orders_.requests().known_position() + 1);
    // A commit is told whole: one that holds the position begins before it.
    const auto facts = read_facts(world_.disk(), world_.data_dir());
    auto next = std::make_shared<position_t>(from);
    for (const auto& commit : facts.commits)
      if (commit.events.front().position <= from && commit.last_position() >= from)
        *next = commit.events.front().position;
    auto consumer = world_.system().spawn(watcher, &world_, &orders_.seen(), next);
    world_.adopt(caf::actor_cast<caf::actor>(consumer));
    [[maybe_unused]] const auto subscribed = world_.running().subscribe(consumer, from);
  }

  /// False when it could not: then a promise is broken.
  bool begin() {
    const bool with_faults = world_.random.one_in(6);
    for (int tries = 0; world_.broken.none(); ++tries) {
      if (with_faults && tries == 0)
        world_.inject_fault();
      else
        world_.heal();
      if (tries < 4 && world_.random.one_in(6))
        world_.kill_at_call(world_.random.between(1, 60));
      if (world_.must_be_restarted())
        cut_power();
      const auto before = read_facts(world_.durable_disk(), world_.data_dir());
      const bool had_faults = with_faults && tries == 0;
      const auto started = world_.start(settings_);
      ++result_.lives;
      if (world_.is_dead()) {
        bury_after_crash();
        continue;
      }
      if (!started && had_faults)
        continue;
      if (!started) {
        world_.broken.add("a healthy disk is started from",
                          std::string{name(started.error().code)} + ": " + started.error().message);
        return false;
      }
      world_.disturbed().faults = had_faults;
      member_kills_ = 0;
      check_after_start(before);
      return world_.broken.none();
    }
    return false;
  }

  void check_after_start(const journal_facts& before) {
    const auto facts = read_facts(world_.disk(), world_.data_dir());
    say(facts);
    positions_without_gaps(facts, world_.broken);
    nothing_durable_lost(before, facts, world_.broken);
    // What has no room on a full disk is decided when it has.
    orders_.check_journal(facts, !world_.disturbed().faults, world_.broken);
  }

  void end() {
    if (world_.runs() && world_.random.one_in(4)) {
      world_.stop();
      orders_.on_end();
      if (!world_.is_dead()) {
        check_at_end();
        world_.disturb_view_and_index();
        if (world_.random.one_in(3))
          cut_power();
        return;
      }
    }
    bury_after_crash();
  }

  void bury_after_crash() {
    world_.kill_node();
    ++result_.kills;
    orders_.on_end();
    world_.bury();
    if (world_.random.one_in(2))
      cut_power();
    world_.disturb_view_and_index();
  }

  void cut_power() {
    ++result_.power_cuts;
    world_.cut_power();
  }

  void say(const journal_facts& facts) const {
    if (world_.says_all())
      for (const auto* event : facts.events)
        world_.say(std::to_string(event->position) + ": " + event->stream + " " + std::to_string(event->version) + " "
                   + event->type + " for " + event->command_id + (event->open ? ", open" : ""));
  }

  void check_at_end() {
    const auto facts = read_facts(world_.disk(), world_.data_dir());
    positions_without_gaps(facts, world_.broken);
    orders_.check_journal(facts, false, world_.broken);
  }

  // -- the end: no more faults, and everything must be well

  void rest() {
    world_.heal();
    settings_.admission_limit = 1'000;
    if (!begin_at_rest())
      return;
    world_.hurry();
    for (auto left = world_.random.between(5, 40); left > 0; --left) {
      orders_.act(world_);
      world_.run(world_.random.below(30));
    }
    if (!world_.run_until([this] { return world_.open_questions() == 0; }, world_.patience() + std::chrono::seconds{1}))
      world_.broken.add("every request is answered by its deadline", "a healthy node owes an answer");
    orders_.check_works(world_);
    const auto facts = read_facts(world_.disk(), world_.data_dir());
    say(facts);
    positions_without_gaps(facts, world_.broken);
    orders_.check_journal(facts, true, world_.broken);
    orders_.check_view(world_, facts);
    world_.stop();
    orders_.on_end();
    if (facts.rest > 0)
      world_.broken.add("positions have no gaps, commits are whole", "bytes of no commit at the end");
    result_.events = facts.last_position();
  }

  bool begin_at_rest() {
    world_.kill_at_call(0);
    if (world_.must_be_restarted())
      cut_power();
    const auto before = read_facts(world_.durable_disk(), world_.data_dir());
    const auto started = world_.start(settings_);
    ++result_.lives;
    if (!started) {
      world_.broken.add("a healthy disk is started from",
                        std::string{name(started.error().code)} + ": " + started.error().message);
      return false;
    }
    check_after_start(before);
    return world_.broken.none();
  }

  outcome_of_seed finish() {
    const auto disk = world_.disk();
    trace_hash journal;
    for (const auto& path : disk.files())
      if (path.find("/journal/0") != std::string::npos) {
        journal.add_text(path.substr(path.rfind('/')));
        journal.add_text(*disk.contents(path));
      }
    result_.journal = journal.value();
    result_.trace = world_.trace.value();
    result_.broken = world_.broken.texts();
    for (const auto& each : orders_.requests().entries()) {
      ++result_.commands;
      result_.receipts += each.what == fate::receipt;
    }
    return std::move(result_);
  }

  outcome_of_seed result_;
  node_settings settings_;
  // Before the world: the actors in that know it.
  order_workload orders_;
  world world_;
  int member_kills_ = 0;
};

} // namespace

outcome_of_seed simulate(std::uint64_t seed, world_options options) {
  return run_of_seed{seed, options}.run();
}

} // namespace daybook::simulation
