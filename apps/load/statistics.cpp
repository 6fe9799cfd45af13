#include "daybook/apps/load/statistics.hpp"

#include <algorithm>

namespace daybook::load {

namespace {

void take(interval_point& into, const interval_point& next) {
  into.end = next.end;
  into.done += next.done;
  into.failed += next.failed;
  for (auto member : {&interval_point::p50, &interval_point::p90, &interval_point::p99, &interval_point::p999,
                      &interval_point::greatest, &interval_point::lag_events, &interval_point::lag})
    into.*member = std::max(into.*member, next.*member);
  into.memory_kib = next.memory_kib;
  into.open_files = next.open_files;
}

} // namespace

void time_series::add(const interval_point& each) {
  if (in_last_ > 0 && in_last_ < merged_) {
    take(points_.back(), each);
    ++in_last_;
    return;
  }
  if (points_.size() == points_max) {
    for (std::size_t i = 0; i < points_max / 2; ++i) {
      points_[i] = points_[2 * i];
      take(points_[i], points_[2 * i + 1]);
    }
    points_.resize(points_max / 2);
    merged_ *= 2;
  }
  points_.push_back(each);
  in_last_ = 1;
}

void lag_meter::note(nanoseconds now, std::uint64_t journal_position) {
  if (!seen_.empty() && journal_position <= seen_.back().position) {
    if (journal_position == seen_.back().position)
      seen_.back().at = now;
    return;
  }
  if (!seen_.empty() && now - seen_.back().at < spacing)
    return;
  seen_.push_back({now, journal_position});
  // A view that is minutes behind needs no milliseconds.
  if (seen_.size() > moments_max)
    for (auto i = seen_.begin() + 1; i != seen_.end() && i + 1 != seen_.end(); ++i)
      i = seen_.erase(i);
}

void time_series::add_rest(const interval_point& rest) {
  if (points_.empty())
    add(rest);
  else
    take(points_.back(), rest);
}

nanoseconds lag_meter::sample(nanoseconds now, std::uint64_t journal_position, std::uint64_t view_position) {
  if (view_position >= journal_position) {
    seen_ = {{now, journal_position}};
    return 0;
  }
  note(now, journal_position);
  const auto beyond = std::upper_bound(seen_.begin(), seen_.end(), view_position,
                                       [](std::uint64_t position, const moment& each) { return position < each.position; });
  if (beyond == seen_.begin())
    return now - std::min(now, seen_.front().at);
  seen_.erase(seen_.begin(), beyond - 1);
  return now - std::min(now, seen_.front().at);
}

statistics::statistics() : by_operation(operation_count) {
  // nop
}

void statistics::answered(operation what, nanoseconds latency, std::uint64_t times) noexcept {
  by_operation[static_cast<std::size_t>(what)].record(latency, times);
  interval.record(latency, times);
}

void statistics::failed(operation, errc why, std::uint64_t times) {
  failures[why] += times;
  failures_total += times;
  interval_failed += times;
}

void statistics::lag_seen(nanoseconds time, std::uint64_t events) noexcept {
  lag.record(time);
  lag_events_max = std::max(lag_events_max, events);
  interval_lag = std::max(interval_lag, time);
  interval_lag_events = std::max(interval_lag_events, events);
}

void statistics::roll(nanoseconds begin, nanoseconds end, std::uint64_t memory_kib, std::uint64_t open_files, bool is_rest) {
  interval_point point;
  point.begin = begin;
  point.end = end;
  point.done = interval.count();
  point.failed = interval_failed;
  point.p50 = interval.quantile(500'000);
  point.p90 = interval.quantile(900'000);
  point.p99 = interval.quantile(990'000);
  point.p999 = interval.quantile(999'000);
  point.greatest = interval.greatest();
  point.lag = interval_lag;
  point.lag_events = interval_lag_events;
  point.memory_kib = memory_kib;
  point.open_files = open_files;
  if (is_rest)
    series.add_rest(point);
  else
    series.add(point);
  interval.clear();
  interval_failed = 0;
  interval_lag = 0;
  interval_lag_events = 0;
}

histogram statistics::of_commands() const {
  histogram all;
  for (int i = 0; i < step_count; ++i)
    all.merge(by_operation[static_cast<std::size_t>(i)]);
  return all;
}

histogram statistics::of_questions() const {
  histogram all;
  for (int i = step_count; i < operation_count; ++i)
    all.merge(by_operation[static_cast<std::size_t>(i)]);
  return all;
}

double rate_of(const statistics& all) noexcept {
  return all.ended > all.begun ? static_cast<double>(all.in_time) * 1e9 / static_cast<double>(all.ended - all.begun) : 0.0;
}

} // namespace daybook::load
