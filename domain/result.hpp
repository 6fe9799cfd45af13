#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace daybook {

/// Why something could not be done. One enumeration serves every layer, so a cause found in a file keeps its name until a
/// user reads it: `name(errc)` is the `code` of the JSON error. What a *command* is refused for is not an error but part of
/// its receipt (see reasons.hpp).
///
/// The values travel between processes: append new ones, never renumber.
enum class errc : std::uint8_t {
  /// The request is not readable JSON of the documented form; nothing was stored.
  unreadable_request = 1,
  /// An id has characters or a length that ids must not have.
  illegal_id = 2,
  /// Nothing of that name exists.
  not_found = 3,
  /// A setting or argument has a value that it must not have.
  invalid_argument = 4,
  /// The server cannot be reached, or was lost and did not come back in time.
  unavailable = 5,
  /// The server speaks another version of the protocol.
  wrong_protocol = 6,
  /// No answer within the deadline; whether the command took effect is unknown, repeating it is safe.
  timed_out = 7,
  /// More is in flight than the node admits; nothing was stored.
  overloaded = 8,
  /// The view did not reach the position that was asked for in time.
  view_behind = 9,
  /// Another process has the data directory open.
  directory_in_use = 10,
  /// The node is stopping.
  shutting_down = 11,
  /// The address is not one that may be served or connected to.
  access_refused = 12,
  /// A write or sync failed; nothing more is acknowledged. What was in flight has an unknown outcome.
  storage_failed = 13,
  /// No room on the device; nothing of the commit was stored.
  disk_full = 14,
  /// Stored bytes do not verify.
  journal_damaged = 15,
  /// The operating system reported an error on a file.
  io_error = 16,
  /// Written by a newer version of this software.
  unsupported_format = 17,
  /// The expected version is not the version of the stream. Internal: it makes an aggregate read its history again.
  version_conflict = 18,
  /// The view's database failed.
  view_failed = 19,
  /// A defect of ours; please report it.
  internal = 20,
};

/// The code as users and scripts see it, e.g. "journal_damaged".
std::string_view name(errc code) noexcept;

/// A cause and one line for a human: what, where, and what to do.
struct error {
  errc code = errc::internal;
  std::string message;
};

/// A value or the reason why there is none. Not thread-safe by itself; `value()` requires `ok()`.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  result(daybook::error cause) : content_(std::in_place_index<1>, std::move(cause)) {}

  bool ok() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { return std::get<0>(content_); }
  const T& value() const& { return std::get<0>(content_); }
  T&& value() && { return std::get<0>(std::move(content_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  daybook::error& error() & { return std::get<1>(content_); }
  const daybook::error& error() const& { return std::get<1>(content_); }

private:
  std::variant<T, daybook::error> content_;
};

/// Success without a value.
struct done {};

} // namespace daybook
