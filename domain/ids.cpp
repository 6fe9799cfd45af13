#include "daybook/domain/ids.hpp"

#include <array>
#include <cstddef>

namespace daybook {
namespace {

/// Looked up, because every byte of every id of every command and event is asked for.
constexpr auto in_ids = [] {
  std::array<bool, 256> result{};
  for (const char c : std::string_view{"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._:-"})
    result[static_cast<std::size_t>(c)] = true;
  return result;
}();

} // namespace

bool has_id_characters(std::string_view text) noexcept {
  bool legal = true;
  for (const char c : text)
    legal = legal && in_ids[static_cast<unsigned char>(c)];
  return legal;
}

bool is_legal_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_id_length && has_id_characters(text);
}

} // namespace daybook
