#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "daybook/apps/load/histogram.hpp"
#include "daybook/apps/load/workload.hpp"
#include "daybook/domain/result.hpp"

namespace daybook::load {

/// Nanoseconds of a clock that never goes back.
using nanoseconds = std::uint64_t;

/// A stretch of the measured time.
struct interval_point {
  /// Since the clock started.
  nanoseconds begin = 0;
  nanoseconds end = 0;
  /// Answers, and those without a receipt.
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  nanoseconds p50 = 0;
  nanoseconds p90 = 0;
  nanoseconds p99 = 0;
  nanoseconds p999 = 0;
  nanoseconds greatest = 0;
  /// How far the view was behind the journal, at the worst.
  std::uint64_t lag_events = 0;
  nanoseconds lag = 0;
  /// Of this process, at its end.
  std::uint64_t memory_kib = 0;
  std::uint64_t open_files = 0;

  double rate() const noexcept {
    return end > begin ? static_cast<double>(done) * 1e9 / static_cast<double>(end - begin) : 0.0;
  }
};

/// Points along the time, bounded in number: when there are too many, neighbours become one. Of percentiles and lags it has the
/// greater then, which is never too good.
class time_series {
public:
  static constexpr std::size_t points_max = 600;

  void add(const interval_point& each);
  /// What came after the last interval and is too short for one of its own: it becomes part of the last point.
  void add_rest(const interval_point& rest);
  const std::vector<interval_point>& points() const noexcept { return points_; }
  /// How many intervals as they were added make up one point.
  std::size_t intervals_a_point() const noexcept { return merged_; }

private:
  std::vector<interval_point> points_;
  std::size_t merged_ = 1;
  std::size_t in_last_ = 0;
};

/// How far a view is behind in time: since when the journal is beyond what the view has now. Never too short, and too long by
/// the time between two notes at the most.
class lag_meter {
public:
  /// The journal has reached this position; cheap, to be told with every answer.
  void note(nanoseconds now, std::uint64_t journal_position);

  /// @return the lag, the view having reached this position.
  nanoseconds sample(nanoseconds now, std::uint64_t journal_position, std::uint64_t view_position);

private:
  struct moment {
    nanoseconds at = 0;
    std::uint64_t position = 0;
  };
  static constexpr nanoseconds spacing = 1'000'000;
  static constexpr std::size_t moments_max = 65'536;
  /// Ascending; the first is the last one that the view has reached.
  std::deque<moment> seen_;
};

/// Everything that is counted in the measured time.
struct statistics {
  statistics();

  /// An answer; `latency` counts from when it should have been sent.
  void answered(operation what, nanoseconds latency, std::uint64_t times = 1) noexcept;
  void failed(operation what, errc why, std::uint64_t times = 1);
  void lag_seen(nanoseconds lag, std::uint64_t events) noexcept;

  /// Ends an interval; `is_rest`: one too short to stand alone.
  void roll(nanoseconds begin, nanoseconds end, std::uint64_t memory_kib, std::uint64_t open_files, bool is_rest = false);

  /// Latencies of all commands (or of all questions).
  histogram of_commands() const;
  histogram of_questions() const;

  std::vector<histogram> by_operation;
  std::map<errc, std::uint64_t> failures;
  std::uint64_t carried_out = 0;
  std::uint64_t rejected = 0;
  std::uint64_t refused = 0;
  /// Messages with commands: packs, or single commands. Those sent in the measured time.
  std::uint64_t messages = 0;
  /// Answers that came before the measured time was over.
  std::uint64_t in_time = 0;
  std::uint64_t failures_total = 0;
  nanoseconds begun = 0;
  nanoseconds ended = 0;
  histogram lag;
  std::uint64_t lag_events_max = 0;
  time_series series;

  // Of the running interval.
  histogram interval;
  std::uint64_t interval_failed = 0;
  nanoseconds interval_lag = 0;
  std::uint64_t interval_lag_events = 0;
};

/// Answers a second in the measured time.
double rate_of(const statistics& all) noexcept;

} // namespace daybook::load
