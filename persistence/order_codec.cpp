#include "daybook/persistence/order_codec.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <new>

#include <nlohmann/json.hpp>

#include "daybook/domain/ids.hpp"

namespace daybook {
namespace {

// -- writing ----------------------------------------------------------------------------------------------------------

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

// -- reading ----------------------------------------------------------------------------------------------------------

enum class presence : bool { optional, required };

/// A field of an object that becomes a T.
template <class T>
struct field {
  std::string_view key;
  std::variant<std::string T::*, std::int64_t T::*> member;
  presence must;
};

/// The fields of events and of their lines; specialised for each. Fields may be added with `presence::optional`.
template <class T>
struct form;

template <>
struct form<requested_line> {
  static constexpr std::array<field<requested_line>, 4> fields{{
    {"stock_code", &requested_line::stock_code, presence::required},
    {"description", &requested_line::description, presence::optional},
    {"quantity", &requested_line::quantity, presence::required},
    {"unit_price", &requested_line::unit_price, presence::required},
  }};
};

template <>
struct form<order_requested> {
  static constexpr std::array<field<order_requested>, 4> fields{{
    {"customer", &order_requested::customer, presence::required},
    {"country", &order_requested::country, presence::optional},
    {"currency", &order_requested::currency, presence::required},
    {"ordered_at", &order_requested::ordered_at, presence::required},
  }};
};

template <>
struct form<priced_line> {
  static constexpr std::array<field<priced_line>, 2> fields{{
    {"quantity", &priced_line::quantity, presence::required},
    {"unit_price_minor", &priced_line::unit_price, presence::required},
  }};
};

template <>
struct form<order_validated> {
  static constexpr std::array<field<order_validated>, 1> fields{{
    {"total_minor", &order_validated::total, presence::required},
  }};
};

template <class Money>
struct money_form {
  static constexpr std::array<field<Money>, 3> fields{{
    {"amount_minor", &Money::amount, presence::required},
    {"currency", &Money::currency, presence::required},
    {"reference", &Money::reference, presence::optional},
  }};
};

template <>
struct form<payment_recorded> : money_form<payment_recorded> {};
template <>
struct form<refund_recorded> : money_form<refund_recorded> {};

template <>
struct form<order_shipped> {
  static constexpr std::array<field<order_shipped>, 2> fields{{
    {"carrier", &order_shipped::carrier, presence::optional},
    {"tracking", &order_shipped::tracking, presence::optional},
  }};
};

template <>
struct form<order_delivered> {
  static constexpr std::array<field<order_delivered>, 0> fields{};
};

template <class Reasoned>
struct reason_form {
  static constexpr std::array<field<Reasoned>, 1> fields{{{"reason", &Reasoned::reason, presence::required}}};
};

template <>
struct form<order_undeliverable> : reason_form<order_undeliverable> {};
template <>
struct form<order_cancelled> : reason_form<order_cancelled> {};

template <>
struct form<returned_line> {
  static constexpr std::array<field<returned_line>, 2> fields{{
    {"line", &returned_line::line, presence::required},
    {"quantity", &returned_line::quantity, presence::required},
  }};
};

template <>
struct form<items_returned> {
  static constexpr std::array<field<items_returned>, 2> fields{{
    {"value_minor", &items_returned::value, presence::required},
    {"reason", &items_returned::reason, presence::required},
  }};
};

/// Has no array of objects.
struct no_lines {};

template <>
struct form<no_lines> {
  static constexpr std::array<field<no_lines>, 0> fields{};
};

template <class T, class = void>
struct lines_of {
  using type = no_lines;
};

template <class T>
struct lines_of<T, std::void_t<decltype(T::lines)>> {
  using type = typename decltype(T::lines)::value_type;
};

/// Puts an object's known fields into a T, each once, and remembers which were there.
template <class T>
class object_fields {
public:
  static constexpr std::size_t none = ~std::size_t{0};

  void start() noexcept {
    seen_ = 0;
    current_ = none;
  }

  /// False when the field was there before.
  bool key(std::string_view key) noexcept {
    constexpr auto& fields = form<T>::fields;
    current_ = none;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].key == key) {
        current_ = i;
        const auto bit = 1u << i;
        const bool first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
      }
    }
    return true;
  }

  bool known() const noexcept { return current_ != none; }

  template <class Value>
  bool set(T& object, Value&& value) {
    if constexpr (form<T>::fields.empty())
      return false;
    const auto* member = std::get_if<std::decay_t<Value> T::*>(&form<T>::fields[current_].member);
    if (!member)
      return false;
    object.**member = std::forward<Value>(value);
    return true;
  }

  bool complete() const noexcept {
    for (std::size_t i = 0; i < form<T>::fields.size(); ++i) {
      if (form<T>::fields[i].must == presence::required && (seen_ & (1u << i)) == 0)
        return false;
    }
    return true;
  }

private:
  unsigned seen_ = 0;
  std::size_t current_ = none;
};

/// Receives the pieces of one event's data from nlohmann's SAX parser. Depth 1 is the event, 2 its `lines`, 3 one of
/// them; `skip_` counts the nesting inside a field that this version does not know. Returning false ends the reading.
template <class Event>
class event_reader {
public:
  using line = typename lines_of<Event>::type;
  static constexpr bool has_lines = !std::is_same_v<line, no_lines>;

  explicit event_reader(Event& event) : event_(event) {}

  /// After reading: whether everything that must be there was.
  bool complete() const noexcept { return complete_; }

