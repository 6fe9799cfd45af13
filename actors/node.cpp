#include "daybook/actors/node.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/sinks/null_sink.h>

#include "daybook/actors/bus.hpp"
#include "daybook/actors/error.hpp"
#include "daybook/actors/feed.hpp"
#include "daybook/actors/gateway.hpp"
#include "daybook/actors/journal.hpp"
#include "daybook/actors/node_core.hpp"
#include "daybook/actors/projection.hpp"
#include "daybook/actors/query.hpp"
#include "daybook/actors/subscription.hpp"
#include "daybook/actors/supervisor.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/persistence/order_view.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

namespace {

/// Open orders that are decided at a time at the start.
constexpr std::size_t resume_window = 256;

/// How long a stop waits for actors that have ended to be let go.
constexpr std::chrono::seconds release_limit{5};

/// How long a stop waits to learn who its members are, whatever its own limit is: longer than any disk stands still under the
/// actors that run before the supervisor. Without an answer they end in no order.
constexpr std::chrono::minutes members_limit{10};

/// The view remembers what it has seen; a journal that does not have it any more is not the one it was made from. Opened as
/// the projection opens it, because a killed process may have left its last rows in the WAL.
std::optional<journal_witness> memory_of(const view_files& view) {
  std::error_code ignored;
  if (!std::filesystem::exists(view.link(), ignored))
    return std::nullopt;
  const auto opened = order_view_writer::open(view.link());
  if (!opened)
    return std::nullopt;
  const auto& seen = (*opened)->position();
  return journal_witness{seen.position, seen.digest};
}

/// A data directory that can neither be found nor made is a matter of storage; `not_found` is for what a user asks for.
error about_storage(error cause) {
  if (cause.code == errc::not_found)
    cause.code = errc::io_error;
  return cause;
}

/// The members with a thread of their own.
std::vector<caf::actor_addr> owners_of_threads(const wiring& wires, const std::vector<subscription_actor>& subscriptions) {
  std::vector<caf::actor_addr> all{wires.journal.address(), wires.history.address(), wires.projection.address(),
                                   wires.archive.address()};
  for (const auto& each : wires.queries)
    all.push_back(each.address());
  for (const auto& each : subscriptions)
    all.push_back(each.address());
  return all;
}

/// CAF forgets an actor's timers only behind the farewell that others wait for, and each timer holds its actor; an actor system
/// that ends in between waits for such an actor's thread for ever. So: until nobody holds any of them, some seconds at most.
bool await_release(caf::scoped_actor& self, const std::vector<caf::actor_addr>& actors) {
  const auto until = std::chrono::steady_clock::now() + release_limit;
  const auto is_held = [](const auto& each) { return caf::actor_cast<caf::strong_actor_ptr>(each) != nullptr; };
  while (std::any_of(actors.begin(), actors.end(), is_held)) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    self->receive(caf::after(std::chrono::milliseconds{1}) >> [] {});
  }
  return true;
}

std::shared_ptr<spdlog::logger> silent_log() {
  return std::make_shared<spdlog::logger>("daybook", std::make_shared<spdlog::sinks::null_sink_mt>());
}

} // namespace

struct node::members {
  gateway_actor gateway;
  /// Knows who is who: members may have been replaced.
  caf::actor supervisor;
  std::vector<subscription_actor> subscriptions;
  std::uint16_t port = 0;
};

node::node(caf::actor_system& system, std::shared_ptr<node_core> core) : system_(system), core_(std::move(core)) {
  // nop
}

node::~node() {
  stop();
}

const gateway_actor& node::gateway() const noexcept {
  return members_->gateway;
}

const recovery_report& node::recovery() const noexcept {
  return core_->books->recovery();
}

// -- waiting -------------------------------------------------------------------------------------------------------------

std::chrono::milliseconds node::left_until(time_point until) const {
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - system_.clock().now());
  return std::max(rest, std::chrono::milliseconds{1});
}

/// Goes before every blocking call.
void node::let_run(const std::function<bool()>& until) const {
  if (core_->world.run_until)
    core_->world.run_until(until);
}

/// Requires that `self` waits for nothing else.
void node::let_answer(caf::scoped_actor& self, std::size_t answers) const {
  let_run([&] { return self->mailbox().size() >= answers; });
}

/// Blocks until actors have ended.
template <class... Handles>
void node::wait_for(const Handles&... those) const {
  auto ended = std::make_shared<std::atomic<std::size_t>>(0);
  const auto count = [ended] { ++*ended; };
  (caf::actor_cast<caf::abstract_actor*>(those)->attach_functor(count), ...);
  let_run([=] { return *ended == sizeof...(those); });
  caf::scoped_actor self{system_};
  self->wait_for(those...);
}

