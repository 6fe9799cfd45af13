#include "daybook/domain/ids.hpp"

#include <algorithm>

namespace daybook {

bool is_legal_id(std::string_view text) noexcept {
  const auto legal = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  };
  return !text.empty() && text.size() <= max_id_length && std::all_of(text.begin(), text.end(), legal);
}

} // namespace daybook
