#include "daybook/actors/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "daybook/actors/bus.hpp"
#include "daybook/actors/feed.hpp"
#include "daybook/actors/journal.hpp"
#include "daybook/actors/projection.hpp"
#include "daybook/actors/query.hpp"
#include "daybook/actors/router.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook {

order_router_actor spawn_orders(caf::actor_system& system, const node_core_ptr& core, const wiring& members) {
  aggregate_context<order_rules> shared;
  shared.journal = members.journal;
  shared.history = members.history;
  shared.books = core->books;
  shared.request_timeout = core->settings.request_timeout;
  const residency limits{core->settings.resident_orders_max, core->settings.order_idle_timeout};
  return system.spawn(router<order_rules, order_codec>, std::move(shared), limits);
}

query_actor spawn_query(caf::actor_system& system, const node_core_ptr& core) {
  return spawn_blocking(system, core->world, query, core);
}

result<projection_actor> spawn_projection(caf::actor_system& system, const node_core_ptr& core, const bus_actor& bus) {
  auto view = open_view(*core);
  if (!view)
    return view.error();
  core->view_position = (*view)->position().position;
  core->parked_orders = (*view)->parked();
  auto owned = std::make_shared<std::unique_ptr<order_view_writer>>(std::move(*view));
  return spawn_blocking(system, core->world, projection, core, bus, std::move(owned));
}

supervisor_state::supervisor_state(self_pointer self) : self_(self) {
  // nop
}

template <class Handle>
Handle supervisor_state::watched(Handle handle) {
  self_->monitor(handle);
  return handle;
}

template <class Handle>
bool supervisor_state::is(const Handle& handle, const caf::actor_addr& who) const {
  return handle && caf::actor_cast<caf::actor_addr>(handle) == who;
}

void supervisor_state::start(node_core_ptr core, gateway_actor gateway, wiring members) {
  core_ = std::move(core);
  gateway_ = watched(std::move(gateway));
  members_ = std::move(members);
  watched(members_.journal);
  watched(members_.history);
  watched(members_.bus);
  watched(members_.orders);
  watched(members_.projection);
  watched(members_.feed);
  for (const auto& each : members_.queries)
    watched(each);
  watched(members_.archive);
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  self_->set_exit_handler([this](const caf::exit_msg& exit) {
    end_all();
    self_->quit(exit.reason);
  });
  announce();
}

void supervisor_state::announce() {
  const wiring_ptr wires = std::make_shared<const wiring>(members_);
  self_->send(members_.journal, wire_atom_v, wires);
  self_->send(members_.feed, wire_atom_v, wires);
  self_->send(members_.projection, wire_atom_v, wires);
  for (const auto& each : members_.queries)
    self_->send(each, wire_atom_v, wires);
  self_->send(members_.archive, wire_atom_v, wires);
  self_->send(gateway_, wire_atom_v, wires);
}

/// A stop has ended everybody already; a start that failed has not.
void supervisor_state::end_all() {
  const auto end = [this](const auto& handle) { self_->send_exit(handle, caf::exit_reason::user_shutdown); };
  end(members_.orders);
  end(members_.journal);
  end(members_.projection);
  end(members_.feed);
  end(members_.bus);
  end(members_.history);
  for (const auto& each : members_.queries)
    end(each);
  end(members_.archive);
}

wiring_ptr supervisor_state::close() {
  is_closing_ = true;
  return members();
}

void supervisor_state::on_down(const caf::down_msg& down) {
  if (is_closing_)
    return;
  core_->log->error("supervisor: an actor has died: {}", self_->system().render(down.reason));
  if (is(members_.journal, down.source)) {
    core_->log->critical("supervisor: the journal has ended; nothing more is written until the next start");
    return;
  }
  if (!may_restart()) {
    core_->log->critical("supervisor: too many actors died within a minute; this one is not replaced");
    return;
  }
  if (replace(down.source)) {
    ++core_->restarts;
    core_->log->warn("supervisor: it was replaced");
    announce();
  }
}

bool supervisor_state::may_restart() {
  const auto now = self_->clock().now();
  restarts_.erase(std::remove_if(restarts_.begin(), restarts_.end(),
                                 [=](auto at) { return at + std::chrono::minutes{1} < now; }),
                  restarts_.end());
  restarts_.push_back(now);
  return restarts_.size() <= restarts_per_minute_max;
}

bool supervisor_state::replace(const caf::actor_addr& who) {
  auto& system = self_->system();
  if (is(members_.orders, who)) {
    members_.orders = watched(spawn_orders(system, core_, members_));
    return true;
  }
  if (is(members_.history, who)) {
    // Aggregates know the one that died: they leave with their router and come back with a new one, which is there before
    // anybody hears of the new history, so that no command is sent to the old one any more.
    self_->send_exit(members_.orders, caf::exit_reason::kill);
    members_.history = watched(spawn_blocking(system, core_->world, history_reader, core_));
    members_.orders = watched(spawn_orders(system, core_, members_));
    return true;
  }
  if (is(members_.bus, who)) {
    // Listeners followed the one that died.
    self_->send_exit(members_.projection, caf::exit_reason::kill);
    self_->send_exit(members_.feed, caf::exit_reason::kill);
    members_.bus = watched(system.spawn(event_bus, core_->books->last_position()));
    return true;
  }
  if (is(members_.feed, who)) {
    members_.feed = watched(system.spawn(event_feed, core_, members_.bus));
    return true;
  }
  if (is(members_.projection, who)) {
    auto started = spawn_projection(system, core_, members_.bus);
    if (!started) {
      core_->log->critical("supervisor: the view cannot be opened again: {}", started.error().message);
      return false;
    }
    members_.projection = watched(std::move(*started));
    return true;
  }
  if (is(members_.archive, who)) {
    members_.archive = watched(spawn_query(system, core_));
    return true;
  }
  for (auto& each : members_.queries) {
    if (is(each, who)) {
      each = watched(spawn_query(system, core_));
      return true;
    }
  }
  return false;
}

caf::behavior supervisor(supervisor_state::self_pointer self, node_core_ptr core, gateway_actor gateway, wiring members) {
  self->state.start(std::move(core), std::move(gateway), std::move(members));
  return {
    // Who is who now; being answered also tells that it has begun.
    [self](wire_atom) { return self->state.members(); },
    [self](close_atom) { return self->state.close(); },
  };
}

} // namespace daybook
