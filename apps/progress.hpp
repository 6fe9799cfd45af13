#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace daybook {

/// A progress bar on standard error, only when that is a terminal: share done, rate and time left. Redraws at most ten times a
/// second. Not thread-safe.
class progress_bar {
public:
  /// @param what what is being done, e.g. "importing"; @param unit what is counted, e.g. "orders".
  progress_bar(std::string what, std::string unit);
  /// Removes the bar.
  ~progress_bar();

  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// @param share of the whole in 0…1, for the bar and the time left; negative: unknown.
  void show(double share, std::uint64_t count);

private:
  void draw(double share, std::uint64_t count);

  std::string what_;
  std::string unit_;
  bool is_terminal_ = false;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point drawn_;
};

/// Columns of the terminal on standard output; 100 when it is none.
unsigned terminal_width();

} // namespace daybook
