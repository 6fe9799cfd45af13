#include "daybook/actors/connection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>

namespace daybook {

namespace {

constexpr std::chrono::milliseconds retry_pause{200};
constexpr std::chrono::milliseconds deadline_sweep{100};
/// A server that accepts and says nothing is not one.
constexpr std::chrono::milliseconds greeting_limit{5'000};

/// Whether another connection could bring another answer.
bool is_about_the_connection(const error& cause) {
  return cause.code == errc::unavailable;
}

} // namespace

connection_state::connection_state(self_pointer self) : self_(self) {
  // nop
}

void connection_state::start(connection_settings settings) {
  settings_ = std::move(settings);
  self_->set_down_handler([this](const caf::down_msg& down) {
    if (gateway_ && down.source == peer_)
      on_lost("the connection ended");
  });
  self_->delayed_send(self_, deadline_sweep, sweep_atom_v);
  connect();
}

std::string connection_state::address() const {
  const bool is_ipv6 = settings_.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + settings_.host + "]" : settings_.host) + ":" + std::to_string(settings_.port);
}

// -- connecting ----------------------------------------------------------------------------------------------------------

void connection_state::connect() {
  if (gateway_ || std::exchange(is_connecting_, true))
    return;
  const auto network = self_->system().middleman().actor_handle();
  self_->request(network, greeting_limit, caf::connect_atom_v, settings_.host, settings_.port)
    .then([this](caf::node_id&, caf::strong_actor_ptr& peer, std::set<std::string>&) { on_connected(peer); },
          [this](caf::error& cause) { retry_later(from_caf(cause)); });
}

/// The version comes before anything else, and over an untyped handle: a server with other messages could not be asked else.
void connection_state::on_connected(const caf::strong_actor_ptr& peer) {
  if (!peer)
    return retry_later({errc::unavailable, "nothing is served there"});
  self_->request(caf::actor_cast<caf::actor>(peer), greeting_limit, hello_atom_v, protocol_version)
    .then([this, peer](const server_info&) { on_greeted(peer); },
          [this](caf::error& cause) {
            auto why = from_caf(cause);
            is_connecting_ = false;
            if (why.code == errc::wrong_protocol)
              fail_all({why.code, "cannot use the server at " + address() + ": " + why.message});
            else
              retry_later({errc::unavailable, "it does not answer (" + why.message + ")"});
          });
}

void connection_state::on_greeted(const caf::strong_actor_ptr& peer) {
  is_connecting_ = false;
  gateway_ = caf::actor_cast<gateway_actor>(peer);
  peer_ = gateway_.address();
  ++connection_;
  self_->monitor(gateway_);
  if (std::exchange(was_lost_, false) && settings_.on_news)
    settings_.on_news("connected again to " + address());
  for (auto& [id, each] : requests_)
    send_now(each);
}

void connection_state::on_lost(const std::string& why) {
  gateway_ = nullptr;
  was_lost_ = true;
  last_problem_ = {errc::unavailable, why};
  if (settings_.on_news)
    settings_.on_news("lost the server at " + address() + " (" + why + "); trying to reach it again");
  self_->delayed_send(self_, retry_pause, follow_atom_v);
}

void connection_state::retry_later(const error& cause) {
  is_connecting_ = false;
  last_problem_ = cause;
  self_->delayed_send(self_, retry_pause, follow_atom_v);
}

// -- requests ------------------------------------------------------------------------------------------------------------

void connection_state::keep(std::uint64_t id, send_function send, fail_function fail) {
  auto content = self_->current_mailbox_element()->move_content_to_message();
  const auto until = self_->clock().now() + settings_.timeout;
  auto& entry = requests_[id] = request{until, std::move(content), std::move(send), std::move(fail), 0};
  if (gateway_)
    send_now(entry);
}

void connection_state::send_now(request& each) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(each.until - self_->clock().now());
  each.connection = connection_;
  each.send(caf::actor_cast<caf::actor>(gateway_), std::max(left, std::chrono::milliseconds{1}), each.content);
}

void connection_state::on_error(std::uint64_t id, const caf::error& cause) {
  auto found = requests_.find(id);
  if (found == requests_.end())
    return;
  auto why = from_caf(cause);
  if (found->second.connection != connection_ || !gateway_)
    return;
  if (is_about_the_connection(why))
    return on_lost(why.message);
  auto entry = std::move(found->second);
  requests_.erase(found);
  entry.fail(to_caf(why));
}

void connection_state::sweep() {
  const auto now = self_->clock().now();
  std::vector<request> over;
  for (auto i = requests_.begin(); i != requests_.end();) {
    // While connected, the request's own timeout speaks.
    if (i->second.until <= now && !gateway_) {
      over.push_back(std::move(i->second));
      i = requests_.erase(i);
    } else {
      ++i;
    }
  }
  for (auto& each : over)
    each.fail(to_caf({errc::unavailable, "cannot reach a daybook server at " + address() + ": " + last_problem_.message +
                                           "; start daybookd there, or give another address with --connect"}));
  self_->delayed_send(self_, deadline_sweep, sweep_atom_v);
}

void connection_state::fail_all(const error& cause) {
  last_problem_ = cause;
  for (auto& [id, each] : std::exchange(requests_, {}))
    each.fail(to_caf(cause));
  self_->delayed_send(self_, retry_pause, follow_atom_v);
}

} // namespace daybook
