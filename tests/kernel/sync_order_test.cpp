// What a real daybookd asks the kernel for, in which order: no receipt leaves before the sync behind its write has returned.

#include "kernel_support.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

namespace daybook::testing {
namespace {

/// Reads the lines of `strace -f` and follows commands by their ids: written, synced, answered.
class sync_order {
public:
  explicit sync_order(std::vector<std::string> command_ids) {
    for (auto& each : command_ids)
      commands_[std::move(each)];
  }

  void read(const std::string& trace) {
    std::istringstream lines{trace};
    for (std::string line; std::getline(lines, line); ++time_)
      read_line(line);
  }

  /// Commands whose receipts were seen leaving, and those among them that left too early.
  std::size_t answered() const noexcept { return answered_; }
  const std::vector<std::string>& too_early() const noexcept { return too_early_; }

private:
  struct command_state {
    /// When its last write ended, and into which file; whether a sync of that file that began later has returned.
    std::size_t written = 0;
    int file = -1;
    bool is_durable = false;
    bool is_answered = false;
  };

  /// "PID call(…", "PID call(… <unfinished ...>" or "PID <... call resumed>…".
  void read_line(const std::string& line) {
    const auto gap = line.find(' ');
    const auto first = line.find_first_not_of(' ', gap);
    if (gap == std::string::npos || first == std::string::npos)
      return;
    const auto thread = line.substr(0, gap);
    const std::string resuming = "<... ";
    const bool is_resumed = line.compare(first, resuming.size(), resuming) == 0;
    const auto name_at = is_resumed ? first + resuming.size() : first;
    const auto name_end = line.find(is_resumed ? ' ' : '(', name_at);
    if (name_end == std::string::npos)
      return;
    const auto call = line.substr(name_at, name_end - name_at);
    auto text = line.substr(is_resumed ? line.find('>', name_end) + 1 : name_end + 1);
    if (!is_resumed)
      begin(call, text);
    if (const auto cut = text.rfind(" <unfinished ...>"); cut != std::string::npos) {
      unfinished_[thread] = {text.substr(0, cut), time_};
      return;
    }
    auto began = time_;
    if (is_resumed) {
      text = unfinished_[thread].first + text;
      began = unfinished_[thread].second;
    }
    if (const auto result = text.rfind(" = "); result != std::string::npos)
      end(call, text, began, std::atol(text.c_str() + result + 3));
  }

  void begin(const std::string& call, const std::string& text) {
    if (call != "sendto" && call != "sendmsg" && call != "write" && call != "writev")
      return;
    each_command_in(text, [&](const std::string& id, command_state& found) {
      answered_ += found.is_answered ? 0 : 1;
      found.is_answered = true;
      if (!found.is_durable)
        too_early_.push_back(id);
    });
  }

  void end(const std::string& call, const std::string& text, std::size_t began, long result) {
    if (call == "openat" && result >= 0 && text.find(".jsonl") != std::string::npos)
      journals_[static_cast<int>(result)] = true;
    else if (call == "openat" && result >= 0)
      journals_[static_cast<int>(result)] = false;
    const int file = std::atoi(text.c_str());
    if (call == "pwrite64" && journals_[file]) {
      each_command_in(text, [&](const std::string&, command_state& found) { found = {time_, file, false, found.is_answered}; });
    } else if (call == "fdatasync" && result == 0) {
      for (auto& [id, each] : commands_)
        each.is_durable = each.is_durable || (each.file == file && each.written < began);
    }
  }

  /// The ids of commands that a text holds; a UUIDv5 has its version behind 14 other characters.
  template <class Use>
  void each_command_in(const std::string& text, const Use& use) {
    constexpr std::size_t before_version = 14;
    for (auto at = text.find("-5"); at != std::string::npos; at = text.find("-5", at + 1))
      if (at + 1 >= before_version)
        if (const auto found = commands_.find(text.substr(at + 1 - before_version, 36)); found != commands_.end())
          use(found->first, found->second);
  }

