#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>

#include <caf/blocking_actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "daybook/tests/config/quiet_system.hpp"

using namespace daybook;
using namespace daybook::testing;
using namespace std::chrono_literals;

namespace {

/// Two actors that wake each other until they are told to end: there is always a job.
struct busy_pair {
  explicit busy_pair(quiet_system& in, std::shared_ptr<int> held = nullptr) {
    const auto pass_on = [held](caf::event_based_actor* self) -> caf::behavior {
      return {[self, held](const caf::actor& other) { self->send(other, caf::actor{self}); }};
    };
    first = in.spawn(pass_on);
    second = in.spawn(pass_on);
    caf::anon_send(first, second);
  }

  caf::actor first, second;
};

/// Whether a system that waits for no actor at its end lets go of what a hundred times `spawn` gave to its actors.
template <class Spawn>
bool lets_go(std::size_t workers, Spawn spawn) {
  std::weak_ptr<int> kept;
  {
    quiet_system in{workers};
    in.system.await_actors_before_shutdown(false);
    const auto held = std::make_shared<int>(0);
    kept = held;
    for (int i = 0; i < 100; ++i)
      spawn(in, held);
  }
  return kept.expired();
}

} // namespace

TEST_CASE("a worker that is alone does jobs in the order in which they came") {
  quiet_system in;
  const caf::actor report = in.self;
  for (int i = 0; i < 1000; ++i)
    caf::anon_send(in.spawn([=](caf::event_based_actor* self) -> caf::behavior {
      return {[=](int number) { self->send(report, number); }};
    }),
                   i);
  for (int i = 0; i < 1000; ++i)
    REQUIRE(in.next() == i);
}

TEST_CASE("actors that keep each other busy let others come") {
  quiet_system in;
  const busy_pair pair{in};
  const caf::actor report = in.self;
  for (int i = 0; i < 100; ++i) {
    in.spawn([=](caf::event_based_actor* self) { self->send(report, i); });
    REQUIRE(in.next() == i);
  }
  in.self->send_exit(pair.first, caf::exit_reason::user_shutdown);
  in.self->send_exit(pair.second, caf::exit_reason::user_shutdown);
}

TEST_CASE("a job that takes long keeps no other from a worker that is idle") {
  quiet_system in{2};
  const caf::actor report = in.self;
  // Made while both workers are kept, so that both jobs are there when the first of them takes something.
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  for (int i = 0; i < 2; ++i)
    in.spawn([=](caf::event_based_actor* self) {
      self->send(report, i);
      opened.wait_for(10s);
    });
  CHECK(in.next() + in.next() == 1);
  const auto other_is_done = std::make_shared<std::promise<void>>();
  in.spawn([=](caf::event_based_actor* self) {
    const bool has_come = other_is_done->get_future().wait_for(5s) == std::future_status::ready;
    self->send(report, has_come ? 2 : -2);
  });
  in.spawn([=](caf::event_based_actor*) { other_is_done->set_value(); });
  gate.set_value();
  CHECK(in.next() == 2);
}

TEST_CASE("what a job causes is done by a worker that is idle") {
  quiet_system in{2};
  const caf::actor report = in.self;
  in.spawn([=](caf::event_based_actor* self) {
    const auto done = std::make_shared<std::promise<void>>();
    self->spawn([=](caf::event_based_actor*, int) { done->set_value(); }, 0);
    const bool has_come = done->get_future().wait_for(5s) == std::future_status::ready;
    self->send(report, has_come ? 1 : -2);
  });
  CHECK(in.next() == 1);
}

TEST_CASE("an actor with a thread of its own wakes others although a job spawned it") {
  quiet_system in;
  const caf::actor report = in.self;
  const auto idle =
    in.spawn([=](caf::event_based_actor* self) -> caf::behavior { return {[=](int number) { self->send(report, number); }}; });
  for (int i = 0; i < 20; ++i) {
    in.spawn([=](caf::event_based_actor* self) {
      self->spawn(
        [=](caf::blocking_actor* blocking, int) {
          blocking->send(report, caf::actor{blocking});
          // By then the worker has nothing to do.
          blocking->receive([=](int number) { blocking->send(idle, number); }, caf::after(10s) >> [] {});
        },
        0);
    });
    in.self->receive([&](const caf::actor& blocking) { in.self->send(blocking, i); },
                     caf::after(10s) >> [] { FAIL("silent"); });
    REQUIRE(in.next() == i);
  }
}

TEST_CASE("an actor that has more messages than it may handle at a time goes on later") {
  quiet_system in{1, 1};
  const caf::actor report = in.self;
  const auto passing_on =
    in.spawn([=](caf::event_based_actor* self) -> caf::behavior { return {[=](int number) { self->send(report, number); }}; });
  for (int i = 0; i < 1000; ++i)
    caf::anon_send(passing_on, i);
  for (int i = 0; i < 1000; ++i)
    REQUIRE(in.next() == i);
}

TEST_CASE("a system that waits for no actor ends while there are jobs, and lets go of them") {
  const auto spawn = [](quiet_system& in, const std::shared_ptr<int>& held) { busy_pair{in, held}; };
  CHECK(lets_go(1, spawn));
  CHECK(lets_go(3, spawn));
}

TEST_CASE("a system that waits for no actor lets go of those whose requests nobody will answer") {
  const auto spawn = [](quiet_system& in, const std::shared_ptr<int>& held) {
    const auto answering =
      in.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int number) { return number; }}; });
    const auto asking = in.spawn([=](caf::event_based_actor* self) -> caf::behavior {
      return {[=, kept = held](float) { self->request(answering, 3600s, 1).then([=](int) { self->send(self, 1.0f); }); }};
    });
    caf::anon_send(asking, 1.0f);
  };
  CHECK(lets_go(1, spawn));
  CHECK(lets_go(3, spawn));
}
