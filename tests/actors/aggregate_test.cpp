#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <unordered_map>

#include "daybook/tests/support/actor_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

using reasons = std::vector<std::string>;

TEST_CASE("an order request is durable before anything about it is decided") {
  order_fixture node;
  const auto answer = node.ask(node.wish("1", node.good_request(), "c1"));
  REQUIRE(answer);
  CHECK(answer->status == "validated");
  CHECK(answer->version == 2);
  CHECK(answer->position == 2);
  REQUIRE(node.mood->asked.size() == 2);
  CHECK(node.mood->asked[0].events[0].type == "OrderRequested");
  CHECK(node.mood->asked[0].events[0].open);
  CHECK(node.mood->asked[1].events[0].type == "OrderValidated");
  CHECK_FALSE(node.mood->asked[1].events[0].open);
}

TEST_CASE("a request that is wrong is stored all the same and rejected by an event of its own") {
  order_fixture node;
  const auto answer = node.ask(node.wish("1", node.good_request(""), "c1"));
  REQUIRE(answer);
  CHECK(answer->status == "rejected");
  CHECK(answer->reasons == reasons{"missing_customer"});
  CHECK_FALSE(answer->refused);
  CHECK(node.books->events.size() == 2);
}

TEST_CASE("the same command id gives the first receipt and records nothing") {
  order_fixture node;
  const auto first = node.ask(node.wish("1", node.good_request(), "c1"));
  REQUIRE(node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2")));
  const auto again = node.ask(node.wish("1", node.good_request(), "c1"));
  REQUIRE(first);
  REQUIRE(again);
  CHECK(again->status == first->status);
  CHECK(again->position == first->position);
  CHECK(again->version == first->version);
  CHECK(again->reasons.empty());
  CHECK(node.books->events.size() == 3);
}

TEST_CASE("commands whose ids have one hash keep a receipt each") {
  // What the actor looks for first has 32 bits: among this many ids two have the same.
  std::unordered_map<std::uint32_t, std::string> seen;
  std::string one;
  std::string other;
  for (int i = 0; other.empty(); ++i) {
    const auto id = "c" + std::to_string(i);
    const auto [known, is_new] = seen.emplace(static_cast<std::uint32_t>(std::hash<std::string>{}(id)), id);
    if (!is_new) {
      one = known->second;
      other = id;
    }
  }
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "first")));
  CHECK(node.ask(node.wish("1", record_payment{"1.00", "", ""}, one))->version == 3);
  CHECK(node.ask(node.wish("1", record_payment{"2.00", "", ""}, other))->version == 4);
  CHECK(node.ask(node.wish("1", record_payment{"1.00", "", ""}, one))->version == 3);
  CHECK(node.ask(node.wish("1", record_payment{"2.00", "", ""}, other))->version == 4);
  CHECK(node.books->events.size() == 4);
}

TEST_CASE("a command id with other content is refused") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  const auto answer = node.ask(node.wish("1", node.good_request("17851"), "c1"));
  REQUIRE(answer);
  CHECK(answer->refused);
  CHECK(answer->reasons == reasons{"command_id_reused"});
  CHECK(answer->status == "validated");
}

TEST_CASE("a command is refused on what the journal has, not on what the actor knew before somebody else wrote") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  REQUIRE(node.ask(node.wish("1", ship_order{}, "c2"))->reasons == reasons{"not_allowed"});
  // As the last commit of an actor whose router was replaced.
  commit paid;
  paid.stream = "order-1";
  paid.expected_version = 2;
  paid.command_id = "c3";
  paid.events.push_back({"PaymentRecorded", order_codec::encode(payment_recorded{1530, "GBP", ""}), false});
  REQUIRE(node.books->append({paid}, 1'000'000).front());
  const auto answer = node.ask(node.wish("1", ship_order{}, "c4"));
  REQUIRE(answer);
  CHECK(answer->status == "shipped");
  CHECK(answer->version == 4);
}

TEST_CASE("a refusal is not remembered: repeated, the command is decided anew") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  const auto refused = node.ask(node.wish("1", ship_order{"", ""}, "c2"));
  REQUIRE(refused);
  CHECK(refused->reasons == reasons{"not_allowed"});
  REQUIRE(node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c3")));
  const auto shipped = node.ask(node.wish("1", ship_order{"", ""}, "c2"));
  REQUIRE(shipped);
  CHECK(shipped->reasons.empty());
  CHECK(shipped->status == "shipped");
}

