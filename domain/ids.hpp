#pragma once

#include <cstddef>
#include <string_view>

namespace daybook {

/// The longest id in characters.
inline constexpr std::size_t max_id_length = 64;

/// Whether a text has no other characters than ids may have: A-Z a-z 0-9 . _ : -
bool has_id_characters(std::string_view text) noexcept;

/// Whether `text` may name an order, a command, a correlation or a causation: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
bool is_legal_id(std::string_view text) noexcept;

} // namespace daybook
