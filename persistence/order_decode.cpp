#include "daybook/persistence/order_codec.hpp"

#include <array>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "daybook/persistence/order_canonical.hpp"

namespace daybook {
namespace {

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

template <class Event, class = void>
constexpr bool has_canonical = false;

template <class Event>
constexpr bool has_canonical<Event, std::void_t<decltype(read_canonical({}, std::declval<Event&>()))>> = true;

/// By the general reader: any form of the data.
template <class Event>
decoded read_any(std::string_view data) {
  Event event;
  event_reader<Event> reader(event);
  if (!nlohmann::json::sax_parse(data.begin(), data.end(), &reader) || !reader.complete())
    return std::nullopt;
  return event;
}

/// Receives the pieces of a rejection's data: an array of names is not of the form that the other events share. Not read into
/// a tree: the destructor of nlohmann's allocates, and a lack of memory in it would end the process.
class rejection_reader {
public:
  explicit rejection_reader(order_rejected& event) : event_(event) {}

  bool complete() const noexcept { return has_reasons_; }

  bool null() { return ignored(); }
  bool boolean(bool) { return ignored(); }
  bool number_integer(std::int64_t) { return ignored(); }
  bool number_unsigned(std::uint64_t) { return ignored(); }
  bool number_float(double, const std::string&) { return ignored(); }
  template <class Bytes>
  bool binary(Bytes&) {
    return false;
  }

  bool string(const std::string& text) {
    if (ignored())
      return true;
    const auto reason = depth_ == 2 ? rejection_from(text) : std::nullopt;
    if (reason)
      event_.reasons.push_back(*reason);
    return reason.has_value();
  }

  bool start_object(std::size_t) {
    if (depth_ == 0)
      return ++depth_, true;
    return ignored() && (++skip_, true);
  }

  bool start_array(std::size_t) {
    if (ignored())
      return ++skip_, true;
    return depth_ == 1 && (++depth_, true);
  }

  bool end_object() { return end(); }
  bool end_array() { return end(); }

  bool key(const std::string& name) {
    if (skip_ > 0)
      return true;
    at_reasons_ = name == "reasons";
    return !at_reasons_ || !std::exchange(has_reasons_, true);
  }

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception&) {
    return false;
  }

private:
  bool ignored() const noexcept { return skip_ > 0 || (depth_ == 1 && !at_reasons_); }
  bool end() {
    skip_ > 0 ? --skip_ : --depth_;
    return true;
  }

  order_rejected& event_;
  /// 1 in the event, 2 in its reasons; `skip_` counts the nesting inside a field that this version does not know.
  std::size_t depth_ = 0;
  std::size_t skip_ = 0;
  bool at_reasons_ = false;
  bool has_reasons_ = false;
};

template <>
decoded read_any<order_rejected>(std::string_view data) {
  order_rejected event;
  rejection_reader reader(event);
  if (!nlohmann::json::sax_parse(data.begin(), data.end(), &reader) || !reader.complete())
    return std::nullopt;
  return event;
}

template <class Event>
decoded read(std::string_view data) {
  if constexpr (has_canonical<Event>) {
    decoded found;
    if (read_canonical(data, found.emplace().template emplace<Event>()))
      return found;
  }
  return read_any<Event>(data);
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

} // namespace

result<order_event> order_codec::decode(std::string_view type, std::string_view data) {
  using events = std::make_index_sequence<std::variant_size_v<order_event>>;
  static const auto types = types_of(events{});
  static constexpr auto readers = readers_of(events{});
  // The parser takes a NUL for the end of the text and would pass over whatever follows.
  if (data.find('\0') != std::string_view::npos)
    return unsupported(type, "its data has a NUL");
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

} // namespace daybook
