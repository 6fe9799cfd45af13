#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "daybook/tests/support/process.hpp"

namespace daybook::torture {

/// How a daybookd is started.
struct victim_options {
  /// The program; empty: the one of the build tree.
  std::string program;
  std::filesystem::path data;
  /// Options of daybookd, besides --data and --listen.
  std::vector<std::string> options;
  /// What stands before the program, e.g. `fiu-run …`.
  std::vector<std::string> wrapper;
};

/// A daybookd that may be killed at any moment, also before it is ready. Killed at the latest with this object.
class victim {
public:
  explicit victim(const victim_options& how);

  /// False: it ended, or the deadline came before.
  bool wait_until_ready(testing::deadline until);
  /// Whether it said that it is ready, as far as was heard by now.
  bool is_ready() const noexcept { return port_ != 0; }
  std::uint16_t port() const noexcept { return port_; }
  pid_t pid() const noexcept { return process_->pid(); }

  /// kill -9; returns when it is gone.
  void kill();
  void signal(int number) const noexcept { process_->signal(number); }
  testing::finished wait(testing::deadline until) { return process_->wait(until); }
  const std::string& err() const noexcept { return process_->err(); }

private:
  std::unique_ptr<testing::process> process_;
  std::uint16_t port_ = 0;
};

/// Hears of files that are made or renamed in a directory, from its construction on.
class directory_watch {
public:
  explicit directory_watch(const std::filesystem::path& directory);
  ~directory_watch();

  directory_watch(const directory_watch&) = delete;
  directory_watch& operator=(const directory_watch&) = delete;

  /// False: the deadline came before.
  bool wait_for_change(testing::deadline until);

private:
  int fd_ = -1;
};

/// Waits for a drawn time, exact to some microseconds where the machine is idle.
void pause(std::chrono::microseconds time);

} // namespace daybook::torture
