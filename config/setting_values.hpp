#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook {

// The forms in which settings are written. Reading is exact: no signs, no fractions, nothing left over; none means
// that the text has another form or that its value does not fit.

/// Digits only.
std::optional<std::uint64_t> read_count(std::string_view text) noexcept;

/// A count and B, KiB, MiB or GiB.
std::optional<std::uint64_t> read_bytes(std::string_view text) noexcept;

/// A count and ms, s, min or h.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text) noexcept;

/// In the largest unit that needs no fraction; read back, it gives the same value.
std::string write_bytes(std::uint64_t value);
std::string write_duration(std::chrono::milliseconds value);

/// Without spaces, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text) noexcept;

} // namespace daybook
