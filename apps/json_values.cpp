#include "daybook/apps/json_values.hpp"

#include <string_view>

namespace daybook {

namespace {

/// No request may be longer (the contract's 4 MiB of text, and room for its form).
constexpr std::size_t max_value_bytes = std::size_t{16} << 20;

/// Editors of one operating system begin files with this; RFC 8259 lets a reader pass over it.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

constexpr auto not_closed = "the object that begins here is not closed";

} // namespace

result<bool> json_value_reader::read_line() {
  auto more = file_.next_line(line_);
  if (!more)
    return more.error();
  has_line_ = *more;
  at_ = 0;
  if (has_line_ && ++line_number_ == 1 && line_.compare(0, byte_order_mark.size(), byte_order_mark) == 0)
    at_ = byte_order_mark.size();
  return has_line_;
}

/// Whether the character may stand here, between objects.
bool json_value_reader::take_separator(char each) {
  if (std::string_view{" \t\r"}.find(each) != std::string_view::npos)
    return true;
  if (place_ == place::lost)
    return std::string_view{",[]"}.find(each) != std::string_view::npos;
  if (each == '[' && place_ == place::outside) {
    place_ = place::first_item;
    array_line_ = line_number_;
  } else if (each == ']' && (place_ == place::first_item || place_ == place::after_item)) {
    place_ = place::outside;
  } else if (each == ',' && place_ == place::after_item) {
    place_ = place::next_item;
  } else {
    return false;
  }
  return true;
}

/// Passes over what may stand between objects; false at the end of the line.
bool json_value_reader::skip_separators() {
  while (at_ < line_.size() && take_separator(line_[at_]))
    ++at_;
  return at_ < line_.size();
}

/// Takes characters until the object is closed; false at the end of the line.
bool json_value_reader::take_object(json_value& value) {
  const auto begin = at_;
  while (at_ < line_.size()) {
    const auto c = line_[at_++];
    if (in_string_) {
      if (escaped_)
        escaped_ = false;
      else if (c == '\\')
        escaped_ = true;
      else if (c == '"')
        in_string_ = false;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}' && --depth_ == 0) {
      value.text.append(line_, begin, at_ - begin);
      return true;
    }
  }
  value.text.append(line_, begin, at_ - begin).push_back('\n');
  return false;
}

result<bool> json_value_reader::read_object(json_value& value) {
  depth_ = 0;
  in_string_ = false;
  escaped_ = false;
  if (place_ == place::after_item)
    value.problem = "a comma is missing before this object";
  while (!take_object(value)) {
    auto more = read_line();
    if (!more)
      return more;
    if (!*more || line_.compare(0, 1, "{") == 0 || value.text.size() > max_value_bytes) {
      value.problem = not_closed;
      place_ = place::lost;
      return true;
    }
  }
  if (place_ != place::outside && place_ != place::lost)
    place_ = place::after_item;
  return true;
}

result<bool> json_value_reader::at_end(json_value& value) {
  if (place_ == place::outside || place_ == place::lost)
    return false;
  place_ = place::outside;
  value.line = array_line_;
  value.problem = "the array that begins here is not closed; what came before its end was taken";
  return true;
}

result<bool> json_value_reader::next(json_value& value) {
  value = {};
  while (!has_line_ || !skip_separators()) {
    auto more = read_line();
    if (!more)
      return more;
    if (!*more)
      return at_end(value);
  }
  value.line = line_number_;
  if (line_[at_] == '{')
    return read_object(value);
  value.problem = "expected a JSON object, found '" + line_.substr(at_, 20) + "'";
  at_ = line_.size();
  place_ = place_ == place::outside ? place::outside : place::lost;
  return true;
}

} // namespace daybook