TEST_CASE("commands of one order are decided one at a time, each on what the one before made durable") {
  order_fixture node;
  auto submitted = node.send(node.wish("1", node.good_request(), "c1"));
  auto paid = node.send(node.wish("1", record_payment{"15.30", "", ""}, "c2"));
  auto shipped = node.send(node.wish("1", ship_order{"", ""}, "c3"));
  CHECK(node.answer_of(std::move(submitted))->status == "validated");
  CHECK(node.answer_of(std::move(paid))->status == "paid");
  CHECK(node.answer_of(std::move(shipped))->status == "shipped");
}

TEST_CASE("a journal that fails is answered with its error, and the order is read again before it decides") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  node.mood->failure = errc::storage_failed;
  const auto failed = node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == errc::storage_failed);
  node.mood->failure.reset();
  const auto reads = *node.reads;
  const auto paid = node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2"));
  REQUIRE(paid);
  CHECK(paid->status == "paid");
  CHECK(*node.reads == reads + 1);
}

TEST_CASE("a full disk leaves the order as it was, and the command can be sent again") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  node.mood->failure = errc::disk_full;
  CHECK(node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2")).error().code == errc::disk_full);
  node.mood->failure.reset();
  CHECK(node.ask(node.wish("1", record_payment{"15.30", "", ""}, "c2"))->status == "paid");
}

TEST_CASE("a journal that stays silent ends in a timeout, not in waiting for ever") {
  order_fixture node;
  node.mood->is_silent = true;
  auto response = node.send(node.wish("1", node.good_request(), "c1"));
  node.scheduler.run();
  node.scheduler.advance_time(std::chrono::seconds{31});
  const auto answer = node.answer_of(std::move(response));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::timed_out);
}

TEST_CASE("a verdict that a crash left out is given by resume, without the client") {
  order_fixture node;
  // The request is in the journal, its verdict is not.
  commit request;
  request.stream = "order-1";
  request.command_id = "c1";
  request.command_hash = order_codec::fingerprint(node.good_request());
  request.events.push_back({"OrderRequested", order_codec::encode(order_requested{"17850", "", "GBP", "2010-12-01T08:26:00",
                                                                                  {{"85123A", "", "6", "2.55"}}}),
                            true});
  REQUIRE(node.books->append({request}, 1).front());
  auto response = node.self->request(node.orders, std::chrono::seconds{60}, resume_atom_v, std::string{"1"});
  node.scheduler.run();
  bool is_done = false;
  response.receive([&](caf::ok_atom) { is_done = true; }, [](caf::error&) {});
  CHECK(is_done);
  REQUIRE(node.books->events.size() == 2);
  CHECK(node.books->events[1].type == "OrderValidated");
  CHECK(node.books->events[1].command_id == "c1");
}

TEST_CASE("an event that nobody understands stops its order with an error and no other") {
  order_fixture node;
  commit odd;
  odd.stream = "order-1";
  odd.command_id = "c1";
  odd.events.push_back({"OrderTeleported", "{}", false});
  REQUIRE(node.books->append({odd}, 1).front());
  CHECK(node.ask(node.wish("1", cancel_order{""}, "c2")).error().code == errc::unsupported_format);
  CHECK(node.ask(node.wish("2", node.good_request(), "c3"))->status == "validated");
}

TEST_CASE("when somebody else wrote first, the order is read again and the command decided anew") {
  order_fixture node;
  REQUIRE(node.ask(node.wish("1", node.good_request(), "c1")));
  // A commit that this aggregate does not know of, as after a timeout that was none.
  commit late;
  late.stream = "order-1";
  late.expected_version = 2;
  late.command_id = "c2";
  late.command_hash = order_codec::fingerprint(record_payment{"15.30", "", ""});
  late.events.push_back({"PaymentRecorded", order_codec::encode(payment_recorded{1530, "GBP", ""}), false});
  REQUIRE(node.books->append({late}, 1).front());
  const auto cancelled = node.ask(node.wish("1", cancel_order{""}, "c3"));
  REQUIRE(cancelled);
  CHECK(cancelled->status == "cancelled");
  CHECK(cancelled->version == 4);
  CHECK(*node.reads == 1);
}
