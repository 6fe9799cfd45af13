#include "daybook/apps/session.hpp"

#include <iostream>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/after.hpp>
#include <caf/send.hpp>

#include "daybook/actors/connection.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/config/logging.hpp"

namespace daybook {

struct session::runtime {
  daybook_config config;
  caf::actor_system system;

  runtime(const session_settings& settings)
    : config{settings.node, !settings.connect.empty()}, system{(configure(config), config)} {
    // nop
  }
};

// -- opening and closing -------------------------------------------------------------------------------------------------

session::session(const session_settings& settings)
  : settings_(settings), runtime_(std::make_unique<runtime>(settings)), self_(runtime_->system) {
  // nop
}

session::~session() {
  if (node_)
    node_->stop();
  else if (gateway_)
    caf::anon_send_exit(gateway_, caf::exit_reason::user_shutdown);
}

result<std::unique_ptr<session>> session::open(const session_settings& settings) {
  std::unique_ptr<session> opened{new session{settings}};
  auto ready = settings.connect.empty() ? opened->open_node() : opened->connect();
  if (!ready)
    return ready.error();
  return opened;
}

result<done> session::open_node() {
  auto log = make_log(settings_.node);
  if (!log)
    return log.error();
  auto started = node::start(runtime_->system, settings_.node, std::move(*log));
  if (!started)
    return started.error();
  node_ = std::move(*started);
  gateway_ = node_->gateway();
  return done{};
}

result<done> session::connect() {
  connection_settings where;
  if (auto address = parse_address(settings_.connect, where.host, where.port); !address)
    return address.error();
  if (!is_loopback(where.host))
    return error{errc::access_refused, "cannot connect to " + where.host + ": CAF's network layer trusts whoever is at the "
                                       "other end, so only loopback addresses such as 127.0.0.1 are used"};
  where.timeout = settings_.timeout;
  where.on_news = [](const std::string& text) { std::cerr << "daybook: " + text + "\n"; };
  gateway_ = caf::actor_cast<gateway_actor>(runtime_->system.spawn(connection, std::move(where)));
  auto server = ask<server_info>(hello_atom_v, protocol_version);
  if (!server)
    return server.error();
  return done{};
}

caf::actor_system& session::system() {
  return runtime_->system;
}

void session::pause(std::chrono::milliseconds time) {
  self_->receive(caf::after(time) >> [] {});
}

std::chrono::milliseconds session::deadline() const {
  // The connection answers in time by itself, and says more than a timeout could.
  return settings_.timeout + std::chrono::milliseconds{2000};
}

// -- many at a time ------------------------------------------------------------------------------------------------------

struct command_pipeline::flight {
  using response = decltype(std::declval<caf::scoped_actor&>()->request(
    std::declval<const gateway_actor&>(), std::chrono::milliseconds{}, std::declval<std::vector<order_command>>()));
  /// Of their orders.
  std::vector<std::string> ids;
  response answer;
};

command_pipeline::command_pipeline(session& owner, outcome_sink sink)
  : command_pipeline(owner, std::move(sink), limits{}) {
  // nop
}

command_pipeline::command_pipeline(session& owner, outcome_sink sink, limits most)
  : owner_(owner), sink_(std::move(sink)), most_(most), self_(owner.system()) {
  // nop
}

command_pipeline::~command_pipeline() {
  finish();
}

void command_pipeline::send(order_command wish) {
  queue_.push_back(std::move(wish));
  if (queue_.size() >= most_.pack)
    launch();
}

void command_pipeline::launch() {
  if (queue_.empty())
    return;
  while (in_flight_.size() >= most_.packs_in_flight)
    land();
  auto commands = std::exchange(queue_, {});
  const auto limit = owner_.settings().timeout + std::chrono::milliseconds{2000};
  std::vector<std::string> ids;
  ids.reserve(commands.size());
  for (const auto& each : commands)
    ids.push_back(each.id);
  auto answer = self_->request(owner_.gateway(), limit, std::move(commands));
  in_flight_.push_back(std::make_unique<flight>(flight{std::move(ids), std::move(answer)}));
}

void command_pipeline::land() {
  auto first = std::move(in_flight_.front());
  in_flight_.pop_front();
  first->answer.receive(
    [&](const std::vector<outcome>& outcomes) {
      for (std::size_t i = 0; i < first->ids.size() && i < outcomes.size(); ++i)
        sink_(first->ids[i], outcomes[i]);
    },
    [&](caf::error& cause) {
      const auto why = from_caf(cause);
      for (const auto& each : first->ids)
        sink_(each, outcome{false, {}, why.code, why.message});
    });
}

void command_pipeline::finish() {
  launch();
  while (!in_flight_.empty())
    land();
}

} // namespace daybook
