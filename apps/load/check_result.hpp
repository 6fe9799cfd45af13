#pragma once

#include <cstdint>

#include "daybook/apps/load/differences.hpp"

namespace daybook::load {

/// What a check looked at, and what it found.
struct check_result {
  std::uint64_t receipts = 0;
  std::uint64_t events = 0;
  std::uint64_t orders = 0;
  /// Orders that were compared line by line.
  std::uint64_t details = 0;
  std::uint64_t position = 0;
  /// Whether sales could be compared: not while somebody else goes on writing.
  bool is_whole = false;
  double seconds = 0;
  differences wrong;
  bool passed() const noexcept { return wrong.count() == 0; }
};

} // namespace daybook::load
