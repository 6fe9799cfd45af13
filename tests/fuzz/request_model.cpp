#include "daybook/tests/fuzz/request_model.hpp"

#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "daybook/domain/ids.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::fuzz {
namespace {

enum class kind : std::uint8_t { word, text, number, object, array };

/// A JSON value with its fields in order, doubled ones included.
struct node {
  kind is = kind::word;
  model_text value;
  std::vector<std::pair<std::string, node>> fields;
};

/// Builds the tree of a document that is not deeper than a request.
class tree_maker {
public:
  explicit tree_maker(node& root) : path_{&root} {}

  bool null() { return scalar(kind::word, {"null", {}}); }
  bool boolean(bool value) { return scalar(kind::word, {value ? "true" : "false", {}}); }
  bool number_integer(std::int64_t value) { return scalar(kind::number, {"", static_cast<double>(value)}); }
  bool number_unsigned(std::uint64_t value) { return scalar(kind::number, {"", static_cast<double>(value)}); }
  bool number_float(double value, const std::string& written) { return scalar(kind::number, {written, value}); }
  bool string(std::string& value) { return scalar(kind::text, {value, {}}); }
  template <class Bytes>
  bool binary(Bytes&) {
    return false;
  }
  bool start_object(std::size_t) { return open(kind::object); }
  bool start_array(std::size_t) { return open(kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    key_ = name;
    return true;
  }
  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception& cause) {
    constexpr int number_out_of_range = 406;
    cannot_tell_ = cause.id == number_out_of_range;
    return false;
  }

  /// The document has a number that this parser cannot represent.
  bool cannot_tell() const noexcept { return cannot_tell_; }

private:
  /// The document itself, or one more child of the innermost object or array.
  node& next() {
    if (!has_root_) {
      has_root_ = true;
      return *path_.back();
    }
    path_.back()->fields.emplace_back(std::exchange(key_, ""), node{});
    return path_.back()->fields.back().second;
  }

  bool scalar(kind is, model_text value) {
    auto& made = next();
    made.is = is;
    made.value = std::move(value);
    return true;
  }

  bool open(kind is) {
    auto& made = next();
    made.is = is;
    path_.push_back(&made);
    return path_.size() <= 4;
  }

  bool close() {
    path_.pop_back();
    return true;
  }

  std::vector<node*> path_;
  std::string key_;
  bool has_root_ = false;
  bool cannot_tell_ = false;
};

/// Empty for null; false when it is no text.
bool take_text(const node& from, std::string& into, bool* is_there = nullptr) {
  if (from.is == kind::word && from.value.text == "null")
    return true;
  into = from.value.text;
  if (is_there != nullptr)
    *is_there = true;
  return from.is == kind::text && into.size() <= max_text_bytes;
}

bool take_literal(const node& from, model_text& into) {
  into = from.value;
  return from.is != kind::object && from.is != kind::array && into.text.size() <= max_text_bytes;
}

bool take_line(const node& from, model_line& into) {
  if (from.is != kind::object)
    return false;
  std::set<std::string> seen;
  for (const auto& [name, value] : from.fields) {
    bool is_fine = false;
    if (name == "stock_code")
      is_fine = take_text(value, into.stock_code);
    else if (name == "description")
      is_fine = take_text(value, into.description);
    else if (name == "quantity")
      is_fine = take_literal(value, into.quantity);
    else if (name == "unit_price")
      is_fine = take_literal(value, into.unit_price);
    if (!is_fine || !seen.insert(name).second)
      return false;
  }
  return true;
}

bool take_lines(const node& from, std::vector<model_line>& into) {
  if (from.is == kind::word && from.value.text == "null")
    return true;
  if (from.is != kind::array || from.fields.size() > max_lines)
    return false;
  for (const auto& each : from.fields)
    if (!take_line(each.second, into.emplace_back()))
      return false;
  return true;
}

bool take_request(const node& from, model_request& into) {
  if (from.is != kind::object)
    return false;
  std::set<std::string> seen;
  for (const auto& [name, value] : from.fields) {
    bool is_fine = false;
    bool has_text = false;
    std::string text;
    if (name == "order_id")
      is_fine = take_text(value, into.order_id, &has_text) && (!has_text || is_legal_id(into.order_id));
    else if (name == "customer")
      is_fine = take_text(value, into.customer);
    else if (name == "country")
      is_fine = take_text(value, into.country);
    else if (name == "currency")
      is_fine = take_text(value, into.currency);
    else if (name == "ordered_at")
      is_fine = take_text(value, text, &has_text);
    else if (name == "lines")
      is_fine = take_lines(value, into.lines);
    if (name == "ordered_at" && has_text)
      into.ordered_at = text;
    if (!is_fine || !seen.insert(name).second)
      return false;
  }
  return true;
}

} // namespace

model_answer read_by_model(std::string_view json) {
  // This parser takes a NUL for the end of the document.
  if (json.size() > max_request_bytes || json.find('\0') != std::string_view::npos)
    return {};
  node root;
  tree_maker maker{root};
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &maker))
    return {std::nullopt, maker.cannot_tell()};
  model_request request;
  if (!take_request(root, request))
    return {};
  return {std::move(request), false};
}

} // namespace daybook::fuzz
