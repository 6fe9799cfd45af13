#include <catch2/catch.hpp>

#include <chrono>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_id.hpp>
#include <caf/send.hpp>

#include "daybook/config/quiet_clock.hpp"
#include "daybook/tests/config/quiet_system.hpp"

using namespace daybook;
using namespace daybook::testing;
using namespace std::chrono_literals;

namespace {

caf::behavior silent(caf::event_based_actor* self) {
  self->set_default_handler(caf::skip);
  return {[](float) {}};
}

/// Ends with a request under way, and says when it is destroyed.
class asking_and_leaving final : public caf::event_based_actor {
public:
  asking_and_leaving(caf::actor_config& config, caf::actor deaf, caf::actor report) :
      caf::event_based_actor(config), deaf_(std::move(deaf)), report_(std::move(report)) {
    // nop
  }

  ~asking_and_leaving() override { caf::anon_send(report_, 6); }

  caf::behavior make_behavior() override {
    request(deaf_, 7200s, 1).then([](int) {});
    quit();
    return {};
  }

private:
  caf::actor deaf_;
  caf::actor report_;
};

} // namespace

TEST_CASE("messages that are delayed come when they are due, whatever the order they were sent in") {
  quiet_system in;
  const auto begun = std::chrono::steady_clock::now();
  in.self->delayed_send(in.self, 60ms, 3);
  in.self->delayed_send(in.self, 3600s, 4);
  in.self->delayed_send(in.self, 20ms, 1);
  in.self->delayed_send(in.self, 40ms, 2);
  CHECK(in.next() == 1);
  CHECK(in.next() == 2);
  CHECK(in.next() == 3);
  CHECK(std::chrono::steady_clock::now() - begun >= 60ms);
}

TEST_CASE("a request that nobody answers times out, one that is answered does not") {
  quiet_system in;
  const auto deaf = in.spawn(silent);
  const auto quick = in.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int number) { return number + 1; }}; });
  const caf::actor report = in.self;
  in.spawn([=](caf::event_based_actor* self) {
    self->request(quick, 20ms, 1)
      .then([=](int number) { self->send(report, number); }, [=](caf::error&) { self->send(report, -2); });
    self->request(deaf, 50ms, 1)
      .then([=](int number) { self->send(report, number); },
            [=](caf::error& cause) { self->send(report, cause == caf::sec::request_timeout ? 7 : -3); });
  });
  CHECK(in.next() == 2);
  CHECK(in.next() == 7);
  in.self->send_exit(deaf, caf::exit_reason::user_shutdown);
}

TEST_CASE("timeouts of requests that are close together are due together, never too early") {
  quiet_system in;
  const auto actor = caf::actor_cast<caf::abstract_actor*>(in.self);
  const quiet_clock::time_point due{quiet_clock::tick{1000}};
  // Nobody runs it.
  quiet_clock clock;
  for (const auto later : {0us, 1us, 9'000us, 16'000us})
    clock.set_request_timeout(due + later, actor, caf::make_message_id());
  const auto count = [&](quiet_clock::time_point at) { return clock.schedule().count(at); };
  CHECK(count(due) == 1);
  CHECK(count(due + quiet_clock::tick{1}) == 3);
  clock.cancel_all();
}

TEST_CASE("an actor hears in time that no message came") {
  quiet_system in;
  const caf::actor report = in.self;
  in.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    return {[](float) {}, caf::after(30ms) >>
                            [=] {
                              self->send(report, 5);
                              self->quit();
                            }};
  });
  CHECK(in.next() == 5);
}

TEST_CASE("neither actors that end nor timeouts that are far away wake the clock's thread") {
  quiet_system in;
  const auto deaf = in.spawn(silent);
  const caf::actor report = in.self;
  in.self->delayed_send(in.self, 3600s, 9);
  const auto before = in.clock().early_wakes();
  for (int i = 0; i < 1000; ++i) {
    in.spawn([=](caf::event_based_actor* self) {
      self->request(deaf, 7200s, i).then([](int) {});
      self->send(report, i);
      self->quit();
    });
    REQUIRE(in.next() == i);
  }
  CHECK(in.clock().early_wakes() == before);
  in.self->send_exit(deaf, caf::exit_reason::user_shutdown);
}

TEST_CASE("an actor that ends is not kept by the timeout of a request of its own") {
  quiet_system in;
  const auto deaf = in.spawn(silent);
  in.system.spawn<asking_and_leaving>(deaf, caf::actor{in.self});
  // The request in its mailbox owns the sender, too.
  in.self->send_exit(deaf, caf::exit_reason::user_shutdown);
  CHECK(in.next() == 6);
}

TEST_CASE("an actor that only a delayed message still owns gets it and ends") {
  quiet_system in;
  const caf::actor report = in.self;
  for (int i = 0; i < 100; ++i)
    caf::delayed_anon_send(in.spawn([=](caf::event_based_actor* self) -> caf::behavior {
      self->attach_functor([=](const caf::error&) { caf::anon_send(report, i); });
      return {[](int) {}};
    }),
                           std::chrono::milliseconds{i % 7}, 1);
  std::vector<bool> ended(100);
  for (int i = 0; i < 100; ++i) {
    const auto number = in.next();
    REQUIRE(number >= 0);
    ended[static_cast<std::size_t>(number)] = true;
  }
  CHECK(ended == std::vector<bool>(100, true));
}

TEST_CASE("a system ends at once although messages are due much later") {
  const auto begun = std::chrono::steady_clock::now();
  {
    quiet_system in;
    for (int i = 0; i < 100; ++i)
      in.self->delayed_send(in.self, 3600s, i);
  }
  CHECK(std::chrono::steady_clock::now() - begun < 30min);
}
