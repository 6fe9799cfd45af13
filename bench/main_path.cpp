// The main path in figures, each as a ratio to something that is measured in the same run, alternating with it:
//   - importing an order file, journalled, synced, validated and visible in the view, against the sqlite3 shell's .import
//   - memory while importing
//   - one submit_order alone (two syncs), against one fdatasync in the same directory
//   - starting after a clean stop
//
// usage: bench_main_path [FILE.csv[.gz]]     an Online Retail file; without it one of the same shape is made
// Exit status 1 when a figure is worse than its bound.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/uuid.hpp"

namespace {

namespace fs = std::filesystem;
using namespace daybook;
using clock_type = std::chrono::steady_clock;

constexpr int rounds = 5;
constexpr int submit_groups = 20;
constexpr int submits_in_group = 20;

double seconds_since(clock_type::time_point begun) {
  return std::chrono::duration<double>(clock_type::now() - begun).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void require(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error{what};
}

/// A finished program.
struct run_result {
  double seconds = 0;
  long peak_kib = 0;
};

run_result run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& each : words)
    arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto begun = clock_type::now();
  pid_t child = 0;
  require(posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0, "cannot run " + words[0]);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage usage{};
  require(wait4(child, &status, 0, &usage) == child, "wait4");
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, words[0] + " " + words[1] + " failed");
  return {seconds_since(begun), usage.ru_maxrss};
}

// -- the file ------------------------------------------------------------------------------------------------------------

/// Rows like those of a wholesaler's year: 16,000 invoices of 1 to 39 lines.
void make_file(const fs::path& path) {
  std::ofstream out{path};
  std::mt19937_64 engine{1};
  out << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  for (int invoice = 0; invoice < 16'000; ++invoice) {
    const auto lines = 1 + engine() % 39;
    const auto customer = engine() % 5 == 0 ? std::string{} : std::to_string(12'000 + engine() % 4'000);
    for (std::uint64_t line = 0; line < lines; ++line)
      out << 600'000 + invoice << ',' << 20'000 + engine() % 4'000 << ",WHITE HANGING HEART T-LIGHT HOLDER,"
          << 1 + engine() % 24 << ",2011-05-" << fmt::format("{:02}", 1 + invoice / 600) << " 10:00:00," << engine() % 10 << '.'
          << 10 + engine() % 90 << ',' << customer << ",United Kingdom\n";
  }
}

/// A plain copy: both programs read the same bytes.
void unpack(const std::string& from, const fs::path& to) {
  auto file = input_file::open(from);
  require(file.ok(), "cannot open " + from);
  std::ofstream out{to};
  std::string line;
  for (;;) {
    auto more = (*file)->next_line(line);
    require(more.ok(), "cannot read " + from);
    if (!*more)
      return;
    out << line << '\n';
  }
}

// -- the figures ---------------------------------------------------------------------------------------------------------

/// One row of the result; returns whether it keeps its bound.
bool print_row(const std::string& what, const std::string& figure, double ratio, double bound, const std::string& unit) {
  const bool keeps = ratio <= bound;
  fmt::print("{:<52} {:>34} {:>9.2f}{} {:>9}{} {}\n", what, figure, ratio, unit, bound, unit, keeps ? "ok" : "MISSED");
  std::fflush(stdout);
  return keeps;
}

bool measure_import(const fs::path& file, const fs::path& dir, fs::path& imported) {
  const std::string daybook = std::string{DAYBOOK_BINARY_DIR} + "/daybook";
  std::vector<double> ours;
  std::vector<double> theirs;
  long peak_kib = 0;
  for (int i = 0; i <= rounds; ++i) {
    const auto table = dir / fmt::format("table-{}.db", i);
    imported = dir / fmt::format("import-{}", i);
    const auto shell = run({"sqlite3", table, ".mode csv", ".import " + file.string() + " retail"});
    const auto import = run({daybook, "--data", imported, "import", "online-retail", file});
    // Whoever asks afterwards waits until the view has everything: that belongs to it.
    const auto asked = run({daybook, "--data", imported, "report", "summary"});
    fs::remove(table);
    if (i == 0)
      continue; // The first round warms the caches.
    theirs.push_back(shell.seconds);
    ours.push_back(import.seconds + asked.seconds);
    peak_kib = std::max(peak_kib, import.peak_kib);
    if (i < rounds)
      fs::remove_all(imported);
  }
  const auto a = median(ours);
  const auto b = median(theirs);
  const auto times = fmt::format("{:.2f} s against {:.2f} s", a, b);
  const bool keeps = print_row("import and report, against sqlite3 .import", times, a / b, 4, " x");
  const auto mib = static_cast<double>(peak_kib) / 1024;
  return print_row("memory while importing (peak, largest of all)", "", mib, 300, " MiB") && keeps;
}

