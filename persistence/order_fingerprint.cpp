#include "daybook/persistence/order_codec.hpp"

#include <cstring>
#include <string_view>
#include <variant>

namespace daybook {
namespace {

/// FNV-1a, 64 bits, over bytes that tell apart any two different sequences of fields: every text and list begins with
/// its length. Stored in journals: what is mixed, and in which order, must never change.
class fingerprint_maker {
public:
  void byte(std::uint8_t value) noexcept { state_ = (state_ ^ value) * 0x100000001b3; }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  void length(std::uint64_t value) noexcept {
    for (; value >= 0x80; value >>= 7)
      byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }

  void number(std::int64_t value) noexcept {
    for (int shift = 0; shift < 64; shift += 8)
      byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
  }

  void text(std::string_view value) noexcept {
    length(value.size());
    for (const char c : value)
      byte(static_cast<std::uint8_t>(c));
  }

  template <class... Texts>
  void texts(const Texts&... values) noexcept {
    (text(values), ...);
  }

  /// FNV-1a leaves the high bits poorly mixed; murmur3's finaliser spreads them.
  std::uint64_t finish() const noexcept {
    auto h = state_;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
    return h ^ (h >> 33);
  }

private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

struct fingerprinter {
  fingerprint_maker& to;

  void operator()(const submit_order& action) const noexcept {
    to.texts(action.customer, action.country, action.currency);
    to.byte(action.ordered_at ? 1 : 0);
    if (action.ordered_at)
      to.text(*action.ordered_at);
    to.length(action.lines.size());
    for (const auto& line : action.lines)
      to.texts(line.stock_code, line.description, line.quantity, line.unit_price);
  }

  void operator()(const record_payment& action) const noexcept {
    to.texts(action.amount, action.currency, action.reference);
  }
  void operator()(const ship_order& action) const noexcept { to.texts(action.carrier, action.tracking); }
  void operator()(const deliver_order&) const noexcept {}
  void operator()(const mark_undeliverable& action) const noexcept { to.text(action.reason); }
  void operator()(const cancel_order& action) const noexcept { to.text(action.reason); }

  void operator()(const return_items& action) const noexcept {
    to.length(action.lines.size());
    for (const auto& [line, quantity] : action.lines) {
      to.number(line);
      to.number(quantity);
    }
    to.text(action.reason);
  }

  void operator()(const record_refund& action) const noexcept {
    to.texts(action.amount, action.currency, action.reference);
  }
};

} // namespace

std::uint64_t order_codec::fingerprint(const order_action& action) {
  fingerprint_maker maker;
  maker.length(action.index());
  std::visit(fingerprinter{maker}, action);
  return maker.finish();
}

} // namespace daybook
