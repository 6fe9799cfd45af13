#include "daybook/actors/gateway.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/others.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include "daybook/actors/version.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook {

namespace {

outcome failed(const error& cause) {
  return {false, {}, cause.code, cause.message};
}

} // namespace

gateway_state::gateway_state(self_pointer self) : self_(self), questions_(self) {
  // nop
}

void gateway_state::start(node_core_ptr core) {
  core_ = std::move(core);
  questions_.start(core_);
}

caf::result<server_info> gateway_state::hello(std::uint32_t client_protocol) const {
  if (client_protocol != protocol_version)
    return to_caf({errc::wrong_protocol, "the server speaks protocol " + std::to_string(protocol_version) + " (daybook " +
                                           std::string{version_text} + "), the client " + std::to_string(client_protocol) +
                                           "; use the same version on both sides"});
  return server_info{protocol_version, std::string{version_text}, core_->books->journal_id()};
}

// -- commands ------------------------------------------------------------------------------------------------------------

std::optional<caf::error> gateway_state::not_serving() const {
  if (is_closing_ || !wires)
    return to_caf({errc::shutting_down, "the node is stopping or not ready yet; try again later"});
  return std::nullopt;
}

result<admission> gateway_state::admit(const order_command& wish) {
  if (auto readable = order_codec::check_readable(wish); !readable)
    return readable.error();
  if (core_->commands_in_flight >= core_->settings.admission_limit)
    return error{errc::overloaded, "more than " + std::to_string(core_->settings.admission_limit) +
                                     " commands are under way; send fewer at a time, or try again later"};
  return admission{{core_, &core_->commands_in_flight}};
}

caf::result<receipt> gateway_state::execute(order_command& wish) {
  if (auto refused = not_serving())
    return *refused;
  auto place = admit(wish);
  if (!place)
    return to_caf(place.error());
  return self_->delegate(wires->orders, std::move(wish), ticket{std::make_shared<admission>(std::move(*place))});
}

caf::result<std::vector<outcome>> gateway_state::execute_all(std::vector<order_command>& wishes) {
  if (auto refused = not_serving())
    return *refused;
  if (wishes.size() > pack_commands_max)
    return to_caf({errc::invalid_argument, "at most " + std::to_string(pack_commands_max) + " commands travel in one message"});
  if (wishes.empty())
    return std::vector<outcome>{};
  const auto id = ++packs_begun_;
  auto all = std::make_shared<pack>(wishes.size(), [id, self = gateway_actor{self_}] {
    caf::anon_send(self, packed_atom_v, id);
  });
  auto promise = self_->make_response_promise<std::vector<outcome>>();
  packs_.emplace(id, open_pack{all, promise, self_->clock().now()});
  std::vector<order_command> admitted;
  std::vector<slot_ptr> slots;
  admitted.reserve(wishes.size());
  slots.reserve(wishes.size());
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    auto place = admit(wishes[i]);
    if (!place) {
      all->set(i, failed(place.error()));
      continue;
    }
    admitted.push_back(std::move(wishes[i]));
    slots.push_back(std::make_shared<pack_slot>(all, i, std::move(*place)));
  }
  if (!admitted.empty())
    self_->send(wires->orders, std::move(admitted), std::move(slots));
  if (!std::exchange(is_timing_, true))
    self_->delayed_send(self_, core_->settings.request_timeout, overdue_atom_v);
  return promise;
}

void gateway_state::on_packed(std::uint64_t id) {
  const auto found = packs_.find(id);
  if (found == packs_.end() || !found->second.outcomes->is_full())
    return;
  found->second.promise.deliver(found->second.outcomes->take());
  packs_.erase(found);
}

