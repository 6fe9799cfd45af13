#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

#include "daybook/tests/crash/explorer.hpp"

// At every boundary of every scenario the power is cut in every way. DAYBOOK_CRASH_SEEDS=N tries N damages a boundary instead
// of 48; crash_states counts all of them in one run.

using namespace daybook::testing;

namespace {

/// Enough for more than 100,000 states in all.
constexpr std::uint64_t usual_seeds = 48;

std::uint64_t seeds() {
  const auto* wanted = std::getenv("DAYBOOK_CRASH_SEEDS");
  const auto number = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 0;
  return number > memory_disk::damages ? number : usual_seeds;
}

/// Scenarios are dealt out, so that they run in parallel.
void explore_share(std::size_t share, std::size_t shares) {
  const auto& all = crash_scenarios();
  REQUIRE(all.size() >= 20);
  for (std::size_t i = share; i < all.size(); i += shares)
    try {
      const auto found = explore(all[i], seeds());
      std::cout << all[i].name << ": " << found.boundaries << " boundaries, " << found.states << " states, " << found.distinct
                << " distinct\n";
      CHECK(found.boundaries > 5);
    } catch (const violation& found) {
      FAIL_CHECK(found.what);
    }
}

} // namespace

TEST_CASE("whenever the power is cut, what was promised is there, whole and in order (1 of 4)") {
  explore_share(0, 4);
}

TEST_CASE("whenever the power is cut, what was promised is there, whole and in order (2 of 4)") {
  explore_share(1, 4);
}

TEST_CASE("whenever the power is cut, what was promised is there, whole and in order (3 of 4)") {
  explore_share(2, 4);
}

TEST_CASE("whenever the power is cut, what was promised is there, whole and in order (4 of 4)") {
  explore_share(3, 4);
}
