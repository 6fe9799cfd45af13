#pragma once

#include <chrono>
#include <cstddef>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "daybook/config/caf_config.hpp"
#include "daybook/config/quiet_scheduler.hpp"

namespace daybook::testing {

/// An actor system as programs have it, and an actor of the test's.
struct quiet_system {
  explicit quiet_system(std::size_t workers = 1, std::size_t throughput = 0) :
      config{settings(workers), throughput}, system{config}, self{system} {}

  static node_settings settings(std::size_t workers) {
    node_settings made;
    made.scheduler_threads = workers;
    return made;
  }

  const quiet_clock& clock() { return dynamic_cast<quiet_scheduler&>(system.scheduler()).clock(); }

  /// With an argument: without one CAF 0.17 dereferences a null pointer, which checking libraries do not like.
  template <class F>
  caf::actor spawn(F behavior) {
    return system.spawn([=](caf::event_based_actor* self, int) { return behavior(self); }, 0);
  }

  /// The next number that the test's actor gets; -1 when none comes.
  int next() {
    int got = 0;
    self->receive([&](int number) { got = number; }, caf::after(std::chrono::seconds{10}) >> [&] { got = -1; });
    return got;
  }

  struct throttled_config : daybook_config {
    throttled_config(const node_settings& settings, std::size_t throughput) : daybook_config{settings} {
      if (throughput != 0)
        set("scheduler.max-throughput", throughput);
    }
  };

  throttled_config config;
  caf::actor_system system;
  caf::scoped_actor self;
};

} // namespace daybook::testing