// -- starting ------------------------------------------------------------------------------------------------------------

result<std::unique_ptr<node>> node::start(caf::actor_system& system, node_settings settings,
                                          std::shared_ptr<spdlog::logger> log, node_environment world) {
  auto core = std::make_shared<node_core>();
  core->log = log ? std::move(log) : silent_log();
  core->world = std::move(world);
  core->started_at = core->world.now();
  core->settings = std::move(settings);
  const auto refuse = [&](const error& cause) {
    core->log->error("start refused: {}: {}", name(cause.code), cause.message);
    return cause;
  };
  if (auto valid = validate(core->settings); !valid)
    return refuse(valid.error());
  core->view = view_files{core->settings.data_dir};
  file_journal_options options;
  options.segment_bytes = core->settings.segment_bytes;
  options.reserve_bytes = core->settings.reserve_bytes;
  options.make_id = core->world.make_id;
  options.ask_view = [view = core->view] { return memory_of(view); };
  auto books = file_journal::open(core->settings.data_dir, options, core->started_at, *core->world.files);
  if (!books)
    return refuse(about_storage(books.error()));
  core->books = std::move(*books);
  core->log->info("recovery: {}", describe(core->books->recovery()));
  std::unique_ptr<node> result{new node{system, core}};
  if (auto spawned = result->spawn_members(); !spawned)
    return refuse(spawned.error());
  if (auto decided = result->decide_open_orders(); !decided)
    return refuse(decided.error());
  core->log->info("started: {} at position {}", core->settings.data_dir.string(), core->books->last_position());
  return result;
}

result<done> node::spawn_members() {
  wiring wires;
  wires.bus = system_.spawn(event_bus, core_->books->last_position());
  auto view = spawn_projection(system_, core_, wires.bus);
  if (!view && view.error().code == errc::disk_full) {
    [[maybe_unused]] const auto was_held = core_->books->give_up_reserve();
    view = spawn_projection(system_, core_, wires.bus);
  }
  if (!view) {
    caf::anon_send_exit(wires.bus, caf::exit_reason::user_shutdown);
    return view.error();
  }
  wires.projection = std::move(*view);
  wires.journal = spawn_blocking(system_, core_->world, journal_writer, core_);
  wires.history = spawn_blocking(system_, core_->world, history_reader, core_);
  wires.feed = system_.spawn(event_feed, core_, wires.bus);
  for (std::size_t i = 0; i < core_->settings.query_connections; ++i)
    wires.queries.push_back(spawn_query(system_, core_));
  wires.archive = spawn_query(system_, core_);
  wires.orders = spawn_orders(system_, core_, wires);
  members_ = std::make_unique<members>();
  members_->gateway = system_.spawn(daybook::gateway, core_);
  members_->supervisor = system_.spawn(supervisor, core_, members_->gateway, std::move(wires));
  // The supervisor answers after it has told the gateway who is who: a command that is sent after this finds a node that
  // serves.
  auto known = who_is_who();
  if (!known)
    return known.error();
  return done{};
}

result<wiring_ptr> node::who_is_who() const {
  return ask_supervisor(wire_atom_v, caf::duration{core_->settings.request_timeout});
}

template <class Atom>
result<wiring_ptr> node::ask_supervisor(Atom what, caf::duration limit) const {
  caf::scoped_actor self{system_};
  result<wiring_ptr> known = error{};
  auto response = self->request(members_->supervisor, limit, what);
  let_answer(self);
  response.receive([&](const wiring_ptr& wires) { known = wires; },
                   [&](caf::error& cause) { known = from_caf(cause); });
  return known;
}

result<done> node::decide_open_orders() {
  auto streams = core_->books->open_streams();
  if (!streams)
    return streams.error();
  if (streams->empty())
    return done{};
  core_->log->info("recovery: {} orders were requested and not decided; deciding them", streams->size());
  auto known = who_is_who();
  if (!known)
    return known.error();
  const auto orders = (*known)->orders;
  result<done> decided = done{};
  std::size_t waiting = 0;
  std::deque<std::string> left;
  const auto prefix = std::string{order_rules::category} + "-";
  for (auto& each : *streams)
    if (each.compare(0, prefix.size(), prefix) == 0)
      left.push_back(each.substr(prefix.size()));
  while (!left.empty() && decided) {
    caf::scoped_actor self{system_};
    using response = decltype(self->request(orders, core_->settings.request_timeout, resume_atom_v, left[0]));
    std::vector<response> under_way;
    for (; !left.empty() && under_way.size() < resume_window; left.pop_front())
      under_way.push_back(self->request(orders, core_->settings.request_timeout, resume_atom_v, left.front()));
    let_answer(self, under_way.size());
    for (auto& each : under_way)
      each.receive([](caf::ok_atom) {},
                   [&](caf::error& cause) {
                     // A full disk is no reason not to be read: these orders decide when there is room.
                     if (auto why = from_caf(cause); why.code == errc::disk_full)
                       ++waiting;
                     else
                       decided = std::move(why);
                   });
  }
  if (waiting > 0)
    core_->log->warn("recovery: {} orders are decided when there is room on the disk", waiting);
  return decided;
}

