#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "daybook/apps/load/random.hpp"
#include "daybook/apps/load/statistics.hpp"

namespace daybook::load {

/// When what should be sent, whatever the node does: at an even rate, or along a list of times.
class schedule {
public:
  /// Number k is due k / rate seconds after the start. @param rate a second, at least 1.
  static schedule even(std::uint64_t rate, nanoseconds start) { return schedule{rate, start, {}}; }

  /// Number k is due `times[k]` after the start; ascending. What is beyond the list is never due.
  static schedule along(std::vector<nanoseconds> times, nanoseconds start) { return schedule{0, start, std::move(times)}; }

  static constexpr nanoseconds never = ~nanoseconds{0};

  nanoseconds due(std::uint64_t number) const noexcept {
    if (rate_ == 0)
      return number < times_.size() ? start_ + times_[number] : never;
    return start_ + static_cast<nanoseconds>(static_cast<uint128>(number) * 1'000'000'000 / rate_);
  }

  /// The first number from this one on that is not due before `now`: what had nobody to send it is not made up for.
  std::uint64_t skip(std::uint64_t number, nanoseconds now) const noexcept {
    if (rate_ == 0 || now <= start_)
      return number;
    const auto passed = (static_cast<uint128>(now - start_) * rate_ + 999'999'999) / 1'000'000'000;
    return passed > number ? static_cast<std::uint64_t>(passed) : number;
  }

private:
  schedule(std::uint64_t rate, nanoseconds start, std::vector<nanoseconds> times) :
      rate_(rate), start_(start), times_(std::move(times)) {
    // nop
  }

  std::uint64_t rate_;
  nanoseconds start_;
  std::vector<nanoseconds> times_;
};

} // namespace daybook::load
