#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace daybook {

/// A line on standard error that is written over again and again, only when that is a terminal. Not thread-safe.
class status_line {
public:
  status_line();
  /// Removes the line.
  ~status_line();

  status_line(const status_line&) = delete;
  status_line& operator=(const status_line&) = delete;

  bool is_terminal() const noexcept { return is_terminal_; }
  /// Cut to the terminal's width.
  void show(const std::string& text);
  /// Removes it, until it is shown again.
  void clear();

private:
  bool is_terminal_ = false;
  bool is_drawn_ = false;
};

/// A progress bar on standard error, only when that is a terminal: share done, rate and time left. Redraws at most ten times a
/// second. Not thread-safe.
class progress_bar {
public:
  /// @param what what is being done, e.g. "importing"; @param unit what is counted, e.g. "orders".
  progress_bar(std::string what, std::string unit);

  /// @param share of the whole in 0…1, for the bar and the time left; negative: unknown.
  void show(double share, std::uint64_t count);

private:
  void draw(double share, std::uint64_t count);

  std::string what_;
  std::string unit_;
  status_line line_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point drawn_;
};

/// Columns of the terminal on standard output; 100 when it is none.
unsigned terminal_width();

} // namespace daybook
