// How long a node with many events takes until it is ready, after a clean stop and after `kill -9`.

#include <csignal>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daybook/bench/journal/lifecycle.hpp"
#include "daybook/bench/journal/modes.hpp"
#include "daybook/bench/journal/running_node.hpp"
#include "daybook/bench/support.hpp"

namespace daybook::bench {

namespace fs = std::filesystem;

namespace {

/// This program again, with other words; what it says is read line by line. Killed at the end if it still runs.
class child_process {
public:
  explicit child_process(std::vector<std::string> words) {
    words.insert(words.begin(), "/proc/self/exe");
    std::vector<char*> arguments;
    for (auto& each : words)
      arguments.push_back(each.data());
    arguments.push_back(nullptr);
    int to[2];
    int from[2];
    require(::pipe2(to, O_CLOEXEC) == 0 && ::pipe2(from, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    const auto failed = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    to_ = to[1];
    from_ = from[0];
    require(failed == 0, "cannot run this program again");
  }

  ~child_process() {
    if (pid_ > 0)
      kill();
    if (to_ >= 0)
      ::close(to_);
    ::close(from_);
  }

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void say(const std::string& word) {
    const auto line = word + "\n";
    require(::write(to_, line.data(), line.size()) == static_cast<ssize_t>(line.size()), "the child does not listen");
  }

  void expect(const std::string& word) {
    std::string line;
    char next = 0;
    while (::read(from_, &next, 1) == 1 && next != '\n')
      line.push_back(next);
    require(line == word, "a child said '" + line + "' instead of '" + word + "'");
  }

  double resident_bytes() const {
    std::ifstream in{"/proc/" + std::to_string(pid_) + "/statm"};
    double all = 0;
    double resident = 0;
    in >> all >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }

  /// Closes its input, which it takes for the wish to end.
  void end() {
    ::close(to_);
    to_ = -1;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child did not stop well");
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

private:
  pid_t pid_ = 0;
  int to_ = -1;
  int from_ = -1;
};

struct start_figures {
  std::vector<double> killed;
  std::vector<double> clean;
  std::vector<double> stops;
  double resident_bytes = 0;
};

void start_and_stop(const fs::path& dir, bool level_view, start_figures& figures) {
  {
    const auto begun = clock_type::now();
    child_process node{{"--serve", dir.string()}};
    node.expect("ready");
    figures.killed.push_back(seconds_since(begun));
    if (level_view) {
      node.say("level");
      node.expect("level");
    }
    const auto stopping = clock_type::now();
    node.end();
    figures.stops.push_back(seconds_since(stopping));
  }
  const auto begun = clock_type::now();
  child_process node{{"--serve", dir.string()}};
  node.expect("ready");
  figures.clean.push_back(seconds_since(begun));
  figures.resident_bytes = node.resident_bytes();
  // Something durable, so that what the stop left is not the whole truth any more.
  node.say("submit");
  node.expect("submitted");
  node.kill();
}

} // namespace

int make_journal(const fs::path& dir, std::size_t events) {
  auto books = file_journal::open(dir, {}, system_now());
  require(books.ok(), "cannot open a journal");
  lifecycle lives{1};
  std::vector<commit> batch;
  while ((*books)->last_position() < events) {
    batch.clear();
    while (batch.size() < 4096)
      lives.next_order(batch);
    for (const auto& outcome : (*books)->append(batch, system_now()))
      require(outcome.ok(), "an append failed");
  }
  std::cout << "made" << std::endl;
  // Nobody closes the journal: whoever started this kills it.
  std::string line;
  std::getline(std::cin, line);
  return 0;
}

int serve_node(const fs::path& dir) {
  running_node node{quiet_settings(dir, 0)};
  std::cout << "ready" << std::endl;
  std::uint64_t random = static_cast<std::uint64_t>(system_now());
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "level") {
      node.settle(1'000'000);
      std::cout << "level" << std::endl;
    } else if (line == "submit") {
      node.execute(make_command(cheap_uuid(0, random), make_request(3, 1)));
      std::cout << "submitted" << std::endl;
    }
  }
  node.stop();
  return 0;
}

report run_start(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto events = options.count ? options.count : 10'000'000;
  const auto data = dir.path() / "data";
  {
    child_process maker{{"--make", data.string(), std::to_string(events)}};
    maker.expect("made");
    maker.kill();
  }
  start_figures figures;
  for (std::size_t i = 0; i < options.rounds; ++i)
    start_and_stop(data, options.level_view, figures);
  report all;
  all["name"] = "start";
  all["events"] = events;
  all["segment_bytes"] = bytes_below(data / "journal");
  all["view_is_level"] = options.level_view;
  all["rounds"] = options.rounds;
  all["clean_seconds"] = median(figures.clean);
  all["clean_seconds_max"] = percentile(figures.clean, 1);
  all["clean_wanted"] = 1;
  all["killed_seconds"] = median(figures.killed);
  // The first one: of a process that wrote all of it and never stopped, with most of a segment without an index.
  all["killed_writer_seconds"] = figures.killed.front();
  all["killed_seconds_max"] = percentile(figures.killed, 1);
  all["killed_wanted"] = 3;
  all["stop_seconds_max"] = percentile(figures.stops, 1);
  all["resident_bytes_when_ready"] = figures.resident_bytes;
  return all;
}

} // namespace daybook::bench
