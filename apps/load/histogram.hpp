#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace daybook::load {

/// A share of all values in millionths: 990'000 is the 99th percentile.
using millionths = std::uint32_t;

/// Counts values in buckets whose width grows with the value (log-linear, as HdrHistogram does it). Integer arithmetic only;
/// recording allocates nothing and takes the same few instructions for every value. Not thread-safe.
///
/// A quantile is the upper end of the bucket that the exact one lies in, but never above the greatest value: it is at least
/// the exact one and less than 1/128 (0.8 %) above it. Values below 256 are exact. Smallest, greatest, count and mean are.
class histogram {
public:
  /// Buckets for each power of two: 2^precision_bits.
  static constexpr unsigned precision_bits = 7;
  /// Values from 2^value_bits on (in nanoseconds: 73 minutes) count as the greatest that has a bucket.
  static constexpr unsigned value_bits = 42;

  histogram();

  void record(std::uint64_t value, std::uint64_t times = 1) noexcept;

  /// As if everything that was recorded there had been recorded here.
  void merge(const histogram& other) noexcept;

  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  /// 0 when empty.
  std::uint64_t least() const noexcept { return count_ == 0 ? 0 : least_; }
  std::uint64_t greatest() const noexcept { return greatest_; }
  /// Rounded down; 0 when empty.
  std::uint64_t mean() const noexcept;

  /// The value that this share of all values does not exceed; 0 when empty.
  std::uint64_t quantile(millionths share) const noexcept;

  /// How many values lie in buckets that end at or below the value.
  std::uint64_t count_up_to(std::uint64_t value) const noexcept;

  static constexpr std::size_t index_of(std::uint64_t value) noexcept {
    if (value < sub_buckets * 2)
      return static_cast<std::size_t>(value);
    const auto shift = width_of(value) - (precision_bits + 1);
    return (static_cast<std::size_t>(shift) << precision_bits) + static_cast<std::size_t>(value >> shift);
  }

  /// The greatest value of a bucket.
  static constexpr std::uint64_t upper_end(std::size_t index) noexcept {
    if (index < sub_buckets * 2)
      return index;
    const auto shift = (index >> precision_bits) - 1;
    const auto part = (index & (sub_buckets - 1)) + sub_buckets;
    return ((static_cast<std::uint64_t>(part) + 1) << shift) - 1;
  }

private:
  static constexpr std::uint64_t sub_buckets = std::uint64_t{1} << precision_bits;
  static constexpr std::size_t bucket_count = (value_bits - precision_bits - 1 + 2) * sub_buckets;

  static constexpr unsigned width_of(std::uint64_t value) noexcept {
    return 64 - static_cast<unsigned>(__builtin_clzll(value));
  }

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t least_ = ~std::uint64_t{0};
  std::uint64_t greatest_ = 0;
  /// Of nanoseconds it overflows after 584 years of waiting in all.
  std::uint64_t sum_ = 0;
};

} // namespace daybook::load
