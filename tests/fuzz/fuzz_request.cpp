#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "daybook/domain/ids.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/tests/fuzz/fuzz_target.hpp"
#include "daybook/tests/fuzz/request_model.hpp"

// The reader of order requests. An input is a document. It is accepted if, and only if, another parser reads in it the form
// that docs/cli.md describes, and then both read the same.

namespace daybook::fuzz {
namespace {

/// Values keep the text they were written in; the model has only what a number means.
bool same_value(const std::string& read, const model_text& modelled) {
  if (!modelled.number)
    return read == modelled.text;
  char* end = nullptr;
  const auto value = std::strtod(read.c_str(), &end);
  return end == read.c_str() + read.size() && (value == *modelled.number || std::isinf(*modelled.number));
}

void compare(const order_request& read, const model_request& modelled) {
  require(read.order_id == modelled.order_id, "the order id is the one of the document");
  require(read.action.customer == modelled.customer, "the customer is the one of the document");
  require(read.action.country == modelled.country, "the country is the one of the document");
  require(read.action.currency == modelled.currency, "the currency is the one of the document");
  require(read.action.ordered_at == modelled.ordered_at, "the time is the one of the document");
  require(read.action.lines.size() == modelled.lines.size(), "the lines are those of the document");
  for (std::size_t i = 0; i < modelled.lines.size(); ++i) {
    const auto& line = read.action.lines[i];
    require(line.stock_code == modelled.lines[i].stock_code, "the stock code is the one of the document");
    require(line.description == modelled.lines[i].description, "the description is the one of the document");
    require(same_value(line.quantity, modelled.lines[i].quantity), "the quantity is the one of the document");
    require(same_value(line.unit_price, modelled.lines[i].unit_price), "the price is the one of the document");
  }
}

/// An accepted request can be recorded, and is read back from the journal as it was.
void keep(const order_request& read) {
  order_command command;
  command.id = read.order_id.empty() ? "o" : read.order_id;
  command.command_id = "c";
  command.action = read.action;
  require(order_codec::check_readable(command).ok(), "what is accepted can be kept");
  order_requested event;
  event.customer = read.action.customer;
  event.country = read.action.country;
  event.currency = read.action.currency;
  event.ordered_at = read.action.ordered_at.value_or("");
  event.lines = read.action.lines;
  const auto text = order_codec::encode(event);
  const auto again = order_codec::decode("OrderRequested", text);
  require(again.ok() && order_codec::encode(*again) == text, "what is kept is read back");
}

void check_refusal(const error& cause) {
  require(cause.code == errc::unreadable_request || cause.code == errc::illegal_id, "a refusal has one of two reasons");
  const auto& text = cause.message;
  require(is_utf8(text) && text.size() < 400, "a refusal is a short text");
  require(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
          "a refusal is one line");
}

} // namespace
} // namespace daybook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook::fuzz;
  const std::string_view json{reinterpret_cast<const char*>(data), size};
  auto read = daybook::parse_order_request(json);
  const auto modelled = read_by_model(json);
  if (!read) {
    check_refusal(read.error());
    require(!modelled.request, "what has the documented form is accepted");
    return 0;
  }
  keep(*read);
  if (modelled.cannot_tell)
    return 0;
  require(modelled.request.has_value(), "what is accepted has the documented form");
  if (has_planted_bug && read->action.country.size() > 7)
    read->action.country.pop_back();
  compare(*read, *modelled.request);
  return 0;
}
