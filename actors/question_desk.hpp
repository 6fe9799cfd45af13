#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

/// Questions that may be under way; past it `overloaded`.
inline constexpr std::size_t questions_max = 4096;

/// How long a question may take: verifying a large journal takes minutes.
inline constexpr std::chrono::minutes question_limit{10};

/// Where a gateway's questions go: says how fresh an answer must be, gives each to one who can answer it, a limited number at a
/// time (`overloaded` past it), and passes the answer on. Part of the gateway actor, used by its thread only.
class question_desk {
public:
  explicit question_desk(gateway_actor::pointer self);

  void start(node_core_ptr core);

  // Of the view, by its connections in turn.
  caf::result<order_details> ask(const wiring& wires, show_query& question);
  caf::result<std::vector<order_summary>> ask(const wiring& wires, list_query& question);
  caf::result<summary_report> ask(const wiring& wires, summary_query& question);
  caf::result<std::vector<sales_row>> ask(const wiring& wires, sales_query& question);
  caf::result<view_status> ask(const wiring& wires, view_status_query& question);
  // The same, however fresh.
  caf::result<std::vector<std::string>> ask(const wiring& wires, ids_query& question);
  caf::result<std::vector<recorded_event>> ask(const wiring& wires, history_query& question);
  // Of the journal: what is there by the archive, what is still to come by the feed.
  caf::result<commit_page> ask(const wiring& wires, commits_query& question);
  caf::result<verify_report> ask(const wiring& wires, verify_query& question);
  caf::result<stat_report> ask(const wiring& wires, stat_query& question);

private:
  template <class Answer, class Query>
  caf::result<Answer> ask_view(const wiring& wires, Query& question);

  template <class Answer, class Handle, class Query>
  caf::result<Answer> pass_on(const Handle& to, Query& question);

  const query_actor& next_query(const wiring& wires);

  gateway_actor::pointer self_;
  node_core_ptr core_;
  std::size_t next_query_ = 0;
  std::size_t under_way_ = 0;
};

} // namespace daybook
