// A host program with a daybook inside: one caf::actor_system holds the host's actors and a node. It submits two orders,
// hears of every commit, asks a question, stops the node and starts it again on the same directory. It exits with 0 only
// when everything came out as it must, so the tests run it, too.
//
// usage: embedding DIRECTORY      (made when missing; run it as often as you like)

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/persistence/uuid.hpp"

// -- the host's own messages ---------------------------------------------------------------------------------------------

namespace host {

/// What the host's actor has counted so far.
struct tally {
  std::uint64_t commits = 0;
  std::uint64_t validated = 0;
  std::uint64_t rejected = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tally& x) {
  return f(caf::meta::type_name("tally"), x.commits, x.validated, x.rejected);
}

} // namespace host

// CAF numbers message types at compile time, and two blocks must not overlap: Daybook's begins at
// caf::first_custom_type_id, a host's at daybook::first_host_type_id. The leading :: is needed: CAF's macro opens a namespace
// in which "daybook" names our block of ids.
CAF_BEGIN_TYPE_ID_BLOCK(host, ::daybook::first_host_type_id)

  CAF_ADD_TYPE_ID(host, (host::tally))
  CAF_ADD_ATOM(host, host, seen_atom, "seen")

CAF_END_TYPE_ID_BLOCK(host)

namespace host {

// -- the host's own actor ------------------------------------------------------------------------------------------------

/// Daybook's consumer role and one question of our own: the tally, as soon as so many commits have been seen.
using counter_actor = daybook::consumer_actor::extend<caf::replies_to<seen_atom, std::uint64_t>::with<tally>>;

struct counter_state {
  static inline const char* name = "counter";

  tally seen;
  std::uint64_t wanted = 0;
  std::optional<caf::typed_response_promise<tally>> waiting;

