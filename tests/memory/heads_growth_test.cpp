#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "daybook/persistence/journal_index.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr position_t streams = 300'000;

std::uint64_t hash_of(position_t number) {
  return stream_hash(std::to_string(number));
}

} // namespace

TEST_CASE("the ends of streams grow in small steps, however many there are, and take as much memory as is said") {
  stream_heads heads;
  const memory_watch all;
  std::size_t largest = 0;
  for (position_t i = 1; i <= streams; ++i) {
    const auto hash = hash_of(i);
    const memory_watch one;
    heads.put(hash, {i, 1, false});
    largest = std::max(largest, one.peak());
  }
  // A part has some 300 streams in 512 slots of 16 bytes, or has just got 1,024.
  CHECK(largest <= 17'000);
  CHECK(all.peak() >= 25 * streams);
  CHECK(all.peak() <= 41 * streams);
  CHECK(heads.size() == streams);
  std::size_t wrong = 0;
  for (position_t i = 1; i <= streams; ++i) {
    const auto found = heads.find(hash_of(i));
    wrong += !found || found->position != i || found->version != 1 || found->open;
  }
  CHECK(wrong == 0);
  CHECK_FALSE(heads.find(hash_of(streams + 1)));
}

TEST_CASE("what room was made for is put without memory, also when all of it goes into one part") {
  struct named {
    std::uint64_t hash;
  };
  stream_heads heads;
  std::vector<named> batch;
  for (position_t i = 1; i <= 4096; ++i)
    batch.push_back({i % 2 == 0 ? hash_of(i) : i});
  heads.reserve_for(batch);
  {
    const allocation_fault none{1, true};
    for (const auto& each : batch)
      heads.put(each.hash, {1, 1, true});
    CHECK_FALSE(none.struck());
  }
  CHECK(heads.size() == batch.size());
}
