#include "daybook/apps/load/histogram.hpp"

#include <algorithm>

#include "daybook/apps/load/random.hpp"

namespace daybook::load {

histogram::histogram() : buckets_(bucket_count) {
  // nop
}

void histogram::record(std::uint64_t value, std::uint64_t times) noexcept {
  value = std::min(value, (std::uint64_t{1} << value_bits) - 1);
  buckets_[index_of(value)] += times;
  count_ += times;
  sum_ += value * times;
  least_ = std::min(least_, value);
  greatest_ = std::max(greatest_, value);
}

void histogram::merge(const histogram& other) noexcept {
  for (std::size_t i = 0; i < bucket_count; ++i)
    buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  least_ = std::min(least_, other.least_);
  greatest_ = std::max(greatest_, other.greatest_);
}

void histogram::clear() noexcept {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  sum_ = 0;
  least_ = ~std::uint64_t{0};
  greatest_ = 0;
}

std::uint64_t histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / count_;
}

std::uint64_t histogram::quantile(millionths share) const noexcept {
  constexpr std::uint64_t whole = 1'000'000;
  const auto rank =
    static_cast<std::uint64_t>((static_cast<uint128>(count_) * std::min<std::uint64_t>(share, whole) + whole - 1) / whole);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1))
      return std::min(upper_end(i), greatest_);
  }
  return greatest_;
}

std::uint64_t histogram::count_up_to(std::uint64_t value) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count && upper_end(i) <= value; ++i)
    seen += buckets_[i];
  return seen;
}

} // namespace daybook::load
