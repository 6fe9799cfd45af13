#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/persistence/order_view.hpp"

namespace daybook {

/// Serves queries over one read-only connection of its own. Spawn it detached: it blocks on the disk.
///
/// A query that must have seen a position waits for the projection first, at most `query_wait`; meanwhile others go on.
class query_state {
public:
  using self_pointer = query_actor::stateful_pointer<query_state>;
  static inline const char* name = "query";

  explicit query_state(self_pointer self);

  void start(node_core_ptr core);

  caf::result<order_details> show(const show_query& question);
  caf::result<std::vector<order_summary>> list(const list_query& question);
  caf::result<summary_report> summary(const summary_query& question);
  caf::result<std::vector<sales_row>> sales(const sales_query& question);
  caf::result<std::vector<std::string>> ids(const ids_query& question);
  caf::result<view_status> status(const view_status_query& question);
  caf::result<std::vector<recorded_event>> history(const history_query& question);
  caf::result<commit_page> commits(const commits_query& question);
  caf::result<verify_report> verify(const verify_query& question);
  caf::result<stat_report> stat();
  void reopen();

  wiring_ptr wires;

private:
  /// Runs `ask(reader)` when the view is fresh enough: now, or when the projection says so.
  template <class Answer, class Ask>
  caf::result<Answer> when_fresh(const freshness& fresh, Ask ask);

  /// Opens the connection where there is none, or only one to a file that has been replaced, and asks.
  template <class Answer, class Ask>
  result<Answer> answer(Ask& ask);

  self_pointer self_;
  node_core_ptr core_;
  std::unique_ptr<order_view_reader> reader_;
  /// Of the file that the reader has open, or of an earlier one.
  std::uint64_t generation_ = 0;
};

/// Spawnable (detached).
query_actor::behavior_type query(query_state::self_pointer self, node_core_ptr core);

} // namespace daybook
