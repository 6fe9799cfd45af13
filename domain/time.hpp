#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook {

/// Microseconds since 1970-01-01T00:00:00Z. The domain has no clock: time comes in with commands and events.
using time_us = std::int64_t;

/// RFC 3339 in UTC with six decimals, e.g. "2026-11-23T10:15:00.123456Z". Years 0001 to 9999; others are clamped.
std::string format_time(time_us at);

/// Reads an instant: RFC 3339 with `Z` or an offset and up to nine decimals (cut to microseconds), the same without a zone
/// (then UTC), or a date alone (its midnight, UTC). Nothing for any other text.
std::optional<time_us> parse_time(std::string_view text);

/// A shop's local time without a zone, as `ordered_at` wants it: "2010-12-01T08:26:00", optionally with 1 to 9 decimals of
/// a second; a date of the Gregorian calendar, hours to 23, minutes and seconds to 59.
bool is_local_time(std::string_view text) noexcept;

/// The UTC reading of `at` in the form of a local time, whole seconds: what stands for an absent `ordered_at`.
std::string format_local_time(time_us at);

} // namespace daybook
