// One process on one directory, clean stops under load, descriptors, peers that are slow or dead.

#include "kernel_support.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include "daybook/persistence/file_journal.hpp"

namespace daybook::testing {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> words_for(const std::filesystem::path& data) {
  return {"--data", data.string(), "--listen", "127.0.0.1:0", "--log-level", "off"};
}

/// Starts of a second node; each must be refused and name the first.
void check_refused(const std::filesystem::path& data, pid_t first, int times) {
  constexpr int at_a_time = 4;
  for (int done = 0; done < times; done += at_a_time) {
    std::vector<std::unique_ptr<process>> others;
    for (int i = 0; i < at_a_time; ++i)
      others.push_back(std::make_unique<process>(program_path("daybookd"), words_for(data)));
    for (auto& each : others) {
      const auto end = each->wait(in(patience));
      INFO(end.err);
      REQUIRE(end.exit_code == 3);
      REQUIRE(end.out.empty());
      REQUIRE(end.err.find(std::to_string(first)) != std::string::npos);
      REQUIRE(end.err.find("directory_in_use") != std::string::npos);
    }
  }
}

// -- the lock ------------------------------------------------------------------------------------------------------------

TEST_CASE("100 second starts are refused with the first one's process id, and the first goes on") {
  temp_dir dir;
  network over;
  victim_options how;
  how.data = dir.path() / "data";
  auto first = serve(over, how);
  ledger books{{21, 48, true, {}}};
  std::mt19937_64 random{21};
  load_some(*first.node, books, 1, 50);
  check_refused(how.data, first.daemon->pid(), 100);
  load_some(*first.node, books, 2, 50);
  check_all(*first.node, books, random);
  require_faultless(books);
}

TEST_CASE("A second start is refused also after the first process opened and closed the lock file again") {
  temp_dir dir;
  auto first = file_journal::open(dir.path() / "data", {}, 0);
  REQUIRE(first);
  { std::ifstream again{dir.path() / "data" / "journal" / "lock"}; }
  { std::ofstream again{dir.path() / "data" / "journal" / "lock", std::ios::app}; }
  CHECK_FALSE(file_journal::open(dir.path() / "data", {}, 0));
  check_refused(dir.path() / "data", ::getpid(), 4);
}

TEST_CASE("A lock that a killed process left never blocks the next start") {
  temp_dir dir;
  for (int i = 0; i < 20; ++i) {
    server node{dir.path() / "data"};
    node.crash();
  }
  server node{dir.path() / "data"};
  CHECK(node.stop().exit_code == 0);
}

// -- descriptors ---------------------------------------------------------------------------------------------------------

/// The files of the data directory that a process has open, by descriptor.
std::vector<std::pair<int, std::string>> open_files(pid_t pid, const std::filesystem::path& data) {
  std::vector<std::pair<int, std::string>> found;
  std::error_code gone;
  for (const auto& each : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd", gone}) {
    const auto target = std::filesystem::read_symlink(each.path(), gone).string();
    if (target.compare(0, data.string().size(), data.string()) == 0)
      found.emplace_back(std::stoi(each.path().filename().string()), target);
  }
  return found;
}

TEST_CASE("A node that is started with its standard streams closed works, and no file of its data is on one of them") {
  temp_dir dir;
  network over;
  const auto data = dir.path() / "data";
  const auto port = free_port();
  // Standard error must not be found in the journal: at level trace there is much to be said.
  const std::vector<std::string> words{"-c", "exec \"$0\" \"$@\" <&- >&- 2>&-", program_path("daybookd"), "--data",
                                       data.string(), "--listen", "127.0.0.1:" + std::to_string(port), "--log-level", "trace"};
  process node{"/bin/sh", words};
  const auto until = in(patience);
  auto connected = remote::connect(over, port);
  while (!connected && std::chrono::steady_clock::now() < until)
    connected = remote::connect(over, port);
  REQUIRE(connected);
  ledger books{{22, 48, true, {}}};
  std::mt19937_64 random{22};
  load_some(**connected, books, 1, 100);
  check_all(**connected, books, random);
  require_faultless(books);
  const auto files = open_files(node.pid(), data);
  CHECK(files.size() >= 3);
  for (const auto& [number, name] : files) {
    INFO(name << " is open as " << number);
    CHECK(number > 2);
  }
  connected->reset();
  node.signal(SIGTERM);
  CHECK(node.wait(in(patience)).exit_code == 0);
  CHECK(run(program_path("daybook"), {"--data", data.string(), "journal", "verify"}).exit_code == 0);
}

// -- stops ---------------------------------------------------------------------------------------------------------------

TEST_CASE("30 stops under load all end cleanly, and nothing acknowledged is missing afterwards") {
  temp_dir dir;
  network over;
  ledger books{{23, 48, false, {}}};
  std::mt19937_64 random{23};
  victim_options how;
  how.data = dir.path() / "data";
  how.options = {"--log-level", "warn"};
  for (int i = 0; i < 30; ++i) {
    INFO("stop " << i + 1);
    auto running = serve(over, how);
    read_journal(*running.node, books);
    send_again(*running.node, books);
    running.node->begin_load(books, {random(), 16, 4, false});
    REQUIRE(running.node->wait_for_answers(torture::pick(random, 0, 200), in(patience)));
    running.daemon->signal(SIGTERM);
    // 0 says that everything under way was finished within the node's own limit.
    const auto end = running.daemon->wait(in(patience));
    INFO(end.err);
    REQUIRE(end.exit_code == 0);
    REQUIRE(running.node->end_load(in(patience)));
    require_faultless(books);
  }
  auto running = serve(over, how);
  check_all(*running.node, books, random, true);
  require_faultless(books);
}

// -- peers ---------------------------------------------------------------------------------------------------------------

TEST_CASE("A client whose server stands still ends in its deadline, and is served again when the server goes on") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const std::vector<std::string> words{"--connect", node.address(), "--timeout", "1s", "report", "summary"};
  REQUIRE(run(program_path("daybook"), words).exit_code == 0);
  REQUIRE(::kill(node.pid(), SIGSTOP) == 0);
  const auto done = run(program_path("daybook"), words, {}, 60s);
  ::kill(node.pid(), SIGCONT);
  CHECK(done.exit_code == 3);
  CHECK(done.err.find("timed_out") + done.err.find("unavailable") != 2 * std::string::npos);
  CHECK(run(program_path("daybook"), {"--connect", node.address(), "report", "summary"}).exit_code == 0);
}

