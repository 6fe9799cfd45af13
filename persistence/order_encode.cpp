#include "daybook/persistence/order_codec.hpp"

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <variant>

namespace daybook {
namespace {

/// Whether a character must be escaped in a JSON string.
constexpr auto must_escape = [] {
  std::array<bool, 256> result{};
  for (std::size_t c = 0; c < 0x20; ++c)
    result[c] = true;
  result['"'] = result['\\'] = true;
  return result;
}();

void append_escaped(std::string& out, char c) {
  constexpr std::string_view escaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  if (const auto found = escaped.find(c); found != std::string_view::npos) {
    out += '\\';
    out += letters[found];
  } else {
    out += "\\u00";
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (must_escape[static_cast<unsigned char>(text[at])]) {
      out.append(text, from, at - from);
      append_escaped(out, text[at]);
      from = at + 1;
    }
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

void append_number(std::string& out, std::int64_t number) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

/// Writes one JSON object, field by field.
class object_writer {
public:
  explicit object_writer(std::string& out) : out_(out) { out_ += '{'; }

  object_writer& text(std::string_view key, std::string_view value) {
    append_string(begin(key), value);
    return *this;
  }

  /// Absent texts take no room in the journal.
  object_writer& text_if_any(std::string_view key, std::string_view value) {
    return value.empty() ? *this : text(key, value);
  }

  object_writer& number(std::string_view key, std::int64_t value) {
    append_number(begin(key), value);
    return *this;
  }

  /// `write(element)` appends one element.
  template <class Elements, class Write>
  object_writer& array(std::string_view key, const Elements& elements, Write write) {
    begin(key) += '[';
    bool first = true;
    for (const auto& element : elements) {
      if (!first)
        out_ += ',';
      first = false;
      write(element);
    }
    out_ += ']';
    return *this;
  }

  void close() { out_ += '}'; }

private:
  std::string& begin(std::string_view key) {
    if (!first_)
      out_ += ',';
    first_ = false;
    out_ += '"';
    return out_.append(key).append("\":");
  }

  std::string& out_;
  bool first_ = true;
};

struct encoder {
  std::string& out;

  void operator()(const order_requested& event) const {
    std::size_t room = 200 + event.customer.size() + event.country.size();
    for (const auto& line : event.lines)
      room += 80 + line.stock_code.size() + line.description.size() + line.quantity.size() + line.unit_price.size();
    out.reserve(room);
    object_writer(out)
      .text("customer", event.customer)
      .text_if_any("country", event.country)
      .text("currency", event.currency)
      .text("ordered_at", event.ordered_at)
      .array("lines", event.lines,
             [this](const requested_line& line) {
               object_writer(out)
                 .text("stock_code", line.stock_code)
                 .text_if_any("description", line.description)
                 .text("quantity", line.quantity)
                 .text("unit_price", line.unit_price)
                 .close();
             })
      .close();
  }

  void operator()(const order_validated& event) const {
    out.reserve(60 + 50 * event.lines.size());
    object_writer(out)
      .number("total_minor", event.total)
      .array("lines", event.lines,
             [this](const priced_line& line) {
               object_writer(out).number("quantity", line.quantity).number("unit_price_minor", line.unit_price).close();
             })
      .close();
  }

  void operator()(const order_rejected& event) const {
    object_writer(out)
      .array("reasons", event.reasons, [this](rejection reason) { append_string(out, name(reason)); })
      .close();
  }

  void operator()(const order_shipped& event) const {
    object_writer(out).text_if_any("carrier", event.carrier).text_if_any("tracking", event.tracking).close();
  }

  void operator()(const order_delivered&) const { object_writer(out).close(); }
  void operator()(const order_undeliverable& event) const { object_writer(out).text("reason", event.reason).close(); }
  void operator()(const order_cancelled& event) const { object_writer(out).text("reason", event.reason).close(); }

  void operator()(const items_returned& event) const {
    object_writer(out)
      .array("lines", event.lines,
             [this](const returned_line& line) {
               object_writer(out).number("line", line.line).number("quantity", line.quantity).close();
             })
      .number("value_minor", event.value)
      .text("reason", event.reason)
      .close();
  }

  void operator()(const payment_recorded& event) const { write_amount(event.amount, event.currency, event.reference); }
  void operator()(const refund_recorded& event) const { write_amount(event.amount, event.currency, event.reference); }

  void write_amount(minor_units amount, std::string_view currency, std::string_view reference) const {
    object_writer(out)
      .number("amount_minor", amount)
      .text("currency", currency)
      .text_if_any("reference", reference)
      .close();
  }
};

} // namespace

std::string order_codec::encode(const order_event& event) {
  std::string out;
  std::visit(encoder{out}, event);
  return out;
}

} // namespace daybook
