// kill -9 of a real daybookd, again and again, by a client that keeps its own list of receipts. See CONTRIBUTING.md.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <stdlib.h>

#include "round.hpp"

namespace {

using namespace daybook::torture;
namespace fs = std::filesystem;

struct arguments {
  std::uint64_t kills = 100;
  std::uint64_t seed = 1;
  std::uint64_t round = 25;
  std::string program;
  std::string damage;
};

fs::path new_directory() {
  auto pattern = (fs::temp_directory_path() / "daybook-torture-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"cannot make a directory like " + pattern};
  return pattern;
}

std::string in_words(const tally& all) {
  const auto number = [](std::uint64_t count) { return std::to_string(count); };
  return number(all.kills) + " kills (in recovery " + number(all.in_recovery) + ", at a new segment " +
         number(all.at_new_segment) + ", at an index " + number(all.at_index) + ", in a rebuild " + number(all.in_rebuild) +
         ", in a backup " + number(all.in_backup) + ", while stopping " + number(all.while_stopping) + "), " +
         number(all.restarts) + " restarts, " + number(all.cut_tails) + " torn tails cut, " + number(all.acknowledged) +
         " commands acknowledged, lost " + number(all.lost) + ", doubled " + number(all.doubled) + ", faults " +
         number(all.faults.size());
}

/// One round; its directory is kept when something is wrong.
tally run_one(network& over, round_options options) {
  options.directory = new_directory();
  auto found = run_round(over, options);
  for (const auto& each : found.faults)
    std::cout << "torture: " << each << "\n";
  if (found.faults.empty() || options.damage != sabotage::none) {
    fs::remove_all(options.directory);
    return found;
  }
  std::cout << "torture: the data are kept in " << options.directory.string() << "\n"
            << "torture: to repeat it: ./dev torture --kills " << options.kills << " --seed " << options.seed << std::endl;
  return found;
}

int run(const arguments& wanted) {
  const auto begun = std::chrono::steady_clock::now();
  const auto damage = wanted.damage.empty() ? sabotage::none : wanted.damage == "lose" ? sabotage::lose : sabotage::repeat;
  network over;
  tally all;
  for (auto seed = wanted.seed; all.kills < wanted.kills && all.faults.empty(); ++seed) {
    all.add(run_one(over, {seed, std::min(wanted.round, wanted.kills - all.kills), wanted.program, damage, {}}));
    std::cout << "torture: seed " << seed << ": so far " << in_words(all) << std::endl;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count();
  std::cout << "torture: " << (all.faults.empty() ? "passed" : "FAILED") << ": from seed " << wanted.seed << ": "
            << in_words(all) << ", " << seconds << " s" << std::endl;
  return all.faults.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  arguments wanted;
  CLI::App app{"Kills a daybookd under load at random moments and checks after each restart that nothing was lost.", "torture"};
  app.add_option("--kills", wanted.kills, "how many kills (default: 100)")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", wanted.seed, "the first round's seed; each round has the next one (default: 1)");
  app.add_option("--round", wanted.round, "kills of one data directory (default: 25)")->check(CLI::Range(1, 1'000'000));
  app.add_option("--daybookd", wanted.program, "another program than the one of the build tree");
  app.add_option("--sabotage", wanted.damage, "damage the data, to see that it is noticed")
    ->check(CLI::IsMember({"lose", "repeat"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return run(wanted);
  } catch (const std::exception& problem) {
    std::cout << "torture: " << problem.what() << std::endl;
    return 1;
  }
}
