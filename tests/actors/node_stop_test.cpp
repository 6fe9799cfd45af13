#include <caf/actor_registry.hpp>
#include <catch2/catch.hpp>

#include "daybook/actors/node.hpp"
#include "daybook/tests/support/actor_fixture.hpp"
#include "daybook/tests/support/temp_dir.hpp"

// A node on CAF's deterministic scheduler: the order in which its actors run is the one in which they were given something.

using namespace daybook;
using namespace daybook::testing;

namespace {

node_environment scheduled_world(caf::scheduler::test_coordinator& scheduler) {
  node_environment world;
  world.has_threads = false;
  world.run_until = [&scheduler](const std::function<bool()>& until) {
    while (!until())
      if (!scheduler.try_run_once())
        scheduler.trigger_timeout();
  };
  return world;
}

} // namespace

TEST_CASE("a member that dies just before a stop is not replaced by one that nobody ends") {
  temp_dir dir;
  test_config config;
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  node_settings settings;
  settings.data_dir = dir.path();
  const auto before = system.registry().running();
  auto started = node::start(system, settings, nullptr, scheduled_world(scheduler));
  REQUIRE(started);
  const auto query = (**(*started)->who_is_who()).queries.front();
  caf::anon_send_exit(query, caf::exit_reason::kill);
  CHECK((*started)->stop());
  started->reset();
  while (scheduler.try_run_once()) {
    // Until everybody is gone.
  }
  const auto left = system.registry().running() - before;
  system.await_actors_before_shutdown(false);
  CHECK(left == 0);
}
