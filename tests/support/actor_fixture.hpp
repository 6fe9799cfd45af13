#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/actors/router.hpp"
#include "daybook/actors/wiring.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/persistence/order_codec.hpp"

// Actors on CAF's deterministic scheduler: nothing runs until a test says so, and time stands still until it is moved.

namespace daybook::testing {

struct test_config : caf::actor_system_config {
  test_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    configure(*this);
  }
};

/// A journal in memory: the same contract as the file's, without the file.
class memory_journal final : public journal {
public:
  std::vector<result<recorded_commit>> append(std::vector<commit> batch, time_us now) override {
    std::vector<result<recorded_commit>> outcomes;
    for (const auto& each : batch)
      outcomes.push_back(append_one(each, now));
    return outcomes;
  }

  position_t last_position() const noexcept override { return events.size(); }

  bool is_at(std::string_view stream, version_t version) const override { return read_stream(stream)->size() == version; }

  bool may_have(std::string_view stream) const override {
    return std::any_of(events.begin(), events.end(), [&](const auto& each) { return each.stream == stream; });
  }

  result<std::vector<recorded_event>> read_stream(std::string_view stream) const override {
    std::vector<recorded_event> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                 [&](const auto& each) { return each.stream == stream; });
    return found;
  }

  result<std::vector<recorded_commit>> read_from(position_t from, read_limit) const override {
    std::vector<recorded_commit> found;
    for (auto i = from; i <= events.size(); ++i)
      found.push_back({{events[i - 1]}, "digest-" + std::to_string(i)});
    return found;
  }

  result<std::vector<std::string>> open_streams() const override { return std::vector<std::string>{}; }

  std::vector<recorded_event> events;

private:
  result<recorded_commit> append_one(const commit& wanted, time_us now) {
    auto version = static_cast<version_t>(read_stream(wanted.stream)->size());
    if (version != wanted.expected_version)
      return error{errc::version_conflict, "version conflict"};
    recorded_commit recorded;
    for (const auto& each : wanted.events) {
      events.push_back({events.size() + 1, wanted.stream, ++version, each.type, now, wanted.command_id, wanted.command_id,
                        wanted.command_id, wanted.command_hash, each.open, each.data});
      recorded.events.push_back(events.back());
    }
    recorded.digest = "digest";
    return recorded;
  }
};

/// How the double of the journal actor behaves.
struct journal_mood {
  /// Answers every append with this.
  std::optional<errc> failure;
  /// Answers nothing.
  bool is_silent = false;
  /// What was asked, also when it failed.
  std::vector<commit> asked;
};

inline journal_actor::behavior_type journal_double(journal_actor::pointer self, std::shared_ptr<memory_journal> books,
                                                   std::shared_ptr<journal_mood> mood) {
  return {
    [=](append_atom, const commit& request) -> caf::result<appended> {
      mood->asked.push_back(request);
      if (mood->is_silent)
        return self->make_response_promise<appended>();
      if (mood->failure)
        return to_caf({*mood->failure, "as the test wants it"});
      auto outcome = std::move(books->append({request}, 1'000'000).front());
      if (!outcome)
        return to_caf(outcome.error());
      return appended{outcome->events.front().position, outcome->events.back().position, 1'000'000};
    },
    [](flush_atom) {},
    [](wire_atom, const wiring_ptr&) {},
    [](failed_atom) { return std::string{}; },
    [](full_atom) {},
    [](close_atom) { return caf::ok_atom_v; },
  };
}

inline history_actor::behavior_type history_double(history_actor::pointer, std::shared_ptr<memory_journal> books,
                                                   std::shared_ptr<int> reads) {
  return {
    [=](read_atom, const std::string& stream) -> caf::result<commit_batch> {
      ++*reads;
      auto history = std::make_shared<std::vector<recorded_commit>>();
      const auto found = books->read_stream(stream);
      for (const auto& each : *found)
        history->push_back({{each}, {}});
      return commit_batch{std::move(history)};
    },
  };
}

/// A router of orders over doubles.
class order_fixture {
public:
  explicit order_fixture(residency limits = {})
    : system{config}, scheduler{dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())}, self{system} {
    aggregate_context<order_rules> context;
    context.journal = system.spawn(journal_double, books, mood);
    context.history = system.spawn(history_double, books, reads);
    context.books = books;
    context.request_timeout = std::chrono::seconds{30};
    doubles = {caf::actor_cast<caf::actor>(context.journal), caf::actor_cast<caf::actor>(context.history)};
    orders = system.spawn(router<order_rules, order_codec>, std::move(context), limits);
    scheduler.run();
  }

  ~order_fixture() {
    caf::anon_send_exit(orders, caf::exit_reason::kill);
    for (const auto& each : doubles)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    orders = nullptr;
    scheduler.run();
  }

  static order_command wish(const std::string& id, order_action action, const std::string& command_id) {
    order_command made;
    made.id = id;
    made.command_id = command_id;
    made.sent_at = 1'000'000;
    made.action = std::move(action);
    return made;
  }

  static submit_order good_request(const std::string& customer = "17850") {
    return {customer, "United Kingdom", "GBP", "2010-12-01T08:26:00", {{"85123A", "HOLDER", "6", "2.55"}}};
  }

  auto send(order_command what) {
    return self->request(orders, std::chrono::seconds{60}, std::move(what), ticket{});
  }

  template <class Response>
  result<receipt> answer_of(Response response) {
    scheduler.run();
    result<receipt> answer = error{};
    response.receive([&](const receipt& found) { answer = found; }, [&](caf::error& cause) { answer = from_caf(cause); });
    return answer;
  }

  result<receipt> ask(order_command what) { return answer_of(send(std::move(what))); }

  std::uint64_t residents() {
    auto response = self->request(orders, std::chrono::seconds{60}, count_atom_v);
    scheduler.run();
    std::uint64_t count = 0;
    response.receive([&](std::uint64_t found) { count = found; }, [](caf::error&) {});
    return count;
  }

  std::shared_ptr<memory_journal> books = std::make_shared<memory_journal>();
  std::shared_ptr<journal_mood> mood = std::make_shared<journal_mood>();
  std::shared_ptr<int> reads = std::make_shared<int>(0);
  test_config config;
  caf::actor_system system;
  caf::scheduler::test_coordinator& scheduler;
  caf::scoped_actor self;
  std::vector<caf::actor> doubles;
  order_router_actor orders;
};

} // namespace daybook::testing