// -- serving -------------------------------------------------------------------------------------------------------------

result<std::uint16_t> node::publish(const std::string& host, std::uint16_t port) {
  if (!is_loopback(host))
    return error{errc::access_refused, "cannot serve on " + host + ": CAF's network layer trusts whoever reaches it, so only " +
                                         "loopback addresses such as 127.0.0.1 are served"};
  // Reuse: a port whose last connections are still being forgotten by the kernel is free for a restart.
  auto bound = system_.middleman().publish(members_->gateway, port, host.c_str(), true);
  if (!bound)
    return error{errc::unavailable, "cannot serve on " + host + ":" + std::to_string(port) +
                                      ": the address is not usable or the port is taken; choose another with --listen"};
  members_->port = *bound;
  core_->log->info("serving on {}:{}", host, *bound);
  return *bound;
}

result<done> node::subscribe(consumer_actor consumer, position_t from) {
  auto known = who_is_who();
  if (!known)
    return known.error();
  members_->subscriptions.push_back(
    spawn_blocking(system_, core_->world, subscription, core_, (*known)->bus, std::move(consumer), from));
  return done{};
}

// -- stopping ------------------------------------------------------------------------------------------------------------

bool node::stop(std::chrono::milliseconds limit) {
  if (!members_)
    return true;
  const auto until = system_.clock().now() + limit;
  // From here on nobody is replaced: whoever was made now would be left behind. Who they are must be known, also when time has
  // run out, so that they end in their order.
  auto known = ask_supervisor(close_atom_v, caf::duration{members_limit});
  auto all = std::move(members_);
  const auto threads = known ? owners_of_threads(**known, all->subscriptions) : std::vector<caf::actor_addr>{};
  caf::scoped_actor self{system_};
  if (all->port != 0)
    system_.middleman().unpublish(all->gateway, all->port);
  bool clean = known.ok() && drain(*all, until);
  for (const auto& each : all->subscriptions)
    self->send_exit(each, caf::exit_reason::user_shutdown);
  if (known)
    clean = dismiss(**known, until) && clean;
  self->send_exit(all->supervisor, caf::exit_reason::user_shutdown);
  wait_for(all->supervisor);
  self->send_exit(all->gateway, caf::exit_reason::user_shutdown);
  for (const auto& each : all->subscriptions)
    wait_for(each);
  known = error{};
  all.reset();
  if (core_->world.has_threads)
    clean = await_release(self, threads) && clean;
  const auto how = clean ? "" : ", not everything could be finished";
  core_->log->info("stopped at position {}{}", core_->books->last_position(), how);
  return clean;
}

/// Lets the gateway admit nothing more and what is under way finish.
bool node::drain(const members& all, time_point until) {
  caf::scoped_actor self{system_};
  bool is_closed = false;
  auto response = self->request(all.gateway, left_until(until), close_atom_v);
  let_answer(self);
  response.receive([&](std::uint64_t) { is_closed = true; }, [](caf::error&) {});
  const auto is_over = [&] { return core_->commands_in_flight == 0 || system_.clock().now() >= until; };
  let_run(is_over);
  while (!is_over())
    self->receive(caf::after(std::chrono::milliseconds{1}) >> [] {});
  return is_closed && core_->commands_in_flight == 0;
}

/// Ends the members in the order in which they need each other: writers before the journal, readers before the view.
bool node::dismiss(const wiring& wires, time_point until) {
  caf::scoped_actor self{system_};
  bool clean = true;
  const auto end = [&](const auto& handle) { self->send_exit(handle, caf::exit_reason::user_shutdown); };
  const auto close = [&](const auto& handle) {
    caf::scoped_actor asking{system_};
    auto response = asking->request(handle, left_until(until), close_atom_v);
    let_answer(asking);
    response.receive([](caf::ok_atom) {}, [&](caf::error&) {
      clean = false;
      end(handle);
    });
  };
  end(wires.orders);
  wait_for(wires.orders);
  close(wires.journal);
  for (const auto& each : wires.queries)
    end(each);
  end(wires.archive);
  for (const auto& each : wires.queries)
    wait_for(each);
  wait_for(wires.archive);
  close(wires.projection);
  end(wires.feed);
  end(wires.bus);
  end(wires.history);
  wait_for(wires.history, wires.journal, wires.projection);
  return clean;
}

} // namespace daybook
