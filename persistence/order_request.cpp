#include <algorithm>
#include <array>
#include <cstring>

#include "daybook/domain/ids.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook {
namespace {

/// Why reading stopped; caught by `parse_order_request` and nowhere else.
struct unreadable {
  std::string what;
};

/// Text for an error message: one line, not too long.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 40));
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  std::replace_if(out.begin(), out.end(), control, '?');
  while (!is_utf8(out))
    out.pop_back();
  return out.size() < text.size() ? out + "…" : out;
}

/// Takes JSON values (RFC 8259) off the front of a document. A DOM or the events of a general parser would have turned
/// numbers into values already: `2.50`, `-0` and `1e999` must stay what they are. Requires valid UTF-8.
class json_scanner {
public:
  explicit json_scanner(std::string_view text) : text_(text) {}

  /// The next character that is not white space; NUL at the end.
  char peek() noexcept {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool at_end() noexcept { return peek() == '\0' && at_ == text_.size(); }

  bool take(char c) noexcept {
    if (peek() != c || at_ == text_.size())
      return false;
    ++at_;
    return true;
  }

  void expect(char c, std::string_view where) {
    if (!take(c))
      fail(where, std::string("expected '") + c + "'");
  }

  bool take_word(std::string_view word) noexcept {
    peek();
    if (text_.substr(at_, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }

  /// A string, without its quotes and escapes.
  std::string take_string(std::string_view where) {
    expect('"', where);
    std::string out;
    for (;;) {
      const auto run = plain_run();
      out.append(text_, at_, run);
      at_ += run;
      if (at_ == text_.size())
        fail(where, "the string does not end");
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20)
        fail(where, "a control character in a string must be escaped");
      ++at_;
      if (c == '"')
        break;
      take_escape(out, where);
    }
    if (out.size() > max_text_bytes)
      fail(where, "longer than " + std::to_string(max_text_bytes) + " bytes");
    return out;
  }

  /// A number, as it is written.
  std::string take_number(std::string_view where) {
    peek();
    const auto from = at_;
    skip('-');
    if (!skip('0') && !skip_digits())
      fail(where, "not a JSON value");
    if (skip('.') && !skip_digits())
      fail(where, "a number needs digits after its point");
    if (skip('e') || skip('E')) {
      if (!skip('+'))
        skip('-');
      if (!skip_digits())
        fail(where, "a number needs digits in its exponent");
    }
    if (at_ - from > max_text_bytes)
      fail(where, "longer than " + std::to_string(max_text_bytes) + " bytes");
    return std::string(text_.substr(from, at_ - from));
  }

  [[noreturn]] void fail(std::string_view where, std::string_view what) const {
    std::string message(where);
    message.append(message.empty() ? "" : ": ").append(what);
    if (at_ == text_.size())
      throw unreadable{message + " (at the end)"};
    throw unreadable{message + " (at byte " + std::to_string(at_ + 1) + ")"};
  }

private:
  static bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  /// How many characters from here stand for themselves in a string.
  std::size_t plain_run() const noexcept {
    const auto plain = [](char c) { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; };
    auto end = at_;
    while (end < text_.size() && plain(text_[end]))
      ++end;
    return end - at_;
  }

  bool skip(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  bool skip_digits() noexcept {
    const auto from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
      ++at_;
    return at_ > from;
  }

  void take_escape(std::string& out, std::string_view where) {
    constexpr std::string_view escapes = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size())
      fail(where, "the string does not end");
    if (skip('u'))
      return append_utf8(out, take_code_point(where));
    const auto found = escapes.find(text_[at_]);
    if (found == std::string_view::npos)
      fail(where, "unknown escape in a string");
    out += meanings[found];
    ++at_;
  }

  /// What follows `\u`; characters beyond U+FFFF are written as two of them, a surrogate pair.
  std::uint32_t take_code_point(std::string_view where) {
    const auto first = take_hex(where);
    if (first < 0xd800 || first > 0xdfff)
      return first;
    if (first <= 0xdbff && skip('\\') && skip('u')) {
      const auto second = take_hex(where);
      if (second >= 0xdc00 && second <= 0xdfff)
        return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    }
    fail(where, "half of a surrogate pair in a string");
  }

  std::uint32_t take_hex(std::string_view where) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const bool digit = c >= '0' && c <= '9';
      if (!digit && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
        fail(where, "\\u needs four hexadecimal digits");
      value = value << 4 | static_cast<std::uint32_t>(digit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&out, code](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80)
      out += static_cast<char>(code);
    else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Reads the one form of a request. Every other nesting is unreadable, so nothing here recurses.
class request_reader {
public:
  explicit request_reader(std::string_view json) : json_(json) {}

  order_request read() {
    static constexpr std::array<std::string_view, 6> fields{"order_id", "customer", "country",
                                                            "currency", "ordered_at", "lines"};
    if (json_.peek() != '{')
      json_.fail("", "an order request must be a JSON object");
    order_request request;
    auto& action = request.action;
    read_object("", fields, [&](std::size_t field, const std::string& where) {
      switch (field) {
        case 0: has_id_ = take_text(where, request.order_id); break;
        case 1: take_text(where, action.customer); break;
        case 2: take_text(where, action.country); break;
        case 3: take_text(where, action.currency); break;
        case 4: take_ordered_at(where, action.ordered_at); break;
        default: take_lines(action.lines); break;
      }
    });
    if (!json_.at_end())
      json_.fail("", "something follows the order request");
    return request;
  }

  bool has_id() const noexcept { return has_id_; }

private:
  /// Reads `{"field": value, …}` and has each value taken by `take(index of the field, where)`.
  template <std::size_t Count, class Take>
  void read_object(const std::string& path, const std::array<std::string_view, Count>& fields, Take take) {
    std::array<bool, Count> seen{};
    json_.expect('{', path);
    if (json_.take('}'))
      return;
    do {
      if (json_.peek() != '"')
        json_.fail(path, "expected the name of a field");
      const auto key = json_.take_string(path);
      const auto where = path.empty() ? shown(key) : path + "." + shown(key);
      const auto found = std::find(fields.begin(), fields.end(), key);
      const auto index = static_cast<std::size_t>(found - fields.begin());
      if (found == fields.end())
        json_.fail(where, "unknown field");
      if (seen[index])
        json_.fail(where, "this field is there twice");
      seen[index] = true;
      json_.expect(':', where);
      take(index, where);
    } while (json_.take(','));
    json_.expect('}', path);
  }

  /// Whether the text was there; null counts as absent.
  bool take_text(const std::string& where, std::string& into) {
    if (json_.take_word("null"))
      return false;
    if (json_.peek() != '"')
      json_.fail(where, "must be a string");
    into = json_.take_string(where);
    return true;
  }

  void take_ordered_at(const std::string& where, std::optional<std::string>& into) {
    std::string text;
    if (take_text(where, text))
      into = std::move(text);
  }

  /// Text, or whatever else stands for one value, as it was written: validation judges it when it is durable.
  void take_literal(const std::string& where, std::string& into) {
    for (const std::string_view word : {"null", "true", "false"}) {
      if (json_.take_word(word)) {
        into = word;
        return;
      }
    }
    const char c = json_.peek();
    if (c == '{' || c == '[')
      json_.fail(where, "must be a string or a number");
    into = c == '"' ? json_.take_string(where) : json_.take_number(where);
  }

  void take_lines(std::vector<requested_line>& lines) {
    if (json_.take_word("null"))
      return;
    if (!json_.take('['))
      json_.fail("lines", "must be an array");
    if (json_.take(']'))
      return;
    do {
      if (lines.size() == max_lines)
        json_.fail("lines", "more than " + std::to_string(max_lines) + " lines");
      const auto path = "lines[" + std::to_string(lines.size()) + "]";
      if (json_.peek() != '{')
        json_.fail(path, "must be an object");
      take_line(path, lines.emplace_back());
    } while (json_.take(','));
    json_.expect(']', "lines");
  }

  void take_line(const std::string& path, requested_line& line) {
    static constexpr std::array<std::string_view, 4> fields{"stock_code", "description", "quantity", "unit_price"};
    read_object(path, fields, [&](std::size_t field, const std::string& where) {
      switch (field) {
        case 0: take_text(where, line.stock_code); break;
        case 1: take_text(where, line.description); break;
        case 2: take_literal(where, line.quantity); break;
        default: take_literal(where, line.unit_price); break;
      }
    });
  }

  json_scanner json_;
  bool has_id_ = false;
};

/// Editors of one operating system begin files with this; RFC 8259 lets a reader pass over it.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

} // namespace

result<order_request> parse_order_request(std::string_view json) {
  const auto refused = [](const std::string& what) {
    return error{errc::unreadable_request, "unreadable order request: " + what};
  };
  if (json.size() > max_request_bytes)
    return refused("more than " + std::to_string(max_request_bytes) + " bytes");
  if (!is_utf8(json))
    return refused("not UTF-8");
  if (json.substr(0, byte_order_mark.size()) == byte_order_mark)
    json.remove_prefix(byte_order_mark.size());
  try {
    request_reader reader(json);
    auto request = reader.read();
    if (reader.has_id() && !is_legal_id(request.order_id))
      return error{errc::illegal_id, "order_id \"" + shown(request.order_id) + "\": an order id has 1 to " +
                                       std::to_string(max_id_length) + " characters of A-Z a-z 0-9 . _ : -"};
    return request;
  } catch (const unreadable& cause) {
    return refused(cause.what);
  }
}

} // namespace daybook
