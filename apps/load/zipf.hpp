#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daybook/apps/load/random.hpp"

namespace daybook::load {

/// Draws 0 to count - 1 so that number k comes in proportion to 1 / (k + 1): few are asked for often, most seldom, as with
/// customers and products. One draw is one random number and one look into a table (the alias method).
class zipf {
public:
  /// @param count at least 1.
  explicit zipf(std::size_t count);

  std::size_t draw(random_numbers& from) const noexcept {
    const auto product = static_cast<uint128>(from.next()) * columns_.size();
    const auto& column = columns_[static_cast<std::size_t>(product >> 64)];
    return static_cast<std::uint64_t>(product) < column.keep_below ? static_cast<std::size_t>(product >> 64) : column.other;
  }

  std::size_t size() const noexcept { return columns_.size(); }

private:
  struct column {
    std::uint64_t keep_below = 0;
    std::uint32_t other = 0;
  };
  std::vector<column> columns_;
};

} // namespace daybook::load
