#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/tests/simulation/world.hpp"

namespace daybook::simulation {

/// What a seed came to.
struct outcome_of_seed {
  std::uint64_t seed = 0;
  /// Of everything that happened: the same seed has the same one, always.
  std::uint64_t trace = 0;
  /// Of the journal's bytes in the end.
  std::uint64_t journal = 0;
  /// What was promised and did not hold; empty: all went well.
  std::vector<std::string> broken;
  std::uint64_t lives = 0;
  std::uint64_t commands = 0;
  std::uint64_t receipts = 0;
  std::uint64_t events = 0;
  std::uint64_t kills = 0;
  std::uint64_t power_cuts = 0;
};

/// Lives through a seed: several lives of a node on one disk, ended by kills, power cuts and stops, with clients, faults and
/// accidents as the seed wants them; every promise is checked after every start and at rest.
outcome_of_seed simulate(std::uint64_t seed, world_options options = {});

} // namespace daybook::simulation
