#include "daybook/tests/simulation/world.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include <spdlog/sinks/stdout_sinks.h>

#include "daybook/actors/wiring.hpp"
#include "daybook/tests/simulation/journal_facts.hpp"

namespace daybook::simulation {

namespace fs = std::filesystem;

namespace {

/// 2026-11-23T10:15:00Z.
constexpr time_us first_moment = 1'795'428'900'000'000;
constexpr std::size_t client_count = 3;
/// A node that waits longer than this in a start or stop waits for ever.
constexpr std::chrono::hours far_too_long{24};

struct simulated_config : caf::actor_system_config {
  simulated_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    configure(*this);
  }
};

/// A client only asks; the one message it would take is never sent. It has an argument because of CAF: for functions without,
/// it follows a null pointer to their arguments (caf/detail/init_fun_factory.hpp), which assertions of the library notice.
caf::behavior idle_client(int) {
  return {[](flush_atom) {}};
}

/// SQLite's files go where syncs cost nothing, if there is such a place.
fs::path make_data_dir() {
  const fs::path shared = "/dev/shm";
  std::error_code ignored;
  const auto parent = fs::is_directory(shared, ignored) ? shared : fs::temp_directory_path();
  auto pattern = (parent / "daybook-simulation-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"cannot make a directory like " + pattern};
  return pattern;
}

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  if (fs::exists(from))
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

bool is_of_journal(std::string_view path) {
  return path.find("/journal") != std::string_view::npos && path.find("/lock") == std::string_view::npos;
}

} // namespace

world::world(std::uint64_t seed, world_options options) :
    random(seed), options_(options), data_dir_(make_data_dir()), watched_(files_) {
  watched_.lies_about_syncs = options.lies_about_syncs;
  watched_.before = [this](auto what, auto path) { on_call(what, path); };
  watched_.after = [this](auto what, auto path, auto outcome) { on_outcome(what, path, outcome); };
}

world::~world() {
  if (node_ != nullptr || system_ != nullptr) {
    kill_node();
    bury();
  }
  std::error_code ignored;
  fs::remove_all(data_dir_, ignored);
}

void world::say(const std::string& what) const {
  if (options_.is_loud)
    std::printf("[%lu %.3fs %08lx] %s\n", static_cast<unsigned long>(life_), static_cast<double>(now().count()) / 1e6,
                static_cast<unsigned long>(trace.value() >> 32), what.c_str());
}

// -- the node's lives ----------------------------------------------------------------------------------------------------

node_environment world::environment() {
  node_environment made;
  made.files = &watched_;
  made.now = [this] { return wall(); };
  made.make_id = [](time_us) { return std::string{"0193580b-2c40-7000-8000-0000000000ff"}; };
  made.has_threads = false;
  made.run_until = [this](const std::function<bool()>& condition) {
    if (run_until(condition, far_too_long))
      return;
    std::fprintf(stderr, "the node waits for something that never happens\n");
    std::abort();
  };
  return made;
}

result<done> world::start(const node_settings& settings) {
  ++life_;
  is_dead_ = is_taken_down_ = false;
  disturbed_ = {};
  request_timeout_ = settings.request_timeout;
  patience_ = 4 * request_timeout_ + microseconds{settings.query_wait} + std::chrono::seconds{5};
  choose_style();
  config_ = std::make_unique<simulated_config>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  scheduler_->clock().current_time += passed_;
  for (std::size_t i = 0; i < client_count; ++i)
    clients_.push_back(system_->spawn(idle_client, 0));
  auto mine = settings;
  mine.data_dir = data_dir_;
  const auto log =
    options_.is_loud ? std::make_shared<spdlog::logger>("node", std::make_shared<spdlog::sinks::stdout_sink_st>()) : nullptr;
  auto started = node::start(*system_, mine, log, environment());
  trace.add(started.ok());
  if (!started) {
    trace.add_text(name(started.error().code));
    take_down();
    return started.error();
  }
  node_ = std::move(*started);
  return done{};
}

void world::stop() {
  say("clean stop");
  // What waits for a member that ends has only its own patience.
  disturbed_.kills = true;
  node_->stop(std::chrono::milliseconds{10'000});
  if (!is_dead_)
    run_until([this] { return open_.empty() || is_dead_; }, patience_);
  take_down();
}

void world::kill_node() {
  if (!is_dead_)
    die();
}

/// The moment in which a process ends: what it wrote stays as it is, what it does from now on did not happen.
void world::die() {
  say("killed");
  trace.add(0xdead);
  is_dead_ = true;
  kill_at_ = 0;
  ++changes_;
  files_.kill();
  copy_tree(view_dir(), data_dir_ / "kept-view");
}

/// Ends all actors. A dead node goes through its ordinary stop on files that refuse everything.
void world::take_down() {
  is_taken_down_ = true;
  node_.reset();
  for (auto& each : clients_)
    caf::anon_send_exit(each, caf::exit_reason::kill);
  clients_.clear();
  for (auto& each : hosts_)
    caf::anon_send_exit(each, caf::exit_reason::kill);
  hosts_.clear();
  while (run_one()) {
    // Until everybody is gone.
  }
  passed_ = now();
  if (const auto left = system_->registry().running(); left > 0) {
    broken.add("a stop ends everybody", std::to_string(left) + " actors are left");
    // It would wait for them, for ever: rather let it lie.
    static_cast<void>(system_.release());
    static_cast<void>(config_.release());
  }
  scheduler_ = nullptr;
  system_.reset();
  config_.reset();
  open_.clear();
}

void world::bury() {
  if (system_ != nullptr)
    take_down();
  if (!is_dead_)
    return;
  copy_tree(data_dir_ / "kept-view", view_dir());
  files_.restart();
  is_dead_ = false;
  ++changes_;
}

void world::cut_power() {
  const auto seed = random.next();
  say("power cut: " + std::string{testing::memory_disk::damage_name(seed)});
  files_.power_cut(seed);
  ++changes_;
}

void world::remember_view() {
  copy_tree(view_dir(), data_dir_ / "old-view");
}

void world::disturb_view_and_index() {
  switch (random.below(8)) {
    case 0:
      say("the view is deleted");
      fs::remove_all(view_dir());
      break;
    case 1:
      if (fs::exists(data_dir_ / "old-view")) {
        say("the view is an older copy");
        copy_tree(data_dir_ / "old-view", view_dir());
      }
      break;
    default: break;
  }
  if (random.one_in(8)) {
    say("the index is deleted");
    auto disk = files_.disk();
    disk.erase(data_dir_ / "index");
    files_.replace(std::move(disk));
    files_.restart();
    ++changes_;
  }
}

// -- accidents -----------------------------------------------------------------------------------------------------------

void world::inject_fault() {
  using call = testing::file_call;
  testing::file_fault fault;
  fault.nth = random.between(1, 12);
  if (random.one_in(3))
    fault.part = random.one_in(3) ? "/index" : "/journal";
  switch (random.below(10)) {
    case 0: fault.what = call::write; break;
    case 1: fault.what = call::sync; break;
    case 2:
      fault.what = random.one_in(2) ? call::write : call::allocate;
      fault.outcome = -ENOSPC;
      fault.for_ever = random.one_in(2);
      break;
    case 3:
      fault.what = random.one_in(2) ? call::write : call::read;
      fault.is_short = fault.for_ever = true;
      fault.nth = 1;
      break;
    // Once: a call that is interrupted for ever never ends.
    case 4: fault.outcome = -EINTR; break;
    case 5: fault.what = call::read; break;
    case 6: fault.what = random.one_in(2) ? call::open : call::rename; break;
    case 7: fault.what = random.one_in(2) ? call::sync_directory : call::truncate; break;
    case 8: break;
    default:
      say("the disk is nearly full");
      files_.set_capacity(files_.disk().used() + random.below(4'000));
      disturbed_.faults = true;
      return;
  }
  fault.for_ever = fault.for_ever || (fault.outcome == -EIO && random.one_in(4));
  say("fault: " + std::string{fault.what ? testing::name(*fault.what) : "any"} + " " + fault.part + " in "
      + std::to_string(fault.nth) + " calls: " + std::to_string(fault.outcome));
  disturbed_.faults = true;
  files_.fail(fault);
}

void world::heal() {
  files_.heal();
  files_.set_capacity(UINT64_MAX);
}

void world::jump_clock() {
  skew_ += static_cast<time_us>(random.below(7'200'000'000)) - 3'600'000'000;
  say("the clock jumps");
}

void world::freeze() {
  disturbed_.delays = true;
  pass_time(microseconds{random.below(40'000'000)});
}

void world::kill_member() {
  auto known = node_->who_is_who();
  if (!known || is_dead_)
    return;
  const auto& who = **known;
  const auto end = [&](const char* name, const auto& handle) {
    say("kill: " + std::string{name});
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  };
  disturbed_.kills = true;
  switch (random.below(15)) {
    case 0: case 1: return end("router", who.orders);
    case 2: case 3: return end("history", who.history);
    case 4: case 5: return end("bus", who.bus);
    case 6: case 7: return end("projection", who.projection);
    case 8: case 9: return end("feed", who.feed);
    case 10: case 11: return end("archive", who.archive);
    case 12:
      disturbed_.journal_killed = true;
      return end("journal", who.journal);
    default: return end("query", random.any_of(who.queries));
  }
}

// -- disk calls ----------------------------------------------------------------------------------------------------------

void world::on_call(watched_files::call what, std::string_view path) {
  if (is_dead_)
    return;
  trace.add(static_cast<std::uint64_t>(what));
  // Of the data directory's own name nothing may depend.
  if (const auto& dir = data_dir_.native(); path.substr(0, dir.size()) == dir)
    trace.add_text(path.substr(dir.size()));
  if (says_all())
    say("calls " + std::string{testing::name(what)} + " " + std::string{path});
  if (kill_at_ > 0 && --kill_at_ == 0)
    return die();
  if (node_ == nullptr || overlap_ == 0 || depth_ >= 3 || !random.one_in(overlap_))
    return;
  ++depth_;
  if (has_slow_disk_ && random.one_in(12)) {
    disturbed_.delays = true;
    scheduler_->advance_time(microseconds{random.below(static_cast<std::uint64_t>(request_timeout_.count()) * 2)});
  }
  for (auto left = random.between(1, 10); left > 0 && run_one(); --left) {
    // While this call waits for the disk.
  }
  --depth_;
}

void world::on_outcome(watched_files::call what, std::string_view path, os_outcome outcome) {
  using call = watched_files::call;
  if (is_dead_)
    return;
  ++changes_;
  if (outcome >= 0 || outcome == -EINTR || !is_of_journal(path) || disturbed_.writing_failed_at)
    return;
  const bool is_fatal = what == call::sync || what == call::sync_directory || what == call::truncate
                        || (what == call::write && outcome != -ENOSPC);
  if (!is_fatal)
    return;
  say(std::string{testing::name(what)} + " failed: " + std::string{path});
  disturbed_.writing_failed_at = last_whole_position(durable_disk(), data_dir_);
}

const testing::memory_disk& world::durable_disk() {
  if (durable_of_ != changes_) {
    // A multiple of `damages`: everything that was not synced is gone.
    durable_ = files_.disk().after_power_cut(0);
    durable_of_ = changes_;
  }
  return durable_;
}

// -- time and actors -----------------------------------------------------------------------------------------------------

void world::choose_style() {
  style_ = static_cast<style>(random.below(3));
  rank_seed_ = random.next();
  overlap_ = random.one_in(4) ? 0 : random.between(1, 12);
  has_slow_disk_ = random.one_in(6);
}

std::size_t world::choose_job(const std::deque<caf::resumable*>& jobs) {
  switch (style_) {
    case style::in_order: return random.one_in(16) ? random.below(jobs.size()) : 0;
    case style::any: return random.below(jobs.size());
    case style::by_rank: break;
  }
  // Some are slow and others fast; now and then all is different.
  if (random.one_in(64))
    rank_seed_ = random.next();
  if (random.one_in(8))
    return random.below(jobs.size());
  std::size_t best = 0;
  std::uint64_t best_rank = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto* actor = dynamic_cast<caf::local_actor*>(jobs[i]);
    const auto rank = dice{rank_seed_ ^ (actor != nullptr ? actor->id() : 0)}.next();
    if (i == 0 || rank > best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

void world::note_turn(const caf::resumable* job) {
  const auto* actor = dynamic_cast<const caf::local_actor*>(job);
  if (actor == nullptr)
    return;
  trace.add(actor->id());
  if (says_all())
    say("runs " + std::string{actor->name()} + " " + std::to_string(actor->id()));
}

bool world::run_one() {
  auto& jobs = scheduler_->jobs;
  if (jobs.empty())
    return false;
  const auto at = choose_job(jobs);
  auto* job = jobs[at];
  jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(at));
  jobs.push_front(job);
  if (!is_dead_)
    note_turn(job);
  return scheduler_->try_run_once();
}

void world::run(std::size_t messages) {
  for (; messages > 0 && !is_dead_; --messages) {
    if (random.one_in(200))
      pass_time(microseconds{random.below(50'000)});
    if (run_one())
      continue;
    if (!scheduler_->has_pending_timeout())
      return;
    scheduler_->trigger_timeout();
  }
}

bool world::run_until(const std::function<bool()>& condition, microseconds limit) {
  const auto end = now() + limit;
  while (!condition()) {
    if (run_one())
      continue;
    if (now() >= end || !scheduler_->has_pending_timeout())
      return condition();
    scheduler_->trigger_timeout();
  }
  return true;
}

void world::pass_time(microseconds time) {
  scheduler_->advance_time(time);
}

microseconds world::now() const noexcept {
  if (scheduler_ == nullptr)
    return passed_;
  const caf::actor_clock::time_point begin{};
  return std::chrono::duration_cast<microseconds>(scheduler_->clock().now() - begin);
}

time_us world::wall() const noexcept {
  return first_moment + now().count() + skew_;
}

// -- clients -------------------------------------------------------------------------------------------------------------

caf::event_based_actor& world::client() {
  auto& chosen = dynamic_cast<caf::event_based_actor&>(*caf::actor_cast<caf::abstract_actor*>(random.any_of(clients_)));
  // It asks while it is not being run: what ran it last is gone.
  chosen.context(nullptr);
  return chosen;
}

/// False when nobody is there any more who could have got the answer.
bool world::close_question(std::uint64_t number) {
  if (is_dead_ || is_taken_down_)
    return false;
  return open_.erase(number) > 0;
}

/// Promise 9: the node answers, in time; a client's own patience ends only where something was broken on purpose.
void world::check_deadline(microseconds asked_at, const caf::error& cause) {
  trace.add(cause.code());
  if (now() - asked_at >= patience_ && disturbed_.none())
    broken.add("every request is answered by its deadline", "none came within the client's patience");
}

} // namespace daybook::simulation