double bare_sync(int file, const std::string& bytes) {
  const auto begun = clock_type::now();
  require(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write");
  require(::fdatasync(file) == 0, "fdatasync");
  return seconds_since(begun);
}

double submit_one(caf::scoped_actor& self, const gateway_actor& gateway, const std::string& id) {
  order_command wish;
  wish.sent_at = system_now();
  wish.id = id;
  wish.command_id = make_uuid_v7(wish.sent_at);
  const requested_line line{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "6", "2.55"};
  wish.action = submit_order{"17850", "United Kingdom", "GBP", "2010-12-01T08:26:00", {line, line, line}};
  const auto begun = clock_type::now();
  bool went_well = false;
  self->request(gateway, std::chrono::seconds{30}, std::move(wish))
    .receive([&](const receipt& answer) { went_well = answer.status == "validated"; }, [](caf::error&) {});
  const auto seconds = seconds_since(begun);
  require(went_well, "an order was not validated");
  return seconds;
}

bool measure_submit(const fs::path& dir) {
  node_settings settings;
  settings.data_dir = dir / "submit";
  daybook_config config{settings};
  configure(config);
  caf::actor_system system{config};
  auto started = node::start(system, settings);
  require(started.ok(), "cannot start a node");
  const int file = ::open((dir / "bare").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  require(file >= 0, "open");
  const std::string bytes(600, 'x');
  std::vector<double> ours;
  std::vector<double> bare;
  caf::scoped_actor self{system};
  for (int group = 0; group < submit_groups; ++group) {
    // Nobody else writes while the bare syncs are timed: the view has come to rest.
    self->request((*started)->gateway(), std::chrono::seconds{30}, summary_query{})
      .receive([](const summary_report&) {}, [](caf::error&) {});
    for (int i = 0; i < submits_in_group; ++i)
      bare.push_back(bare_sync(file, bytes));
    for (int i = 0; i < submits_in_group; ++i)
      ours.push_back(submit_one(self, (*started)->gateway(), fmt::format("{}-{}", group, i)));
  }
  ::close(file);
  const auto a = median(ours);
  const auto b = median(bare);
  const auto times = fmt::format("{:.0f} us against {:.0f} us", a * 1e6, b * 1e6);
  return print_row("submit_order alone, durable (p50), against fdatasync", times, a / b, 4, " x");
}

/// Seconds from the start of daybookd to its "ready" line.
double start_once(const fs::path& data) {
  const std::string program = std::string{DAYBOOK_BINARY_DIR} + "/daybookd";
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const std::string dir = data;
  const char* words[] = {program.c_str(), "--data", dir.c_str(), "--listen", "127.0.0.1:0", "--log-level", "off", nullptr};
  const auto begun = clock_type::now();
  pid_t child = 0;
  const auto failed = posix_spawn(&child, program.c_str(), &actions, nullptr, const_cast<char**>(words), environ);
  require(failed == 0, "cannot run daybookd");
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  char byte = 0;
  const bool spoke = ::read(ends[0], &byte, 1) == 1;
  const auto seconds = seconds_since(begun);
  ::kill(child, SIGTERM);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  require(spoke && WIFEXITED(status) && WEXITSTATUS(status) == 0, "daybookd did not start and stop");
  return seconds;
}

bool measure_start(const fs::path& data) {
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i)
    seconds.push_back(start_once(data));
  return print_row("start after a clean stop with that journal", "", median(seconds), 0.5, " s");
}

int measure(const std::string& source) {
  const fs::path dir = fs::path{DAYBOOK_BINARY_DIR} / fmt::format("bench-{}", ::getpid());
  fs::create_directories(dir);
  const auto file = dir / "orders.csv";
  if (source.empty())
    make_file(file);
  else
    unpack(source, file);
  fmt::print("file: {} ({} bytes), medians of {} rounds\n", source.empty() ? "generated" : fs::path{source}.filename().string(),
             fs::file_size(file), rounds);
  fmt::print("{:<52} {:>34} {:>11} {:>11}\n", "what", "measured", "figure", "at most");
  fs::path imported;
  bool keeps = measure_import(file, dir, imported);
  keeps = measure_submit(dir) && keeps;
  keeps = measure_start(imported) && keeps;
  fs::remove_all(dir);
  return keeps ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const auto known = fs::path{DAYBOOK_SOURCE_DIR}.parent_path() / "shared" / "data" / "online-retail-open.csv.gz";
    std::string source = argc > 1 ? argv[1] : "";
    if (source.empty() && fs::exists(known))
      source = known;
    return measure(source);
  } catch (const std::exception& problem) {
    std::cerr << "bench: " << problem.what() << "\n";
    return 2;
  }
}
