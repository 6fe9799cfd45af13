#include <catch2/catch.hpp>

#include "daybook/tests/simulation/simulation.hpp"

// The simulation itself: that it can be repeated, and that it finds what it is for. The seeds proper are tests of their own,
// see simulation.cmake.

using namespace daybook::simulation;

TEST_CASE("a seed goes the same way every time, to the last byte of the journal, and another seed goes another way") {
  std::uint64_t before = 0;
  for (std::uint64_t seed = 1001; seed <= 1006; ++seed) {
    const auto first = simulate(seed);
    const auto second = simulate(seed);
    CAPTURE(seed);
    CHECK(first.trace == second.trace);
    CHECK(first.journal == second.journal);
    CHECK(first.commands == second.commands);
    CHECK(first.trace != before);
    before = first.trace;
  }
}

TEST_CASE("a disk that says that it has synced, and has not, is found within a few seeds") {
  world_options options;
  options.lies_about_syncs = true;
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    found += simulate(seed, options).broken.empty() ? 0 : 1;
  CHECK(found == 5);
}
