#include "daybook/actors/connection.hpp"

#include <string>
#include <utility>
#include <vector>

#include <caf/others.hpp>

// What a connection is asked and passes on: apart from how it connects, because each kind of answer costs a compiler a second.

namespace daybook {

connection_actor::behavior_type connection(connection_state::self_pointer self, connection_settings settings) {
  self->state.start(std::move(settings));
  self->set_default_handler(caf::drop);
  return {
    [self](const show_query&) { return self->state.forward<order_details>(); },
    [self](const list_query&) { return self->state.forward<std::vector<order_summary>>(); },
    [self](const summary_query&) { return self->state.forward<summary_report>(); },
    [self](const sales_query&) { return self->state.forward<std::vector<sales_row>>(); },
    [self](const ids_query&) { return self->state.forward<std::vector<std::string>>(); },
    [self](const view_status_query&) { return self->state.forward<view_status>(); },
    [self](const history_query&) { return self->state.forward<std::vector<recorded_event>>(); },
    [self](const commits_query&) { return self->state.forward<commit_page>(); },
    [self](const verify_query&) { return self->state.forward<verify_report>(); },
    [self](const stat_query&) { return self->state.forward<stat_report>(); },
    [self](hello_atom, std::uint32_t) { return self->state.forward<server_info>(); },
    [self](const order_command&) { return self->state.forward<receipt>(); },
    [self](const std::vector<order_command>&) { return self->state.forward<std::vector<outcome>>(); },
    [self](const status_query&) { return self->state.forward<node_status>(); },
    [self](rebuild_atom) { return self->state.forward<position_t>(); },
    [](wire_atom, const wiring_ptr&) {},
    [](close_atom) { return std::uint64_t{0}; },
    // Of gateways only.
    [](packed_atom, std::uint64_t) {},
    [](overdue_atom) {},
    [self](follow_atom) { self->state.connect(); },
    [self](sweep_atom) { self->state.sweep(); },
  };
}

} // namespace daybook
