#pragma once

#include <string>
#include <string_view>

#include "daybook/domain/time.hpp"

namespace daybook {

/// A UUIDv7 (RFC 9562): the milliseconds of `now`, then random bits; a thread's ids made later sort later, also within
/// a microsecond. Thread-safe.
std::string make_uuid_v7(time_us now);

/// A UUIDv5 (RFC 9562): the same namespace and name give the same id for ever. `space` must be a UUID's text
/// (else `std::invalid_argument`).
std::string make_uuid_v5(std::string_view space, std::string_view name);

/// This machine's clock.
time_us system_now() noexcept;

} // namespace daybook
