#include <catch2/catch.hpp>

#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/bus.hpp"
#include "daybook/tests/support/actor_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

struct log_of_listener {
  std::vector<position_t> batches;
  std::vector<position_t> latest;
};

/// Listens and, unless told otherwise, never says that it is done.
listener_actor::behavior_type listener(listener_actor::pointer, std::shared_ptr<log_of_listener> log) {
  return {
    [log](heard_atom, const commit_batch& batch) { log->batches.push_back(batch->back().last_position()); },
    [log](latest_atom, position_t latest) { log->latest.push_back(latest); },
  };
}

commit_batch batch_at(position_t position) {
  recorded_event event;
  event.position = position;
  auto batch = std::make_shared<std::vector<recorded_commit>>();
  batch->push_back({{event}, "digest"});
  return batch;
}

} // namespace

TEST_CASE("a slow listener gets no more than its credit and is told later that it missed something") {
  test_config config;
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  auto log = std::make_shared<log_of_listener>();
  auto bus = system.spawn(event_bus, position_t{0});
  auto slow = system.spawn(listener, log);
  caf::anon_send(bus, follow_atom_v, slow);
  const auto published = bus_credit_events + 10;
  for (position_t i = 1; i <= published; ++i)
    caf::anon_send(bus, heard_atom_v, batch_at(i));
  scheduler.run();
  CHECK(log->batches.size() == bus_credit_events);
  CHECK(log->latest.empty());
  for (std::size_t i = 0; i < bus_credit_events; ++i)
    caf::anon_send(bus, heard_atom_v, slow);
  scheduler.run();
  CHECK(log->latest == std::vector<position_t>{published});
  caf::anon_send(bus, heard_atom_v, batch_at(published + 1));
  scheduler.run();
  CHECK(log->batches.back() == published + 1);
  caf::anon_send_exit(bus, caf::exit_reason::kill);
  caf::anon_send_exit(slow, caf::exit_reason::kill);
  scheduler.run();
}
