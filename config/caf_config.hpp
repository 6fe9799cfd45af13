#pragma once

#include <caf/actor_system_config.hpp>

#include "daybook/config/settings.hpp"

namespace daybook {

/// The configuration of our programs' actor system. It reads no command line and no file: whatever is set comes from
/// `node_settings`, which must be valid. Message types are registered by `daybook::configure` (actors/), so that an
/// embedding host can use a configuration of its own.
class daybook_config : public caf::actor_system_config {
public:
  /// @param with_network loads CAF's middleman, which costs threads; without it nothing is reachable from outside.
  explicit daybook_config(const node_settings& settings, bool with_network = false);
};

/// The threads that `settings` ask for, `0` resolved for this machine.
std::size_t scheduler_threads(const node_settings& settings) noexcept;

} // namespace daybook
