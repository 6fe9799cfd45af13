#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/actors/question_desk.hpp"
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
  /// A pack has its last outcome.
  void on_packed(std::uint64_t id);
  /// Whoever sent a pack that is open for too long waits no longer: what has no outcome yet is unknown.
  void on_overdue();

  /// Passes a question on; errors: those of its answer, overloaded, shutting_down.
  template <class Query>
  auto ask(Query& question) -> decltype(std::declval<question_desk&>().ask(std::declval<const wiring&>(), question)) {
    if (auto refused = not_serving())
      return *refused;
    return questions_.ask(*wires, question);
  }

  caf::result<position_t> rebuild();

  /// Admits nothing more; answers with the number of commands that are still under way.
  std::uint64_t close();

  wiring_ptr wires;

private:
  /// Why nothing is served now, if so.
  std::optional<caf::error> not_serving() const;

  /// A place among the admitted commands, or why there is none.
  result<admission> admit(const order_command& wish);

  self_pointer self_;
  node_core_ptr core_;
  bool is_closing_ = false;
  question_desk questions_;

  struct open_pack {
    std::shared_ptr<pack> outcomes;
    caf::typed_response_promise<std::vector<outcome>> promise;
    caf::actor_clock::time_point since;
  };
  /// Those without an answer, oldest first; not more than commands under way.
  std::map<std::uint64_t, open_pack> packs_;
  std::uint64_t packs_begun_ = 0;
  bool is_timing_ = false;
};

/// Spawnable.
gateway_actor::behavior_type gateway(gateway_state::self_pointer self, node_core_ptr core);

} // namespace daybook
