#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "daybook/apps/load/zipf.hpp"

using namespace daybook::load;

TEST_CASE("Zipf draws number k in proportion to 1 / (k + 1)") {
  constexpr std::size_t count = 50;
  constexpr int draws = 400'000;
  const zipf share{count};
  random_numbers numbers{11};
  std::vector<int> times(count);
  for (int i = 0; i < draws; ++i)
    ++times[share.draw(numbers)];
  double sum = 0;
  for (std::size_t k = 0; k < count; ++k)
    sum += 1.0 / static_cast<double>(k + 1);
  for (std::size_t k = 0; k < count; ++k) {
    const auto expected = draws / sum / static_cast<double>(k + 1);
    INFO("number " << k << ": " << times[k] << " for " << expected);
    // Five standard deviations; the seed is fixed.
    CHECK(std::abs(times[k] - expected) < 5 * std::sqrt(expected));
  }
}

TEST_CASE("Zipf of one draws that one") {
  const zipf share{1};
  random_numbers numbers{1};
  for (int i = 0; i < 100; ++i)
    CHECK(share.draw(numbers) == 0);
}

TEST_CASE("Random numbers are the same for a seed on every machine, and stay below their limit") {
  random_numbers numbers{7};
  CHECK(numbers.next() == 7191089600892374487u);
  for (int i = 0; i < 1000; ++i)
    CHECK(numbers.below(3) < 3);
}
