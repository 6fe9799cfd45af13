// What the journal and a node around it can do, one figure a mode, each as one JSON object in a line.
//
// usage: journal_bench MODE [OPTION…], see --help
// It measures and judges nothing: `wanted` says what the figure should be, a failure of what is measured ends it with 2.

#include <functional>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "daybook/bench/journal/modes.hpp"

namespace {

using namespace daybook::bench;

struct mode {
  std::string what;
  std::function<report(const bench_options&)> run;
};

const std::map<std::string, mode>& modes() {
  static const std::map<std::string, mode> all{
    {"raw",
     {"the journal alone against a plain loop of writes and syncs; --count chunks, --batch commits in a write", run_raw}},
    {"actor",
     {"commits through the journal actor; --count events, --record bytes, --batch events in a commit, --window commits",
      run_actor}},
    {"latency", {"one command alone against a bare fdatasync; --count groups of 50", run_latency}},
    {"sync", {"a bare fdatasync after each write of --record bytes; --count writes", run_sync}},
    {"bytes", {"bytes on disk over those of the events' JSON; --count events", run_bytes}},
    {"memory", {"bytes of an order in memory and out of memory; --count orders", run_memory}},
    {"revive", {"bringing orders back into memory; --count orders", run_revive}},
    {"start", {"time until ready after a clean stop and after kill -9; --count events, --rounds, --level-view", run_start}},
  };
  return all;
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Daybook's journal and node; prints one JSON object for each mode.", "journal_bench"};
  bench_options options;
  options.dir = DAYBOOK_BINARY_DIR;
  std::vector<std::string> wanted;
  std::string help = "What to measure, one or several; none: all\n";
  for (const auto& [name, each] : modes())
    help += "  " + name + ": " + each.what + "\n";
  app.add_option("MODE", wanted, help);
  app.add_option("--dir", options.dir, "Where the data are made, below a directory of their own")
    ->check(CLI::ExistingDirectory);
  app.add_option("--count", options.count, "How many, see the mode; 0: its default");
  app.add_option("--record", options.record, "Bytes of an event's JSON text (actor)");
  app.add_option("--batch", options.batch, "See the mode; memory, revive: commands in a message");
  app.add_option("--window", options.window, "Requests under way at a time");
  app.add_option("--rounds", options.rounds, "How often (start)")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "Worker threads; 0: as a node would");
  app.add_flag("--level-view", options.level_view, "Bring the view level first (start); takes minutes");
  // The children of `start`.
  std::vector<std::string> make;
  std::string serve;
  app.add_option("--make", make)->expected(2)->group("");
  app.add_option("--serve", serve)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!make.empty())
    return make_journal(make[0], std::stoul(make[1]));
  if (!serve.empty())
    return serve_node(serve);
  if (wanted.empty())
    for (const auto& each : modes())
      wanted.push_back(each.first);
  for (const auto& each : wanted) {
    const auto found = modes().find(each);
    if (found == modes().end()) {
      std::cerr << "journal_bench: there is no mode '" << each << "'; see --help\n";
      return 2;
    }
    std::cout << found->second.run(options).dump() << std::endl;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "journal_bench: " << problem.what() << "\n";
    return 2;
  }
}