  std::map<std::string, command_state> commands_;
  std::map<int, bool> journals_;
  std::map<std::string, std::pair<std::string, std::size_t>> unfinished_;
  std::size_t time_ = 1;
  std::size_t answered_ = 0;
  std::vector<std::string> too_early_;
};

constexpr auto some_id = "6f1d3a52-7c1e-5a37-9d5e-0c8a2b7f4e11";

std::size_t early_in(const std::vector<std::string>& lines) {
  sync_order order{{some_id}};
  std::string trace;
  for (const auto& each : lines)
    trace += each + "\n";
  order.read(trace);
  CHECK(order.answered() == 1);
  return order.too_early().size();
}

TEST_CASE("A trace in which a receipt leaves before its sync has returned is told from one in which it leaves after") {
  const std::string open = R"(7 openat(AT_FDCWD, "d/journal/1.jsonl", O_RDWR) = 9)";
  const std::string write = R"(7 pwrite64(9, "{\"command\":\")" + std::string{some_id} + R"(\"}", 60, 0) = 60)";
  const std::string sync = "7 fdatasync(9) = 0";
  const std::string send = R"(8 sendto(5, "\0$)" + std::string{some_id} + R"(", 40, 0, NULL, 0) = 40)";
  const std::string sync_begins = "7 fdatasync(9 <unfinished ...>";
  const std::string sync_ends = "7 <... fdatasync resumed>) = 0";
  CHECK(early_in({open, write, sync, send}) == 0);
  CHECK(early_in({open, write, sync_begins, sync_ends, send}) == 0);
  CHECK(early_in({open, write, send, sync}) == 1);
  CHECK(early_in({open, sync, write, send}) == 1);
  CHECK(early_in({open, write, sync_begins, send, sync_ends}) == 1);
  CHECK(early_in({open, sync_begins, write, sync_ends, send}) == 1);
  CHECK(early_in({open, write, "7 fdatasync(9) = -1 EIO (Input/output error)", send}) == 1);
  CHECK(early_in({open, write, "7 fdatasync(4) = 0", send}) == 1);
}

TEST_CASE("In the kernel's view every receipt leaves after an fdatasync that began behind its write and returned 0") {
  if (!std::filesystem::exists("/usr/bin/strace")) {
    WARN("SKIPPED: strace is missing");
    return;
  }
  temp_dir dir;
  const auto trace = dir.path() / "trace";
  if (run("/usr/bin/strace", {"-f", "-o", trace.string(), "true"}).exit_code != 0) {
    WARN("SKIPPED: strace must not trace here");
    return;
  }
  network over;
  ledger books{{5, 48, true, {}}};
  victim_options how;
  how.data = dir.path() / "data";
  how.options = {"--log-level", "error", "--segment-bytes", "32KiB"};
  // -D: daybookd is our child, the tracer is not. Under a tracer the leak sanitizer cannot look for leaks, and fails.
  how.wrapper = {"/usr/bin/strace", "-E", "ASAN_OPTIONS=detect_leaks=0", "-D", "-f", "-q", "-s", "1000000", "-o",
                 trace.string(), "-e",
                 "trace=openat,pwrite64,fdatasync,sendto,sendmsg,write,writev"};
  auto running = serve(over, how);
  load_some(*running.node, books, 5, 300);
  read_journal(*running.node, books);
  require_faultless(books);
  running.node.reset();
  running.daemon->signal(SIGTERM);
  CHECK(running.daemon->wait(in(patience)).exit_code == 0);
  std::vector<std::string> ids;
  for (const auto& each : books.acknowledged_commands())
    if (!books.is_refusal(each))
      ids.push_back(books.wish(each).command_id);
  sync_order order{ids};
  std::ifstream file{trace, std::ios::binary};
  order.read({std::istreambuf_iterator<char>{file}, {}});
  CHECK(order.too_early().empty());
  // A receipt may lie across two packets; most do not.
  CHECK(order.answered() > ids.size() * 9 / 10);
}

} // namespace
} // namespace daybook::testing
