#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace daybook::testing {

using deadline = std::chrono::steady_clock::time_point;

inline deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// What a program left behind.
struct finished {
  /// 128 and the signal's number where a signal ended it; -1 where it did not end in time and was killed.
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// What a program starts with.
struct start_options {
  /// What its standard input holds.
  std::string input;
  /// Where it starts; empty: where the test runs.
  std::filesystem::path directory;
};

/// A program that runs, in a process group of its own; killed with its children when it goes out of scope. Not thread-safe.
/// Throws std::runtime_error when it cannot be started.
class process {
public:
  process(const std::string& program, const std::vector<std::string>& arguments, const start_options& options = {});
  ~process();

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const noexcept;

  /// Reads until standard output (or standard error) holds the text; false when it ended or the deadline came before.
  bool wait_for_out(const std::string& text, deadline until);
  bool wait_for_err(const std::string& text, deadline until);

  /// Waits for its end; kills it at the deadline.
  finished wait(deadline until);

  /// What it wrote so far, as far as it was read.
  const std::string& out() const noexcept { return text_[0]; }
  const std::string& err() const noexcept { return text_[1]; }

private:
  /// Waits for something to read or the end; false at the deadline, or when there is nothing left to wait for.
  bool read_more(deadline until);
  void drain();
  void reap();
  void kill_group() const noexcept;

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int pipes_[2] = {-1, -1};
  std::string text_[2];
  bool has_ended_ = false;
  int exit_code_ = -1;
};

/// Runs a program to its end.
finished run(const std::string& program, const std::vector<std::string>& arguments, const start_options& options = {},
             std::chrono::milliseconds timeout = std::chrono::seconds{120});

/// The path of a program of ours in the build tree.
std::string program_path(const std::string& name);

/// A daybookd on a port of its own (or on the one that is asked for); ready when the constructor returns, which throws with
/// what the program said when it does not get ready.
class server {
public:
  explicit server(const std::filesystem::path& data, std::vector<std::string> options = {}, std::uint16_t port = 0);

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  pid_t pid() const noexcept { return process_->pid(); }

  /// kill -9.
  void crash();
  /// SIGTERM (or another signal) and what it left behind.
  finished stop(int signal_number = 15);

private:
  std::unique_ptr<process> process_;
  std::uint16_t port_ = 0;
};

/// A port of the loopback that nobody listened on a moment ago.
std::uint16_t free_port();

} // namespace daybook::testing
