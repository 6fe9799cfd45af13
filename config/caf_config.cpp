#include "daybook/config/caf_config.hpp"

#include <algorithm>
#include <thread>

#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <caf/timespan.hpp>

#include "daybook/config/quiet_scheduler.hpp"

namespace daybook {

std::size_t scheduler_threads(const node_settings& settings) noexcept {
  if (settings.scheduler_threads != 0)
    return settings.scheduler_threads;
  // The journal and the projection have threads of their own; more runnable threads than processors cost more than they
  // gain. hardware_concurrency is 0 where it is unknown.
  return std::max(2u, std::thread::hardware_concurrency()) - 1;
}

daybook_config::daybook_config(const node_settings& settings, bool with_network) {
  // Idle workers of CAF's default policy (stealing) poll with sleeps of up to 10 ms: seen by a single command as latency.
  // Those of this one are woken by a condition variable.
  load<quiet_scheduler>();
  set("scheduler.max-threads", scheduler_threads(settings));
  // We have a log of our own; CAF's prints what peers send.
  set("logger.verbosity", caf::atom("quiet"));
  set("logger.console", caf::atom("none"));
  // CAF has both off, so that a lost peer would never be noticed.
  set("middleman.heartbeat-interval", caf::timespan{settings.heartbeat_interval});
  set("middleman.connection-timeout", caf::timespan{settings.connection_timeout});
  // It would open a port that we did not ask for.
  set("middleman.enable-automatic-connections", false);
  if (with_network)
    load<caf::io::middleman>();
}

} // namespace daybook
