#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "daybook/actors/pack.hpp"

using namespace daybook;

namespace {

outcome done_by(const std::string& who) {
  outcome text{true, {}, {}, {}};
  text.answer.id = who;
  return text;
}

using counter = std::atomic<std::uint64_t>;

slot_ptr slot_of(const std::shared_ptr<pack>& in, std::size_t index) {
  return std::make_shared<pack_slot>(in, index, admission{std::make_shared<counter>(0)});
}

} // namespace

TEST_CASE("a pack says once that it is full, whoever brings the last outcome, and keeps their order") {
  int times = 0;
  auto all = std::make_shared<pack>(1000, [&] { ++times; });
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 4; ++first)
    threads.emplace_back([&, first] {
      for (auto i = first; i < 1000; i += 4)
        slot_of(all, i)->answer(done_by(std::to_string(i)));
    });
  for (auto& each : threads)
    each.join();
  CHECK(times == 1);
  REQUIRE(all->is_full());
  const auto outcomes = all->take();
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    CHECK(outcomes[i].answer.id == std::to_string(i));
}

TEST_CASE("a command that is dropped with its actor is answered as unavailable, and gives its place among the admitted back") {
  const auto under_way = std::make_shared<counter>(0);
  bool is_full = false;
  auto all = std::make_shared<pack>(1, [&] { is_full = *under_way == 0; });
  auto slot = std::make_shared<pack_slot>(all, 0, admission{under_way});
  CHECK(*under_way == 1);
  slot.reset();
  CHECK(is_full);
  CHECK(*under_way == 0);
  CHECK(all->take().front().code == errc::unavailable);
}

TEST_CASE("what has no outcome in time is given as unknown, what has one as it is") {
  auto all = std::make_shared<pack>(2, [] {});
  const auto late = slot_of(all, 1);
  slot_of(all, 0)->answer(done_by("a"));
  const auto so_far = all->so_far({false, {}, errc::timed_out, "too late"});
  CHECK(so_far[0].answer.id == "a");
  CHECK(so_far[1].code == errc::timed_out);
  CHECK_FALSE(all->is_full());
}
