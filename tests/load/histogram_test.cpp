#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "daybook/apps/load/histogram.hpp"
#include "daybook/apps/load/random.hpp"

using namespace daybook::load;

namespace {

/// The value that `share` of all do not exceed, from all of them.
std::uint64_t exact(std::vector<std::uint64_t> values, millionths share) {
  std::sort(values.begin(), values.end());
  const auto rank = (static_cast<std::uint64_t>(share) * values.size() + 999'999) / 1'000'000;
  return values[std::max<std::size_t>(rank, 1) - 1];
}

/// Values over many powers of ten, as latencies are.
std::vector<std::uint64_t> spread(std::uint64_t seed, std::size_t count) {
  random_numbers numbers{seed};
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(numbers.next() >> (24 + numbers.below(38)));
  return values;
}

constexpr millionths shares[] = {0, 1, 100'000, 500'000, 900'000, 990'000, 999'000, 999'900, 999'999, 1'000'000};

} // namespace

TEST_CASE("A histogram's quantile is at least the exact one and less than 1/128 above it") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto values = spread(seed, 1 + seed * 137);
    histogram all;
    for (const auto each : values)
      all.record(each);
    for (const auto share : shares) {
      const auto is = exact(values, share);
      const auto said = all.quantile(share);
      INFO("seed " << seed << ", share " << share << ": " << said << " for " << is);
      CHECK(said >= is);
      CHECK((said - is) * 128 <= is);
    }
  }
}

TEST_CASE("A histogram's count, least, greatest and mean are exact") {
  const auto values = spread(3, 1000);
  histogram all;
  std::uint64_t sum = 0;
  for (const auto each : values) {
    all.record(each);
    sum += each;
  }
  CHECK(all.count() == 1000);
  CHECK(all.least() == *std::min_element(values.begin(), values.end()));
  CHECK(all.greatest() == *std::max_element(values.begin(), values.end()));
  CHECK(all.quantile(1'000'000) == all.greatest());
  CHECK(all.mean() == sum / 1000);
}

TEST_CASE("Merged histograms say what one of all values says") {
  histogram one;
  histogram merged;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    histogram part;
    for (const auto each : spread(seed, 500)) {
      one.record(each);
      part.record(each);
    }
    merged.merge(part);
  }
  for (const auto share : shares)
    CHECK(merged.quantile(share) == one.quantile(share));
  CHECK(merged.count() == one.count());
  CHECK(merged.least() == one.least());
  CHECK(merged.mean() == one.mean());
}

TEST_CASE("Every value has a bucket of its own size, without a gap or an overlap") {
  for (unsigned bits = 0; bits < histogram::value_bits; ++bits)
    for (const auto value : {std::uint64_t{1} << bits, (std::uint64_t{1} << bits) + 1, (std::uint64_t{2} << bits) - 1}) {
      const auto index = histogram::index_of(value);
      INFO("value " << value << " in bucket " << index);
      CHECK(histogram::upper_end(index) >= value);
      CHECK((index == 0 || histogram::upper_end(index - 1) < value));
    }
}

TEST_CASE("An empty histogram says 0, a cleared one is empty, and what is too great counts as the greatest") {
  histogram all;
  CHECK(all.quantile(990'000) == 0);
  CHECK(all.least() == 0);
  CHECK(all.mean() == 0);
  all.record(~std::uint64_t{0}, 3);
  CHECK(all.count() == 3);
  CHECK(all.greatest() == (std::uint64_t{1} << histogram::value_bits) - 1);
  all.clear();
  CHECK(all.empty());
  all.record(7);
  CHECK(all.least() == 7);
  CHECK(all.quantile(500'000) == 7);
}
