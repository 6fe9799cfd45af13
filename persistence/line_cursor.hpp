#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace daybook {

/// Walks along a line of one exact form; after the first mismatch `ok` stays false. The line outlives it.
class line_cursor {
public:
  explicit line_cursor(std::string_view line) noexcept : rest_(line) {}

  bool ok() const noexcept { return ok_; }
  std::string_view rest() const noexcept { return rest_; }

  /// Skips `text` if it is next.
  bool optional(std::string_view text) noexcept {
    if (!ok_ || rest_.substr(0, text.size()) != text)
      return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  line_cursor& literal(std::string_view text) noexcept {
    ok_ = optional(text);
    return *this;
  }

  /// Decimal, without leading zeros, above zero.
  template <class Number>
  line_cursor& number(Number& into) noexcept {
    const auto [end, cause] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), into);
    const bool canonical = cause == std::errc() && rest_.front() != '0' && rest_.front() != '-';
    ok_ = ok_ && canonical;
    if (ok_)
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return *this;
  }

  /// A text up to, and with, its closing quote. Texts of an envelope have no escapes.
  line_cursor& text(std::string_view& into, std::size_t longest) noexcept {
    const auto end = ok_ ? rest_.substr(0, longest + 1).find('"') : std::string_view::npos;
    ok_ = end != std::string_view::npos && end != 0;
    if (!ok_)
      return *this;
    into = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return *this;
  }

private:
  std::string_view rest_;
  bool ok_ = true;
};

} // namespace daybook
