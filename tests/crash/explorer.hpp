#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daybook/tests/crash/history.hpp"

namespace daybook::testing {

/// A named history whose every boundary is explored.
struct scenario {
  std::string name;
  file_journal_options options;
  std::function<void(history&)> act;
  /// It plans faults of its own.
  bool has_faults = false;
};

/// All of them.
const std::vector<scenario>& crash_scenarios();

/// How much was looked at.
struct explored {
  std::uint64_t boundaries = 0;
  /// Disks after a power cut that a journal was opened on: at the boundaries, and in the recoveries from those.
  std::uint64_t states = 0;
  /// Of these, such as differ in contents or promise.
  std::uint64_t distinct = 0;
};

/// Plays a scenario, cuts the power at each boundary, `seeds` times (at least memory_disk::damages), in the middle of each
/// recovery from that, and again after it. A violation names scenario, boundary, damage and seed.
explored explore(const scenario& what, std::uint64_t seeds);

} // namespace daybook::testing
