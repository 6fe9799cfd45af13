#pragma once

#include <map>
#include <memory>
#include <vector>

#include <caf/actor_clock.hpp>
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

/// Questions that may be under way; past it `overloaded`.
inline constexpr std::size_t questions_max = 4096;

/// How long a question may take: verifying a large journal takes minutes.
inline constexpr std::chrono::minutes question_limit{10};

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

  /// Passes a query of the view on to the next connection.
  template <class Answer, class Query>
  caf::result<Answer> ask_view(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    if (question.fresh.wanted == freshness::kind::acknowledged)
      question.fresh.position = core_->books->last_position();
    return pass_on<Answer>(next_query(), question);
  }

  template <class Answer, class Query>
  caf::result<Answer> ask_any(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    return pass_on<Answer>(next_query(), question);
  }

  template <class Answer, class Query>
  caf::result<Answer> ask_archive(Query& question) {
    if (auto refused = not_serving())
      return *refused;
    return pass_on<Answer>(wires->archive, question);
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

  /// Asks somebody else for the answer, as long as not too many questions are under way.
  template <class Answer, class Handle, class Query>
  caf::result<Answer> pass_on(const Handle& to, Query& question) {
    if (questions_ >= questions_max)
      return too_many_questions();
    ++questions_;
    auto promise = self_->make_response_promise<Answer>();
    self_->request(to, question_limit, std::move(question))
      .then(
        [this, promise](Answer& answer) mutable {
          --questions_;
          promise.deliver(std::move(answer));
        },
        [this, promise](caf::error& cause) mutable {
          --questions_;
          promise.deliver(std::move(cause));
        });
    return promise;
  }

  static caf::error too_many_questions();

  self_pointer self_;
  node_core_ptr core_;
  bool is_closing_ = false;
  std::size_t next_query_ = 0;
  std::size_t questions_ = 0;

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
