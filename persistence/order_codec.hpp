#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/events.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/domain/views.hpp"

namespace daybook {

/// Orders as JSON: events in the journal, requests from outside. Explicit field by field, because the journal's form
/// must not change when a struct does. All functions are pure and thread-safe.
struct order_codec {
  /// The event's facts as one compact JSON object. Texts must be UTF-8 (see `check_readable`).
  static std::string encode(const order_event& event);

  /// The event of a type name and its facts. Unknown types and forms give `unsupported_format`: they are from a newer
  /// version or damaged, and must not be skipped. Unknown additional fields are ignored.
  static result<order_event> decode(std::string_view type, std::string_view data);

  /// A fingerprint of what a command wants, without its ids and clock: the same content has the same one on any day and
  /// machine. An absent `ordered_at` counts as absent, whatever the clock said.
  static std::uint64_t fingerprint(const order_action& action);

  /// Whether the journal can keep the command at all; judged before anything is stored and by nothing else: legal ids,
  /// valid UTF-8, no text over 1,000 bytes, no more than 10,000 lines, 4 MiB of text in all.
  /// `illegal_id` or `unreadable_request`.
  static result<done> check_readable(const order_command& command);
};

inline constexpr std::size_t max_text_bytes = 1000;
inline constexpr std::size_t max_lines = 10000;
inline constexpr std::size_t max_request_bytes = std::size_t{4} << 20;

/// Whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
bool is_utf8(std::string_view bytes) noexcept;

/// A request as it came from outside; ids that it did not name are empty.
struct order_request {
  std::string order_id;
  submit_order action;
};

/// Reads an order request of the contract's form, without judging it. Numbers keep the text they were written in.
/// Unknown or doubled fields, wrong kinds, texts and documents over the limits are `unreadable_request`, with what and
/// where; an order id that must not be is `illegal_id`.
result<order_request> parse_order_request(std::string_view json);

} // namespace daybook