std::int64_t resident_kibi(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, 6, "VmRSS:") == 0)
      return std::stoll(line.substr(6));
  return 0;
}

TEST_CASE("Followers that are stopped do not make the server's memory grow while others go on") {
#ifdef __SANITIZE_ADDRESS__
  WARN("SKIPPED: what the address sanitizer keeps of freed memory grows");
  return;
#endif
  temp_dir dir;
  network over;
  victim_options how;
  how.data = dir.path() / "data";
  how.options = {"--log-level", "error", "--resident-orders-max", "64"};
  auto running = serve(over, how);
  ledger books{{24, 48, true, {}}};
  std::mt19937_64 random{24};
  load_some(*running.node, books, 1, 3'000);
  std::vector<std::unique_ptr<process>> followers;
  for (int i = 0; i < 8; ++i) {
    followers.push_back(std::make_unique<process>(
      program_path("daybook"),
      std::vector<std::string>{"--connect", "127.0.0.1:" + std::to_string(running.daemon->port()), "events", "--follow"}));
    REQUIRE(followers.back()->wait_for_out("OrderValidated", in(patience)));
  }
  const auto before = resident_kibi(running.daemon->pid());
  for (auto& each : followers)
    each->signal(SIGSTOP);
  load_some(*running.node, books, 2, 10'000);
  const auto grown = resident_kibi(running.daemon->pid()) - before;
  CHECK(grown < 64 * 1024);
  check_all(*running.node, books, random);
  require_faultless(books);
}

} // namespace
} // namespace daybook::testing
