#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/spawn_options.hpp>

#include "daybook/domain/time.hpp"
#include "daybook/persistence/os_files.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

/// What a node takes from the world around it. The initial values are the real world; a simulation brings its own.
struct node_environment {
  /// Where the journal's files are; outlives the node. (The view is SQLite's: always the real file system.)
  os_files* files = &posix_files();

  /// The clock that times of recording come from.
  std::function<time_us()> now = system_now;

  /// Names a journal that is made.
  std::function<std::string(time_us)> make_id = make_uuid_v7;

  /// Whether members that block on a disk get threads of their own; if not, they are scheduled like the others.
  bool has_threads = true;

  /// How a member with a thread of its own stands still; called on that thread.
  std::function<void(std::chrono::nanoseconds)> pause = [](std::chrono::nanoseconds length) {
    std::this_thread::sleep_until(std::chrono::steady_clock::now() + length);
  };

  /// Lets actors run until the condition holds, where they do not run by themselves; none: they do. Called by `node` before it
  /// blocks for what they shall have done.
  std::function<void(const std::function<bool()>& until)> run_until;
};

/// Spawns a member that blocks on a disk.
template <class Function, class... Arguments>
auto spawn_blocking(caf::actor_system& system, const node_environment& world, Function function, Arguments&&... arguments) {
  if (world.has_threads)
    return system.spawn<caf::detached>(function, std::forward<Arguments>(arguments)...);
  return system.spawn(function, std::forward<Arguments>(arguments)...);
}

} // namespace daybook
