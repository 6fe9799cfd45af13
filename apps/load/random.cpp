#include "daybook/apps/load/random.hpp"

#include <cstring>

namespace daybook::load {

std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = scramble(text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t part = 0;
    std::memcpy(&part, text.data(), 8);
    hash = scramble(hash ^ part);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return scramble(hash ^ rest);
}

} // namespace daybook::load