/// One timer for all of them: they are over in the order in which they began.
void gateway_state::on_overdue() {
  const auto now = self_->clock().now();
  const std::chrono::nanoseconds limit = core_->settings.request_timeout;
  const auto unknown = failed(from_caf(caf::make_error(caf::sec::request_timeout)));
  while (!packs_.empty() && packs_.begin()->second.since + limit <= now) {
    auto& oldest = packs_.begin()->second;
    oldest.promise.deliver(oldest.outcomes->so_far(unknown));
    packs_.erase(packs_.begin());
  }
  is_timing_ = !packs_.empty();
  if (is_timing_)
    self_->delayed_send(self_, std::chrono::ceil<std::chrono::milliseconds>(packs_.begin()->second.since + limit - now),
                        overdue_atom_v);
}

// -- questions -----------------------------------------------------------------------------------------------------------

caf::result<position_t> gateway_state::rebuild() {
  if (auto refused = not_serving())
    return *refused;
  return self_->delegate(wires->projection, rebuild_atom_v);
}

caf::result<node_status> gateway_state::status() {
  if (auto refused = not_serving())
    return *refused;
  node_status text;
  text.version = version_text;
  text.journal_id = core_->books->journal_id();
  text.started_at = core_->started_at;
  text.journal_position = core_->books->last_position();
  text.view_position = core_->view_position;
  text.projection = core_->settings.projection;
  text.parked_orders = core_->parked_orders;
  text.commands_in_flight = core_->commands_in_flight;
  text.admission_limit = core_->settings.admission_limit;
  text.restarts = core_->restarts;
  text.recovery = describe(core_->books->recovery());
  auto promise = self_->make_response_promise<node_status>();
  const auto limit = core_->settings.request_timeout;
  auto ask_journal = [this, promise, limit](node_status& found) mutable {
    self_->request(wires->journal, limit, failed_atom_v)
      .then(
        [promise, found](std::string& failure) mutable {
          found.journal_failure = std::move(failure);
          promise.deliver(std::move(found));
        },
        [promise, found](caf::error& cause) mutable {
          found.journal_failure = from_caf(cause).message;
          promise.deliver(std::move(found));
        });
  };
  self_->request(wires->orders, limit, count_atom_v)
    .then(
      [text, ask_journal](std::uint64_t residents) mutable {
        text.resident_orders = residents;
        ask_journal(text);
      },
      [text, ask_journal](caf::error&) mutable { ask_journal(text); });
  return promise;
}

std::uint64_t gateway_state::close() {
  is_closing_ = true;
  return core_->commands_in_flight;
}

gateway_actor::behavior_type gateway(gateway_state::self_pointer self, node_core_ptr core) {
  self->state.start(std::move(core));
  // A peer may send anything; what is not ours is dropped in silence, not printed.
  self->set_default_handler(caf::drop);
  return {
    [self](show_query& question) { return self->state.ask(question); },
    [self](list_query& question) { return self->state.ask(question); },
    [self](summary_query& question) { return self->state.ask(question); },
    [self](sales_query& question) { return self->state.ask(question); },
    [self](ids_query& question) { return self->state.ask(question); },
    [self](view_status_query& question) { return self->state.ask(question); },
    [self](history_query& question) { return self->state.ask(question); },
    [self](commits_query& question) { return self->state.ask(question); },
    [self](verify_query& question) { return self->state.ask(question); },
    [self](stat_query& question) { return self->state.ask(question); },
    [self](hello_atom, std::uint32_t client_protocol) { return self->state.hello(client_protocol); },
    [self](order_command& wish) { return self->state.execute(wish); },
    [self](std::vector<order_command>& wishes) { return self->state.execute_all(wishes); },
    [self](const status_query&) { return self->state.status(); },
    [self](rebuild_atom) { return self->state.rebuild(); },
    [self](wire_atom, const wiring_ptr& wires) { self->state.wires = wires; },
    [self](close_atom) { return self->state.close(); },
    [self](packed_atom, std::uint64_t id) { self->state.on_packed(id); },
    [self](overdue_atom) { self->state.on_overdue(); },
  };
}

} // namespace daybook
