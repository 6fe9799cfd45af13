// Speed as counts instead of times: what a thousand commands cost, by the same program in one thread, against what is
// recorded. A change that makes something a tenth dearer turns this red, on any machine and beside anything else.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daybook/tests/support/process.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook::testing;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

/// By name of what is counted.
using counts = std::map<std::string, std::int64_t>;

constexpr int fewer = 500;
constexpr int more = 1'500;
constexpr double growth_max = 1.10;

std::vector<std::string> with_program(std::vector<std::string> before, const std::string& kind, int commands,
                                      const daybook::temp_dir& dir) {
  for (auto& each : {program_path("counted_commands"), kind, std::to_string(commands), (dir.path() / "data").string()})
    before.push_back(each);
  return before;
}

/// Runs it under `tool`, a command line without the program's; its output must hold everything that is counted.
finished run_under(const std::vector<std::string>& tool, const std::string& kind, int commands) {
  daybook::temp_dir dir;
  auto words = with_program(tool, kind, commands, dir);
  const auto program = words.front();
  words.erase(words.begin());
  auto done = run(program, words, {}, std::chrono::seconds{240});
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  return done;
}

std::int64_t number_behind(const std::string& text, const std::string& words) {
  std::smatch found;
  INFO(text);
  REQUIRE(std::regex_search(text, found, std::regex{words + " *([0-9]+)"}));
  return std::stoll(found[1]);
}

std::int64_t instructions(const std::string& kind, int commands) {
  // Without AVX2 and SHA extensions: SHA-256 is computed the same way on every machine.
  const auto done = run_under({"env", "OPENSSL_ia32cap=~0x1000000000000000:~0x20000020", "valgrind", "--tool=callgrind",
                               "--callgrind-out-file=/dev/null"},
                              kind, commands);
  return number_behind(done.err, "Collected :");
}

/// All but those for memory, whose number depends on the C library's luck with the address space.
std::int64_t system_calls(const std::string& kind, int commands) {
  daybook::temp_dir dir;
  const auto table = dir.path() / "calls";
  run_under({"strace", "-f", "-c", "-U", "calls,name", "-o", table.string(), "-e", "trace=!%memory,futex"}, kind, commands);
  std::int64_t sum = 0;
  std::istringstream lines{text_of(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::int64_t calls = 0;
    std::string name;
    if (words >> calls >> name && name != "total")
      sum += calls;
  }
  return sum;
}

/// What a thousand commands cost beyond the start, the preparation and the stop: the difference of two runs.
counts count_all(const std::string& kind) {
  counts found;
  const auto little = run_under({}, kind, fewer).out;
  const auto much = run_under({}, kind, more).out;
  for (const auto* what : {"messages", "allocations"})
    found[what] = number_behind(much, what) - number_behind(little, what);
  found["instructions"] = instructions(kind, more) - instructions(kind, fewer);
  found["system_calls"] = system_calls(kind, more) - system_calls(kind, fewer);
  return found;
}

void stays_as_recorded(const std::string& kind) {
  for (const auto* tool : {"valgrind", "strace"}) {
    if (run("/bin/sh", {"-c", std::string{"command -v "} + tool}).exit_code != 0) {
      WARN("SKIPPED: " << tool << " is missing");
      return;
    }
  }
  if (run("strace", {"-o", "/dev/null", "true"}).exit_code != 0) {
    WARN("SKIPPED: strace must not trace here");
    return;
  }
  const auto file = std::string{DAYBOOK_SOURCE_DIR} + "/tests/counts/recorded.json";
  const auto recorded = nlohmann::json::parse(text_of(file)).at("per 1000 commands").at(kind);
  const auto now = count_all(kind);
  INFO("now: " << nlohmann::json(now).dump());
  INFO("recorded in tests/counts/recorded.json: " << recorded.dump());
  for (const auto& [what, count] : now) {
    INFO(what);
    CHECK(static_cast<double>(count) <= growth_max * recorded.at(what).get<double>());
    // What became much cheaper is written down, so that it stays so.
    CHECK(growth_max * static_cast<double>(count) >= 0.8 * recorded.at(what).get<double>());
  }
}

} // namespace

TEST_CASE("a thousand payments in packs cost what is recorded in instructions, allocations, system calls and messages") {
  stays_as_recorded("pay");
}

TEST_CASE("a thousand new orders in packs cost what is recorded in instructions, allocations, system calls and messages") {
  stays_as_recorded("submit");
}

TEST_CASE("a thousand payments one by one cost what is recorded in instructions, allocations, system calls and messages") {
  stays_as_recorded("alone");
}
