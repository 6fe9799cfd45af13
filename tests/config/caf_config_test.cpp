#include <catch2/catch.hpp>

#include <typeinfo>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>

#include "daybook/config/caf_config.hpp"
#include "daybook/config/quiet_scheduler.hpp"

using namespace daybook;

TEST_CASE("an actor system takes its threads from the settings and has our scheduler") {
  node_settings settings;
  settings.scheduler_threads = 3;
  daybook_config config{settings};
  caf::actor_system system{config};
  CHECK(system.scheduler().num_workers() == 3);
  CHECK(dynamic_cast<quiet_scheduler*>(&system.scheduler()) != nullptr);
  CHECK_FALSE(system.has_middleman());
}

TEST_CASE("without a number of threads there is at least one") {
  CHECK(scheduler_threads(node_settings{}) >= 1);
}

TEST_CASE("the network layer is loaded when it is asked for, with heartbeats on and no ports of its own") {
  node_settings settings;
  settings.scheduler_threads = 1;
  settings.heartbeat_interval = std::chrono::milliseconds{250};
  settings.connection_timeout = std::chrono::milliseconds{750};
  daybook_config config{settings, true};
  caf::actor_system system{config};
  REQUIRE(system.has_middleman());
  const auto& seen = system.config();
  CHECK(caf::get_or(seen, "middleman.heartbeat-interval", caf::timespan{0}) == std::chrono::milliseconds{250});
  CHECK(caf::get_or(seen, "middleman.connection-timeout", caf::timespan{0}) == std::chrono::milliseconds{750});
  CHECK_FALSE(caf::get_or(seen, "middleman.enable-automatic-connections", true));
}
