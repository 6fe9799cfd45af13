#include <catch2/catch.hpp>

#include "daybook/apps/load/schedule.hpp"
#include "daybook/apps/load/statistics.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

constexpr nanoseconds ms = 1'000'000;

interval_point point(nanoseconds second, std::uint64_t done, nanoseconds p99) {
  interval_point made;
  made.begin = second * 1000 * ms;
  made.end = made.begin + 1000 * ms;
  made.done = done;
  made.p99 = p99;
  return made;
}

} // namespace

TEST_CASE("An even schedule is due by its rate from its start on, without drifting") {
  const auto even = schedule::even(3, 1000);
  CHECK(even.due(0) == 1000);
  CHECK(even.due(1) == 1000 + 333'333'333);
  CHECK(even.due(3) == 1000 + 1'000'000'000);
  CHECK(even.due(3'000'000'000) == 1000 + 1'000'000'000'000'000'000);
}

TEST_CASE("What was due while there was nothing to send is not made up for") {
  const auto even = schedule::even(10, 1000);
  CHECK(even.skip(0, 0) == 0);
  CHECK(even.skip(3, 1000 + 100 * ms) == 3);
  CHECK(even.skip(3, 1000 + 1000 * ms) == 10);
  CHECK(even.skip(3, 1001 + 1000 * ms) == 11);
  CHECK(even.due(even.skip(3, 5555 * ms)) >= 5555 * ms);
  CHECK(schedule::along({1, 2, 3}, 0).skip(1, 50) == 1);
}

TEST_CASE("A schedule along times is due at each of them, and never after the last") {
  const auto along = schedule::along({0, 5, 5, 9}, 100);
  CHECK(along.due(0) == 100);
  CHECK(along.due(2) == 105);
  CHECK(along.due(3) == 109);
  CHECK(along.due(4) == schedule::never);
}

TEST_CASE("A time series keeps its number of points, every answer and the greatest percentile") {
  time_series series;
  constexpr std::uint64_t count = time_series::points_max * 5 + 3;
  for (std::uint64_t i = 0; i < count; ++i)
    series.add(point(i, 10, i == 1234 ? 777 : 5));
  CHECK(series.points().size() <= time_series::points_max);
  std::uint64_t done = 0;
  nanoseconds greatest = 0;
  nanoseconds end = 0;
  for (const auto& each : series.points()) {
    CHECK(each.begin == end);
    end = each.end;
    done += each.done;
    greatest = std::max(greatest, each.p99);
    CHECK(each.rate() == Approx(10));
  }
  CHECK(done == count * 10);
  CHECK(end == count * 1000 * ms);
  CHECK(greatest == 777);
}

TEST_CASE("A rest behind the last interval becomes part of its point") {
  time_series series;
  series.add(point(0, 10, 5));
  auto rest = point(1, 4, 9);
  rest.end = rest.begin + ms;
  series.add_rest(rest);
  REQUIRE(series.points().size() == 1);
  CHECK(series.points()[0].done == 14);
  CHECK(series.points()[0].end == rest.end);
  CHECK(series.points()[0].p99 == 9);
}

TEST_CASE("The view's lag is the time since the journal is beyond where the view is") {
  lag_meter lag;
  CHECK(lag.sample(10 * ms, 100, 100) == 0);
  lag.note(20 * ms, 200);
  lag.note(30 * ms, 300);
  CHECK(lag.sample(40 * ms, 400, 250) == 20 * ms);
  CHECK(lag.sample(50 * ms, 400, 300) == 20 * ms);
  CHECK(lag.sample(60 * ms, 400, 400) == 0);
}

TEST_CASE("A journal that stands still makes no view late") {
  lag_meter lag;
  CHECK(lag.sample(0, 7, 7) == 0);
  lag.note(900 * ms, 7);
  lag.note(1000 * ms, 8);
  CHECK(lag.sample(1001 * ms, 8, 7) == 101 * ms);
}

TEST_CASE("A view that is far behind costs bounded memory and is still measured") {
  lag_meter lag;
  for (std::uint64_t i = 0; i < 300'000; ++i)
    lag.note(i * 2 * ms, i);
  const auto late = lag.sample(600'000 * ms, 300'000, 100'000);
  CHECK(late >= 400'000 * ms);
  CHECK(late <= 400'100 * ms);
}

TEST_CASE("Statistics count answers and failures of an interval and of all") {
  statistics all;
  all.begun = 0;
  all.answered(operation_of(step::pay), 5 * ms, 3);
  all.answered(operation_of(question::show), ms);
  all.failed(operation_of(step::pay), errc::overloaded, 2);
  all.lag_seen(7 * ms, 40);
  all.roll(0, 1000 * ms, 1, 2);
  all.answered(operation_of(step::pay), 9 * ms);
  all.roll(1000 * ms, 2000 * ms, 1, 2);
  CHECK(all.of_commands().count() == 4);
  CHECK(all.of_questions().count() == 1);
  CHECK(all.failures.at(errc::overloaded) == 2);
  REQUIRE(all.series.points().size() == 2);
  CHECK(all.series.points()[0].done == 4);
  CHECK(all.series.points()[0].failed == 2);
  CHECK(all.series.points()[0].lag == 7 * ms);
  CHECK(all.series.points()[1].done == 1);
  CHECK(all.series.points()[1].lag == 0);
  all.in_time = 5;
  all.ended = 2000 * ms;
  CHECK(rate_of(all) == Approx(2.5));
}
