#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "daybook/tests/support/actor_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

TEST_CASE("an idle order leaves memory and comes back with its history") {
  order_fixture node{{100, std::chrono::seconds{10}}};
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  CHECK(node.residents() == 1);
  for (int i = 0; i < 4; ++i) {
    node.scheduler.advance_time(std::chrono::seconds{5});
    node.scheduler.run();
  }
  CHECK(node.residents() == 0);
  const auto paid = node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2"));
  REQUIRE(paid);
  CHECK(paid->status == "paid");
  CHECK(*node.reads == 1);
}

TEST_CASE("past the limit the longest unused orders leave") {
  order_fixture node{{3, std::chrono::seconds{1000}}};
  for (int i = 1; i <= 8; ++i)
    REQUIRE(node.ask(node.wish(std::to_string(i), node.good_request(), "c1")));
  CHECK(node.residents() == 3);
  // The last one used is still there: nothing is read for it.
  REQUIRE(node.ask(node.wish("8", record_payment{"1", "", ""}, "c2")));
  CHECK(*node.reads == 0);
  REQUIRE(node.ask(node.wish("1", record_payment{"1", "", ""}, "c2")));
  CHECK(*node.reads == 1);
}

TEST_CASE("orders that come faster than others can go leave in the end") {
  order_fixture node{{3, std::chrono::seconds{1000}}};
  const auto submit_at_once = [&](int from, int to) {
    std::vector<decltype(node.send(node.wish("1", node.good_request(), "c1")))> under_way;
    for (int i = from; i < to; ++i)
      under_way.push_back(node.send(node.wish(std::to_string(i), node.good_request(), "c1")));
    for (auto& each : under_way)
      REQUIRE(node.answer_of(std::move(each))->status == "validated");
  };
  // All of them are busy when they are asked, and stay.
  submit_at_once(0, 200);
  CHECK(node.residents() > 100);
  submit_at_once(200, 220);
  CHECK(node.residents() <= 3 + 20);
}

TEST_CASE("no command is lost while its order leaves memory") {
  order_fixture node{{1, std::chrono::seconds{1000}}};
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  // Asks order 1 to leave, and has a command for it on the way before it is gone.
  auto other = node.send(node.wish("2", node.good_request(), "c1"));
  auto paid = node.send(node.wish("1", record_payment{"15.30", "", ""}, "c2"));
  auto shipped = node.send(node.wish("1", ship_order{"", ""}, "c3"));
  CHECK(node.answer_of(std::move(other))->status == "validated");
  CHECK(node.answer_of(std::move(paid))->status == "paid");
  CHECK(node.answer_of(std::move(shipped))->status == "shipped");
}

TEST_CASE("an order that waits for the journal stays, and says so") {
  order_fixture node{{1, std::chrono::seconds{1000}}};
  node.mood->is_silent = true;
  auto first = node.send(node.wish("1", node.good_request(), "c1"));
  auto second = node.send(node.wish("2", node.good_request(), "c1"));
  node.scheduler.run();
  CHECK(node.residents() == 2);
  node.scheduler.advance_time(std::chrono::seconds{31});
  CHECK(node.answer_of(std::move(first)).error().code == errc::timed_out);
  CHECK(node.answer_of(std::move(second)).error().code == errc::timed_out);
}

TEST_CASE("an order that is asked to leave while it waits for a silent journal gives up in time all the same") {
  order_fixture node{{1, std::chrono::seconds{1000}}};
  node.mood->is_silent = true;
  auto first = node.send(node.wish("1", node.good_request(), "c1"));
  node.scheduler.run();
  node.scheduler.advance_time(std::chrono::seconds{25});
  auto second = node.send(node.wish("2", node.good_request(), "c1"));
  node.scheduler.run();
  node.scheduler.advance_time(std::chrono::seconds{10});
  node.scheduler.run();
  node.mood->is_silent = false;
  // What has given up reads its history and takes the command again; what still waited would keep it.
  auto again = node.send(node.wish("1", node.good_request(), "c1"));
  node.scheduler.run();
  CHECK(node.answer_of(std::move(again)).ok());
  CHECK(node.answer_of(std::move(first)).error().code == errc::timed_out);
  (void) second;
}
