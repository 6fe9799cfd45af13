#include <array>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/tests/fuzz/fuzz_target.hpp"

// The event codec. An input is the type (one byte) and the event's data. What is read is written and read again with the same
// result; what is written can be recorded; and nothing is read that the data, as another parser sees it, does not say.

namespace daybook::fuzz {
namespace {

template <std::size_t... Index>
std::array<std::string_view, sizeof...(Index)> names_of(std::index_sequence<Index...>) {
  return {type_name(order_event(std::in_place_index<Index>))...};
}

const auto& type_names() {
  static const auto names = names_of(std::make_index_sequence<std::variant_size_v<order_event>>{});
  return names;
}

/// Whether everything in `part` is in `whole`, too. Fields may be more there; elements of arrays may not.
bool says(const nlohmann::json& whole, const nlohmann::json& part) {
  if (part.is_object()) {
    for (const auto& [key, value] : part.items())
      if (!whole.is_object() || !whole.contains(key) || !says(whole[key], value))
        return false;
    return true;
  }
  if (part.is_array()) {
    if (!whole.is_array() || whole.size() != part.size())
      return false;
    for (std::size_t i = 0; i < part.size(); ++i)
      if (!says(whole[i], part[i]))
        return false;
    return true;
  }
  return whole == part;
}

/// Forgets the last line of an event that has more than two.
void damage(order_event& event) {
  if (auto* requested = std::get_if<order_requested>(&event); requested && requested->lines.size() > 1)
    requested->lines.pop_back();
}

void try_event(std::string_view type, std::string_view data) {
  auto event = order_codec::decode(type, data);
  if (!event) {
    require(event.error().code == errc::unsupported_format, "an event that cannot be read is of an unsupported format");
    return;
  }
  if (has_planted_bug)
    damage(*event);
  require(type_name(*event) == type, "an event has the type that was asked for");
  require(is_utf8(data) && data.find('\0') == std::string_view::npos, "what is read is text in UTF-8");
  const auto text = order_codec::encode(*event);
  commit wanted;
  wanted.stream = wanted.command_id = "c";
  wanted.events.push_back({std::string{type}, text});
  require(journal_format::check(wanted).ok() || text.size() > journal_format::max_commit_bytes / 2,
          "what was read can be recorded");
  const auto again = order_codec::decode(type, text);
  require(again.ok(), "what is written can be read");
  require(order_codec::encode(*again) == text, "what is read again is the same");
  const auto whole = nlohmann::json::parse(data, nullptr, false);
  const auto part = nlohmann::json::parse(text, nullptr, false);
  require(!whole.is_discarded() && !part.is_discarded(), "what is read and written is JSON");
  require(says(whole, part), "nothing is read that was not there");
}

} // namespace
} // namespace daybook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook::fuzz;
  input bytes{data, size};
  const auto& names = type_names();
  const auto type = bytes.byte();
  // One past the last name stands for a type from the future.
  if (const auto number = type % (names.size() + 1); number < names.size())
    try_event(names[number], bytes.rest());
  else
    require(!daybook::order_codec::decode("OrderTeleported", bytes.rest()), "an unknown type is not read");
  return 0;
}
