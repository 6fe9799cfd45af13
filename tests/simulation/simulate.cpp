#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "daybook/tests/simulation/simulation.hpp"

// Lives through seeds, and says which of them broke a promise and how to see it again.

namespace {

using namespace daybook::simulation;

struct wishes {
  std::uint64_t first = 1;
  std::uint64_t last = 100;
  /// Every nth seed is lived through twice, to see that it is the same.
  std::uint64_t twice = 10;
  bool is_loud = false;
  bool says_all = false;
};

int usage() {
  std::fprintf(stderr, "usage: simulate [--seeds FIRST-LAST] [--twice N] [--loud | --all]\n");
  return 2;
}

bool read(int count, char** words, wishes& into) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--loud") {
      into.is_loud = true;
    } else if (word == "--all") {
      into.is_loud = into.says_all = true;
    } else if (i + 1 < count && word == "--seeds") {
      char* rest = nullptr;
      into.first = into.last = std::strtoull(words[++i], &rest, 10);
      if (*rest == '-')
        into.last = std::strtoull(rest + 1, &rest, 10);
      if (*rest != '\0' || into.last < into.first)
        return false;
    } else if (i + 1 < count && word == "--twice") {
      into.twice = std::strtoull(words[++i], nullptr, 10);
    } else {
      return false;
    }
  }
  return true;
}

outcome_of_seed live(std::uint64_t seed, const wishes& wanted) {
  world_options options;
  options.is_loud = wanted.is_loud;
  options.says_all = wanted.says_all;
  // What aborts shall have named its seed.
  static char current[64];
  std::snprintf(current, sizeof current, "DAYBOOK_SIMULATION_SEED=%llu", static_cast<unsigned long long>(seed));
  ::putenv(current);
  auto got = simulate(seed, options);
  if (wanted.twice == 0 || seed % wanted.twice != 0 || !got.broken.empty())
    return got;
  const auto again = simulate(seed, options);
  if (again.trace != got.trace || again.journal != got.journal)
    got.broken.push_back("a replay gives the same result: the second run of this seed went another way");
  return got;
}

} // namespace

int main(int count, char** words) {
  wishes wanted;
  if (!read(count, words, wanted))
    return usage();
  std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
  outcome_of_seed sum;
  std::uint64_t failed = 0;
  for (auto seed = wanted.first; seed <= wanted.last; ++seed) {
    const auto got = live(seed, wanted);
    sum.lives += got.lives;
    sum.commands += got.commands;
    sum.receipts += got.receipts;
    sum.events += got.events;
    sum.kills += got.kills;
    sum.power_cuts += got.power_cuts;
    if (wanted.is_loud)
      std::printf("seed %llu: trace %016llx, journal %016llx\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(got.trace), static_cast<unsigned long long>(got.journal));
    if (got.broken.empty())
      continue;
    ++failed;
    std::printf("seed %llu broke a promise; see it again with: ./dev simulate --seeds %llu --loud\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    for (const auto& each : got.broken)
      std::printf("  %s\n", each.c_str());
    std::fflush(stdout);
  }
  std::printf(
    "seeds %llu to %llu: %llu broke a promise; %llu lives, %llu kills, %llu power cuts, %llu commands, %llu receipts, "
    "%llu events at the ends\n",
    static_cast<unsigned long long>(wanted.first), static_cast<unsigned long long>(wanted.last),
    static_cast<unsigned long long>(failed), static_cast<unsigned long long>(sum.lives),
    static_cast<unsigned long long>(sum.kills), static_cast<unsigned long long>(sum.power_cuts),
    static_cast<unsigned long long>(sum.commands), static_cast<unsigned long long>(sum.receipts),
    static_cast<unsigned long long>(sum.events));
  return failed == 0 ? 0 : 1;
}
