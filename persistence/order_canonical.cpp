#include "daybook/persistence/order_canonical.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace daybook {
namespace {

/// Whether a byte stands for itself in a JSON string and is not part of a longer character.
constexpr auto is_plain = [] {
  std::array<bool, 256> result{};
  for (std::size_t c = 0x20; c < 0x80; ++c)
    result[c] = c != '"' && c != '\\';
  return result;
}();

/// Goes over the text once; after the first surprise it stays failed.
class cursor {
public:
  explicit cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool is_done() const noexcept { return is_well_ && at_ == end_; }

  bool starts_with(std::string_view literal) const noexcept {
    return static_cast<std::size_t>(end_ - at_) >= literal.size() && std::string_view{at_, literal.size()} == literal;
  }

  /// Passes over `literal` if it is next.
  bool skip_if(std::string_view literal) noexcept {
    if (!is_well_ || !starts_with(literal))
      return false;
    at_ += literal.size();
    return true;
  }

  cursor& skip(std::string_view literal) noexcept {
    is_well_ = skip_if(literal);
    return *this;
  }

  /// The text between two quotes, in the input.
  cursor& text(std::string_view& out) noexcept {
    skip("\"");
    const auto* from = at_;
    while (at_ != end_ && is_plain[static_cast<unsigned char>(*at_)])
      ++at_;
    out = {from, static_cast<std::size_t>(at_ - from)};
    return skip("\"");
  }

  cursor& text(std::string& out) {
    std::string_view found;
    text(found);
    out.assign(found);
    return *this;
  }

  /// `key` and a text that is written only where there is any.
  cursor& text_if_any(std::string_view key, std::string& out) {
    if (skip_if(key))
      text(out);
    return *this;
  }

  /// Digits, not negative, without leading zeros.
  cursor& number(std::int64_t& out) noexcept {
    const bool leads_with_zero = at_ != end_ && *at_ == '0';
    const auto [next, failed] = std::from_chars(at_, end_, out);
    is_well_ = is_well_ && failed == std::errc{} && out >= 0 && *at_ != '-' && (!leads_with_zero || next - at_ == 1);
    at_ = next;
    return *this;
  }

  /// `read()` for each element of an array, from its `[` to its `]`.
  template <class Read>
  cursor& array(Read read) {
    skip("[");
    if (skip_if("]"))
      return *this;
    do
      read();
    while (skip_if(","));
    return skip("]");
  }

private:
  const char* at_;
  const char* end_;
  bool is_well_ = true;
};

template <class Money>
bool read_money(std::string_view data, Money& event) {
  cursor from{data};
  from.skip(R"({"amount_minor":)").number(event.amount);
  from.skip(R"(,"currency":)").text(event.currency);
  from.text_if_any(R"(,"reference":)", event.reference).skip("}");
  return from.is_done();
}

} // namespace

// -- the mirror of what writes them --------------------------------------------------------------------------------------

bool read_canonical(std::string_view data, order_requested& event) {
  cursor from{data};
  from.skip(R"({"customer":)").text(event.customer);
  from.text_if_any(R"(,"country":)", event.country);
  from.skip(R"(,"currency":)").text(event.currency);
  from.skip(R"(,"ordered_at":)").text(event.ordered_at);
  from.skip(R"(,"lines":)").array([&] {
    auto& line = event.lines.emplace_back();
    from.skip(R"({"stock_code":)").text(line.stock_code);
    from.text_if_any(R"(,"description":)", line.description);
    from.skip(R"(,"quantity":)").text(line.quantity);
    from.skip(R"(,"unit_price":)").text(line.unit_price).skip("}");
  });
  from.skip("}");
  return from.is_done();
}

bool read_canonical(std::string_view data, order_validated& event) {
  cursor from{data};
  from.skip(R"({"total_minor":)").number(event.total);
  from.skip(R"(,"lines":)").array([&] {
    auto& line = event.lines.emplace_back();
    from.skip(R"({"quantity":)").number(line.quantity);
    from.skip(R"(,"unit_price_minor":)").number(line.unit_price).skip("}");
  });
  from.skip("}");
  return from.is_done();
}

bool read_canonical(std::string_view data, order_rejected& event) {
  cursor from{data};
  bool are_known = true;
  from.skip(R"({"reasons":)").array([&] {
    std::string_view name;
    from.text(name);
    const auto reason = rejection_from(name);
    are_known = are_known && reason;
    if (reason)
      event.reasons.push_back(*reason);
  });
  from.skip("}");
  return are_known && from.is_done();
}

bool read_canonical(std::string_view data, payment_recorded& event) {
  return read_money(data, event);
}

bool read_canonical(std::string_view data, refund_recorded& event) {
  return read_money(data, event);
}

} // namespace daybook
