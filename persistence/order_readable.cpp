#include "daybook/persistence/order_codec.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <variant>

#include "daybook/domain/ids.hpp"

namespace daybook {
namespace {

/// Looks at every text of a command; `problem` is the first that was found.
class text_checker {
public:
  void check(std::string_view field, std::string_view text) {
    if (!problem_.empty())
      return;
    total_ += text.size();
    if (text.size() > max_text_bytes)
      fail(field, "is longer than " + std::to_string(max_text_bytes) + " bytes");
    else if (!is_utf8(text))
      fail(field, "is not UTF-8");
    else if (total_ > max_request_bytes)
      problem_ = "the texts have more than " + std::to_string(max_request_bytes) + " bytes in all";
  }

  bool check_count(std::size_t lines) {
    if (lines > max_lines)
      problem_ = "more than " + std::to_string(max_lines) + " lines";
    return problem_.empty();
  }

  void at_line(std::size_t index) noexcept { line_ = index; }

  const std::string& problem() const noexcept { return problem_; }

  void operator()(const submit_order& action) {
    check("customer", action.customer);
    check("country", action.country);
    check("currency", action.currency);
    check("ordered_at", action.ordered_at ? std::string_view(*action.ordered_at) : std::string_view());
    if (!check_count(action.lines.size()))
      return;
    for (std::size_t i = 0; i < action.lines.size() && problem_.empty(); ++i) {
      at_line(i);
      check("stock_code", action.lines[i].stock_code);
      check("description", action.lines[i].description);
      check("quantity", action.lines[i].quantity);
      check("unit_price", action.lines[i].unit_price);
    }
  }

  void operator()(const record_payment& action) { check_money(action.amount, action.currency, action.reference); }
  void operator()(const record_refund& action) { check_money(action.amount, action.currency, action.reference); }

  void operator()(const ship_order& action) {
    check("carrier", action.carrier);
    check("tracking", action.tracking);
  }

  void operator()(const deliver_order&) {}
  void operator()(const mark_undeliverable& action) { check("reason", action.reason); }
  void operator()(const cancel_order& action) { check("reason", action.reason); }

  void operator()(const return_items& action) {
    if (check_count(action.lines.size()))
      check("reason", action.reason);
  }

private:
  static constexpr std::size_t no_line = ~std::size_t{0};

  void check_money(std::string_view amount, std::string_view currency, std::string_view reference) {
    check("amount", amount);
    check("currency", currency);
    check("reference", reference);
  }

  void fail(std::string_view field, std::string_view what) {
    if (line_ != no_line)
      problem_ = "lines[" + std::to_string(line_) + "].";
    problem_.append(field).append(" ").append(what);
  }

  std::string problem_;
  std::size_t total_ = 0;
  std::size_t line_ = no_line;
};

} // namespace

result<done> order_codec::check_readable(const order_command& command) {
  const auto illegal = [](std::string_view what) {
    return error{errc::illegal_id, std::string(what) + " must have 1 to " + std::to_string(max_id_length) +
                                     " characters of A-Z a-z 0-9 . _ : -"};
  };
  if (!is_legal_id(command.id))
    return illegal("the order id");
  if (!is_legal_id(command.command_id))
    return illegal("the command id");
  if (!command.correlation_id.empty() && !is_legal_id(command.correlation_id))
    return illegal("the correlation id");
  if (!command.causation_id.empty() && !is_legal_id(command.causation_id))
    return illegal("the causation id");
  text_checker checker;
  std::visit(checker, command.action);
  if (!checker.problem().empty())
    return error{errc::unreadable_request, "unreadable request: " + checker.problem()};
  return done{};
}

bool is_utf8(std::string_view bytes) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while (at != end) {
    if (*at < 0x80) {
      // Most text is ASCII: eight bytes at a time.
      for (std::uint64_t eight; end - at >= 8; at += 8) {
        std::memcpy(&eight, at, 8);
        if ((eight & 0x8080808080808080) != 0)
          break;
      }
      while (at != end && *at < 0x80)
        ++at;
      continue;
    }
    const int more = *at >= 0xc2 && *at <= 0xdf ? 1 : (*at & 0xf0) == 0xe0 ? 2 : *at >= 0xf0 && *at <= 0xf4 ? 3 : 0;
    if (more == 0 || end - at <= more)
      return false;
    // The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    const auto second = at[1];
    if ((*at == 0xe0 && second < 0xa0) || (*at == 0xed && second > 0x9f) || (*at == 0xf0 && second < 0x90) ||
        (*at == 0xf4 && second > 0x8f))
      return false;
    for (int i = 1; i <= more; ++i) {
      if ((at[i] & 0xc0) != 0x80)
        return false;
    }
    at += more + 1;
  }
  return true;
}

} // namespace daybook
