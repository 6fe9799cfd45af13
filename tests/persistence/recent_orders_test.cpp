#include <string>

#include <catch2/catch.hpp>

#include "daybook/persistence/recent_orders.hpp"

using namespace daybook;

namespace {

projected_order order_with(std::string id, std::size_t lines) {
  projected_order made;
  made.id = std::move(id);
  made.state.request.lines.resize(lines);
  return made;
}

} // namespace

TEST_CASE("an order that was kept is taken once", "[view]") {
  recent_orders recent{10};
  recent.keep(order_with("a", 2));
  CHECK_FALSE(recent.take("b"));
  REQUIRE(recent.take("a"));
  CHECK_FALSE(recent.take("a"));
}

TEST_CASE("when there is no place left the orders that were kept first leave", "[view]") {
  recent_orders recent{6};
  recent.keep(order_with("a", 2));
  recent.keep(order_with("b", 1));
  recent.keep(order_with("c", 1));
  CHECK_FALSE(recent.take("a"));
  CHECK(recent.take("b"));
  CHECK(recent.take("c"));
}

TEST_CASE("an order that was taken and kept again is among the newest", "[view]") {
  recent_orders recent{4};
  recent.keep(order_with("a", 1));
  recent.keep(order_with("b", 1));
  recent.keep(*recent.take("a"));
  recent.keep(order_with("c", 1));
  CHECK(recent.take("a"));
  CHECK_FALSE(recent.take("b"));
}

TEST_CASE("an order that takes more than all places is not kept and drives nobody out", "[view]") {
  recent_orders recent{4};
  recent.keep(order_with("a", 1));
  recent.keep(order_with("huge", 4));
  CHECK_FALSE(recent.take("huge"));
  CHECK(recent.take("a"));
}

TEST_CASE("after clear nothing is left and everything has a place again", "[view]") {
  recent_orders recent{4};
  recent.keep(order_with("a", 3));
  recent.clear();
  CHECK_FALSE(recent.take("a"));
  recent.keep(order_with("b", 3));
  CHECK(recent.take("b"));
}
