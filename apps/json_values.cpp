#include "daybook/apps/json_values.hpp"

namespace daybook {

namespace {

/// No request may be longer (the contract's 4 MiB of text, and room for its form).
constexpr std::size_t max_value_bytes = std::size_t{16} << 20;

constexpr auto not_closed = "the object that begins here is not closed";

} // namespace

result<bool> json_value_reader::read_line() {
  auto more = file_.next_line(line_);
  if (!more)
    return more.error();
  has_line_ = *more;
  at_ = 0;
  if (has_line_)
    ++line_number_;
  return has_line_;
}

/// Passes over what may stand between objects; false at the end of the line.
bool json_value_reader::skip_separators() {
  while (at_ < line_.size() && std::string_view{" \t\r,[]"}.find(line_[at_]) != std::string_view::npos)
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

result<bool> json_value_reader::next(json_value& value) {
  value = {};
  while (!has_line_ || !skip_separators()) {
    auto more = read_line();
    if (!more || !*more)
      return more;
  }
  value.line = line_number_;
  if (line_[at_] != '{') {
    value.problem = "expected a JSON object, found '" + line_.substr(at_, 20) + "'";
    at_ = line_.size();
    return true;
  }
  depth_ = 0;
  in_string_ = false;
  escaped_ = false;
  while (!take_object(value)) {
    auto more = read_line();
    if (!more)
      return more;
    if (!*more || line_.compare(0, 1, "{") == 0 || value.text.size() > max_value_bytes) {
      value.problem = not_closed;
      return true;
    }
  }
  return true;
}

} // namespace daybook
