#pragma once

#include <string>

#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include "daybook/actors/protocol.hpp"
#include "daybook/domain/result.hpp"

namespace daybook {

/// A cause as actors pass it on.
caf::error to_caf(const error& cause);

/// The cause inside an actor's error; what CAF itself reports (no answer in time, receiver gone, unreachable peer) becomes
/// the `errc` that fits, with CAF's words.
error from_caf(const caf::error& cause);

/// Makes our message types and errors known to a system's configuration, ours or a host's. Call it before the system
/// starts.
void configure(caf::actor_system_config& config);

} // namespace daybook
