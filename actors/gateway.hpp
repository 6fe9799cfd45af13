#pragma once

#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/actors/wiring.hpp"

namespace daybook {

/// Commands that may travel in one message.
inline constexpr std::size_t pack_commands_max = 4096;

/// The node's door: admits, adds how fresh an answer must be, and passes on. Knows nothing of how a message arrived.
class gateway_state {
public:
  using self_pointer = gateway_actor::stateful_pointer<gateway_state>;
  static inline const char* name = "gateway";

  explicit gateway_state(self_pointer self);

  void start(node_core_ptr core);

  caf::result<server_info> hello(std::uint32_t client_protocol) const;
  caf::result<receipt> execute(order_command& wish);
  caf::result<std::vector<outcome>> execute_all(std::vector<order_command>& wishes);
  caf::result<node_status> status();

  /// Passes a query of the view on to the next connection.
  template <class Answer, class Query>
  caf::result<Answer> ask_view(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    if (question.fresh.wanted == freshness::kind::acknowledged)
      question.fresh.position = core_->books->last_position();
    return self_->delegate(next_query(), std::move(question));
  }

  template <class Answer, class Query>
  caf::result<Answer> ask_any(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    return self_->delegate(next_query(), std::move(question));
  }

  template <class Answer, class Query>
  caf::result<Answer> ask_archive(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    return self_->delegate(wires->archive, std::move(question));
  }

  caf::result<commit_page> commits(commits_query& question);
  caf::result<position_t> rebuild();

  /// Admits nothing more; answers with the number of commands that are still under way.
  std::uint64_t close();

  wiring_ptr wires;

private:
  /// Why nothing is served now, if so.
  std::optional<caf::error> not_serving() const;

  /// A place among the admitted commands, or why there is none.
  result<ticket> admit(const order_command& wish);

  const query_actor& next_query();

  self_pointer self_;
  node_core_ptr core_;
  bool is_closing_ = false;
  std::size_t next_query_ = 0;
};

/// Spawnable.
gateway_actor::behavior_type gateway(gateway_state::self_pointer self, node_core_ptr core);

} // namespace daybook
