#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "daybook/tests/crash/explorer.hpp"

// Every scenario, one after the other: counts what was looked at, or says what was violated. The programs from which a sync
// was taken out are linked from this, too.
//
//   crash_states [SEEDS [SCENARIO]]

namespace daybook::testing {
/// Of a mutant: whether its row in mutants.cmake still fits the source.
extern const bool mutation_applies;
} // namespace daybook::testing

using namespace daybook::testing;

int main(int count, char* arguments[]) {
  if (!mutation_applies) {
    std::printf("STALE: this mutant's row in mutants.cmake does not fit its source any more\n");
    return 4;
  }
  const auto seeds = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : memory_disk::damages;
  const std::string only = count > 2 ? arguments[2] : "";
  explored sum;
  try {
    for (const auto& each : crash_scenarios()) {
      if (!only.empty() && each.name != only)
        continue;
      const auto begun = std::clock();
      const auto found = explore(each, seeds);
      std::printf("%-40s %5llu boundaries %8llu states %8llu distinct %6.2f s\n", each.name.c_str(),
                  static_cast<unsigned long long>(found.boundaries), static_cast<unsigned long long>(found.states),
                  static_cast<unsigned long long>(found.distinct), static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC);
      sum.boundaries += found.boundaries;
      sum.states += found.states;
      sum.distinct += found.distinct;
    }
  } catch (const violation& found) {
    std::printf("VIOLATION: %s\n", found.what.c_str());
    return 3;
  }
  std::printf("KEPT: %llu boundaries, %llu states, %llu distinct, %.1f s\n", static_cast<unsigned long long>(sum.boundaries),
              static_cast<unsigned long long>(sum.states), static_cast<unsigned long long>(sum.distinct),
              static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  return 0;
}