  bool null() { return ignored(); }
  bool boolean(bool) { return ignored(); }
  bool number_float(double, const std::string&) { return ignored(); }
  template <class Bytes>
  bool binary(Bytes&) {
    return false;
  }

  bool number_integer(std::int64_t number) {
    // Facts count pieces and money: a negative one was not written by this software.
    return ignored() || (number >= 0 && set(std::int64_t{number}));
  }

  bool number_unsigned(std::uint64_t number) {
    constexpr auto highest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return ignored() || (number <= highest && set(static_cast<std::int64_t>(number)));
  }

  bool string(std::string& text) { return ignored() || set(std::move(text)); }

  bool start_object(std::size_t) {
    if (skip_ > 0 || (depth_ == 1 && unknown()) || (depth_ == 3 && unknown()))
      return ++skip_, true;
    if (depth_ == 0) {
      depth_ = 1;
      return true;
    }
    if (depth_ != 2)
      return false;
    depth_ = 3;
    if constexpr (has_lines)
      event_.lines.emplace_back();
    line_.start();
    return true;
  }

  bool end_object() {
    if (skip_ > 0)
      return --skip_, true;
    if (depth_ == 3) {
      depth_ = 2;
      return line_.complete();
    }
    depth_ = 0;
    complete_ = top_.complete() && lines_seen_ == has_lines;
    return true;
  }

  bool start_array(std::size_t) {
    if (skip_ > 0 || (depth_ == 3 && unknown()) || (depth_ == 1 && !at_lines_ && unknown()))
      return ++skip_, true;
    if (depth_ != 1 || !at_lines_)
      return false;
    depth_ = 2;
    return true;
  }

  bool end_array() {
    if (skip_ > 0)
      return --skip_, true;
    depth_ = 1;
    at_lines_ = false;
    return true;
  }

  bool key(std::string& name) {
    if (skip_ > 0)
      return true;
    if (depth_ == 3)
      return line_.key(name);
    at_lines_ = has_lines && name == "lines";
    if (at_lines_)
      return !std::exchange(lines_seen_, true) && top_.key("");
    return top_.key(name);
  }

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return false;
  }

private:
  bool unknown() const noexcept { return depth_ == 3 ? !line_.known() : !at_lines_ && !top_.known(); }

  /// Whether a scalar belongs to a field that this version does not know.
  bool ignored() const noexcept { return skip_ > 0 || ((depth_ == 1 || depth_ == 3) && unknown()); }

  template <class Value>
  bool set(Value&& value) {
    if (depth_ == 1)
      return !at_lines_ && top_.set(event_, std::forward<Value>(value));
    if constexpr (has_lines) {
      if (depth_ == 3)
        return line_.set(event_.lines.back(), std::forward<Value>(value));
    }
    return false;
  }

  Event& event_;
  object_fields<Event> top_;
  object_fields<line> line_;
  int depth_ = 0;
  std::size_t skip_ = 0;
  bool at_lines_ = false;
  bool lines_seen_ = false;
  bool complete_ = false;
};

using decoded = std::optional<order_event>;

template <class Event>
decoded read(std::string_view data) {
  Event event;
  event_reader<Event> reader(event);
  if (!nlohmann::json::sax_parse(data.begin(), data.end(), &reader) || !reader.complete())
    return std::nullopt;
  return event;
}

/// An array of names is not of the form that the others share, and rejections are few and short.
template <>
decoded read<order_rejected>(std::string_view data) {
  const auto json = nlohmann::json::parse(data.begin(), data.end(), nullptr, false);
  if (!json.is_object())
    return std::nullopt;
  const auto names = json.find("reasons");
  if (names == json.end() || !names->is_array())
    return std::nullopt;
  order_rejected event;
  for (const auto& text : *names) {
    const auto reason = text.is_string() ? rejection_from(text.get_ref<const std::string&>()) : std::nullopt;
    if (!reason)
      return std::nullopt;
    event.reasons.push_back(*reason);
  }
  return event;
}

template <std::size_t... Index>
constexpr auto readers_of(std::index_sequence<Index...>) {
  using reader = decoded (*)(std::string_view);
  return std::array<reader, sizeof...(Index)>{&read<std::variant_alternative_t<Index, order_event>>...};
}

template <std::size_t... Index>
std::array<std::string_view, sizeof...(Index)> types_of(std::index_sequence<Index...>) {
  return {type_name(order_event(std::in_place_index<Index>))...};
}

error unsupported(std::string_view type, std::string_view what) {
  std::string message("event ");
  message.append(type.substr(0, 64)).append(": ").append(what);
  return error{errc::unsupported_format, message + "; it is damaged or was written by a newer version of daybook"};
}

// -- fingerprints -----------------------------------------------------------------------------------------------------

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

// -- what the journal can keep ----------------------------------------------------------------------------------------

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

std::string order_codec::encode(const order_event& event) {
  std::string out;
  std::visit(encoder{out}, event);
  return out;
}

result<order_event> order_codec::decode(std::string_view type, std::string_view data) {
  using events = std::make_index_sequence<std::variant_size_v<order_event>>;
  static const auto types = types_of(events{});
  static constexpr auto readers = readers_of(events{});
  try {
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (types[i] != type)
        continue;
      if (auto event = readers[i](data))
        return std::move(*event);
      return unsupported(type, "its data has an unknown form");
    }
    return unsupported(type, "unknown type");
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& cause) {
    return unsupported(type, cause.what());
  }
}

std::uint64_t order_codec::fingerprint(const order_action& action) {
  fingerprint_maker maker;
  maker.length(action.index());
  std::visit(fingerprinter{maker}, action);
  return maker.finish();
}

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