  void answer_when_enough() {
    if (!waiting || seen.commits < wanted)
      return;
    waiting->deliver(seen);
    waiting.reset();
  }
};

/// Gets every commit once and in order; the next one comes after the answer to the last, so a slow consumer is never
/// flooded and never slows down the orders.
counter_actor::behavior_type counter(counter_actor::stateful_pointer<counter_state> self) {
  return {
    [self](const daybook::recorded_commit& commit) {
      auto& state = self->state;
      ++state.seen.commits;
      for (const auto& event : commit.events) {
        state.seen.validated += event.type == "OrderValidated" ? 1 : 0;
        state.seen.rejected += event.type == "OrderRejected" ? 1 : 0;
      }
      state.answer_when_enough();
      return caf::ok_atom_v;
    },
    [self](seen_atom, std::uint64_t commits) {
      // The answer may have to wait; nobody blocks or polls meanwhile.
      auto promise = self->make_response_promise<tally>();
      self->state.wanted = commits;
      self->state.waiting = promise;
      self->state.answer_when_enough();
      return promise;
    },
  };
}

/// The host keeps a configuration of its own; Daybook only adds its message types and its error category. Both must be
/// known before the actor system starts.
class config : public caf::actor_system_config {
public:
  config() {
    daybook::configure(*this);
    add_message_types<caf::id_block::host>();
  }
};

// -- helpers -------------------------------------------------------------------------------------------------------------

/// Every request has a deadline.
constexpr std::chrono::seconds deadline{20};

/// Asks an actor from main and waits for the answer.
template <class Answer, class Handle, class... Ts>
Answer ask(caf::scoped_actor& self, const Handle& whom, Ts... message) {
  std::optional<Answer> answer;
  std::string problem;
  self->request(whom, deadline, std::move(message)...)
    .receive([&](Answer& found) { answer = std::move(found); },
             [&](caf::error& cause) { problem = daybook::from_caf(cause).message; });
  if (!answer)
    throw std::runtime_error(problem);
  return std::move(*answer);
}

std::unique_ptr<daybook::node> start(caf::actor_system& system, const std::string& directory) {
  // A plain value: the settings of config/daybook.conf. Without a logger the node logs nowhere.
  daybook::node_settings settings;
  settings.data_dir = directory;
  auto started = daybook::node::start(system, settings);
  if (!started)
    throw std::runtime_error(started.error().message);
  return std::move(*started);
}

/// Ids and times come from the sender; the node invents none. Sending the same command again, with the same ids, returns the
/// first receipt and changes nothing: that is what to do when an answer was lost.
daybook::order_command order_of(std::string customer, std::string quantity) {
  daybook::order_command wish;
  wish.sent_at = daybook::system_now();
  wish.id = daybook::make_uuid_v7(wish.sent_at);
  wish.command_id = daybook::make_uuid_v7(wish.sent_at);
  daybook::submit_order request;
  request.customer = std::move(customer);
  request.country = "United Kingdom";
  request.currency = "GBP";
  request.lines.push_back({"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", std::move(quantity), "2.55"});
  wish.action = std::move(request);
  return wish;
}

void expect(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error("expected: " + what);
  std::cout << "ok: " << what << '\n';
}

// -- the story -----------------------------------------------------------------------------------------------------------

/// The first life of the node; answers with the receipt of the order that was accepted.
daybook::receipt first_life(caf::actor_system& system, const std::string& directory, const daybook::order_command& good) {
  caf::scoped_actor self{system};
  auto node = start(system, directory);
  const auto& gateway = node->gateway();
  const auto before = ask<daybook::summary_report>(self, gateway, daybook::summary_query{});

  // From the position behind the last one; 1 would bring the whole past first.
  auto counting = system.spawn(counter);
  expect(node->subscribe(counting, before.position + 1).ok(), "the node takes a subscription");

  auto accepted = ask<daybook::receipt>(self, gateway, good);
  expect(accepted.status == "validated" && accepted.reasons.empty(), "a good order is validated");
  const auto refused = ask<daybook::receipt>(self, gateway, order_of("", "0"));
  expect(refused.status == "rejected" && refused.reasons.size() == 2, "a bad order is rejected, with every reason");

  // Each submission makes two commits: the request, and the decision about it.
  const auto seen = ask<tally>(self, counting, seen_atom_v, std::uint64_t{4});
  expect(seen.commits == 4 && seen.validated == 1 && seen.rejected == 1, "the host heard of all four commits");

  // A query sees everything that was acknowledged before it was asked.
  const auto after = ask<daybook::summary_report>(self, gateway, daybook::summary_query{});
  expect(after.orders_validated == before.orders_validated + 1 && after.orders_rejected == before.orders_rejected + 1
           && after.position == before.position + 4,
         "the summary counts both");

  expect(node->stop(), "the node stops cleanly");
  // A consumer outlives the node, and an actor system waits for its actors: let it go.
  self->send_exit(counting, caf::exit_reason::user_shutdown);
  return accepted;
}

/// The second one, on the same directory and in the same actor system.
void second_life(caf::actor_system& system, const std::string& directory, const daybook::order_command& good,
                 const daybook::receipt& accepted) {
  caf::scoped_actor self{system};
  auto node = start(system, directory);
  daybook::show_query question;
  question.order_id = good.id;
  const auto found = ask<daybook::order_details>(self, node->gateway(), question);
  expect(found.summary.status == "validated" && found.summary.total == 1530, "the order is still there");
  const auto again = ask<daybook::receipt>(self, node->gateway(), good);
  expect(again.position == accepted.position && again.version == accepted.version && !again.refused,
         "the same command once more returns the first receipt");
  expect(node->stop(), "the node stops cleanly once more");
}

} // namespace host

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embedding DIRECTORY\n";
    return 2;
  }
  try {
    host::config config;
    caf::actor_system system{config};
    const auto good = host::order_of("17850", "6");
    const auto accepted = host::first_life(system, argv[1], good);
    host::second_life(system, argv[1], good, accepted);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "embedding: " << problem.what() << '\n';
    return 1;
  }
}
