#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daybook/apps/load/workload.hpp"
#include "daybook/domain/ids.hpp"
#include "daybook/domain/order.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

/// A node as the domain's rules make it, without journal or actors.
class toy_node {
public:
  ending carry_out(const order_command& wish) {
    auto& state = orders[wish.id];
    const auto decision = decide(state, wish);
    const auto* events = std::get_if<std::vector<order_event>>(&decision);
    if (events == nullptr)
      return ending::refused;
    for (const auto& each : *events)
      evolve(state, each);
    for (const auto& each : follow_up(state))
      evolve(state, each);
    return ending::carried_out;
  }

  std::map<std::string, order> orders;
};

struct played {
  std::map<std::string, std::vector<order_command>> by_order;
  std::size_t commands = 0;
  std::size_t refused = 0;
  std::size_t questions = 0;
  toy_node node;
};

/// Lets a load run against the toy, with so many under way that are answered in turn.
played play(workload_settings settings, std::uint64_t seed, std::size_t in_flight, std::size_t most = 1'000'000) {
  const run_names names{seed};
  workload load{std::move(settings), names};
  load.begin(phase::prepared);
  played result;
  std::deque<std::pair<order_command, sent>> under_way;
  bool is_prepared = false;
  for (std::size_t i = 0; i < most; ++i) {
    order_command wish;
    asked text;
    sent tag;
    const auto given = under_way.size() < in_flight ? load.next(wish, text, tag) : offer::wait;
    if (given == offer::command)
      under_way.emplace_back(std::move(wish), tag);
    else if (given == offer::question)
      ++result.questions;
    if (given == offer::finished && under_way.empty()) {
      if (std::exchange(is_prepared, true))
        return result;
      load.begin(phase::measured);
    }
    if ((given == offer::wait || given == offer::finished) && !under_way.empty()) {
      auto [done, of] = std::move(under_way.front());
      under_way.pop_front();
      const auto how = result.node.carry_out(done);
      ++result.commands;
      result.refused += how == ending::refused ? 1 : 0;
      load.ended(of, how);
      result.by_order[done.id].push_back(std::move(done));
    }
  }
  return result;
}

std::string text_of(const std::vector<order_command>& commands) {
  std::string text;
  for (const auto& each : commands) {
    text += each.id + " " + each.command_id + " " + std::string{name(each.action)};
    if (const auto* submit = std::get_if<submit_order>(&each.action)) {
      text += submit->customer + submit->country + *submit->ordered_at;
      for (const auto& line : submit->lines)
        text += line.stock_code + line.description + line.quantity + line.unit_price;
    } else if (const auto* pay = std::get_if<record_payment>(&each.action)) {
      text += pay->amount;
    } else if (const auto* refund = std::get_if<record_refund>(&each.action)) {
      text += refund->amount;
    }
    text += "\n";
  }
  return text;
}

workload_settings lifecycle(std::uint32_t orders) {
  workload_settings settings;
  settings.orders = orders;
  return settings;
}

} // namespace

TEST_CASE("Lives end as they were planned, and nothing but a late cancellation is refused") {
  const auto all = play(lifecycle(2'000), 5, 64);
  REQUIRE(all.node.orders.size() == 2'000);
  std::map<order_status, int> ends;
  for (const auto& [id, order] : all.node.orders) {
    ++ends[order.status];
    CHECK(order.due_back() == 0);
  }
  for (const auto& [status, least, most] :
       {std::tuple{order_status::rejected, 110, 210}, std::tuple{order_status::validated, 70, 170},
        std::tuple{order_status::cancelled, 70, 170}, std::tuple{order_status::undeliverable, 15, 70},
        std::tuple{order_status::returned, 70, 170}, std::tuple{order_status::partly_returned, 60, 170},
        std::tuple{order_status::delivered, 1'200, 1'440}}) {
    INFO(name(status) << ": " << ends[status]);
    CHECK(ends[status] >= least);
    CHECK(ends[status] <= most);
  }
  CHECK(ends.size() == 7);
  CHECK(all.refused > 0);
  CHECK(all.refused < 80);
}

TEST_CASE("An order's commands depend on seed and number, not on how many are under way") {
  const auto one = play(lifecycle(200), 9, 1);
  const auto many = play(lifecycle(200), 9, 100);
  const auto other = play(lifecycle(200), 10, 1);
  REQUIRE(one.by_order.size() == 200);
  for (const auto& [id, commands] : one.by_order)
    CHECK(text_of(commands) == text_of(many.by_order.at(id)));
  CHECK(other.by_order.begin()->first != one.by_order.begin()->first);
}

TEST_CASE("Every command has an id of its own, a legal UUID") {
  const auto all = play(lifecycle(500), 1, 10);
  std::set<std::string> ids;
  for (const auto& [id, commands] : all.by_order)
    for (const auto& each : commands) {
      CHECK(is_legal_id(each.id));
      REQUIRE(each.command_id.size() == 36);
      CHECK(each.command_id[14] == '8');
      CHECK(std::string{"89ab"}.find(each.command_id[19]) != std::string::npos);
      CHECK(ids.insert(each.command_id).second);
    }
}

TEST_CASE("The submit mix makes new orders of three lines that are all valid") {
  workload_settings settings;
  settings.what = mix::submit;
  settings.commands = 300;
  const auto all = play(settings, 3, 20);
  CHECK(all.node.orders.size() == 300);
  for (const auto& [id, order] : all.node.orders) {
    CHECK(order.status == order_status::validated);
    CHECK(order.lines.size() == 3);
  }
}

TEST_CASE("The pay mix prepares its orders and spreads small payments over them, never refused") {
  workload_settings settings;
  settings.what = mix::pay;
  settings.prepare = 10;
  settings.commands = 95;
  const auto all = play(settings, 3, 20);
  CHECK(all.node.orders.size() == 10);
  CHECK(all.refused == 0);
  CHECK(all.commands == 105);
  minor_units paid = 0;
  for (const auto& [id, order] : all.node.orders) {
    paid += order.paid;
    CHECK((order.paid == 9 || order.paid == 10));
  }
  CHECK(paid == 95);
}

TEST_CASE("The read mix only asks, the mixed one asks about orders that were acknowledged") {
  workload_settings reads;
  reads.what = mix::read;
  reads.prepare = 5;
  reads.commands = 1'000;
  const auto read = play(reads, 3, 20);
  CHECK(read.commands == 5);
  CHECK(read.questions == 1'000);
  workload_settings mixed = lifecycle(500);
  mixed.what = mix::mixed;
  const auto both = play(mixed, 3, 20);
  CHECK(both.node.orders.size() == 500);
  CHECK(both.questions * 4 > both.commands / 2);
  CHECK(both.questions * 2 < both.commands);
}

TEST_CASE("Names tell a run's orders from those of others") {
  const run_names names{42};
  for (const auto in : {phase::measured, phase::warm_up, phase::prepared})
    for (const auto count : {0u, 1u, 1'000'000u, orders_max})
      CHECK(names.number_in(names.order_id(number_of(in, count))) == number_of(in, count));
  for (const auto* other : {"load-42-", "load-42-m", "load-42-x1", "load-42-m01", "load-42-m1x", "load-421-m1", "536365", "",
                            "load-42-m1073741824", "load-42-m-1"})
    CHECK_FALSE(names.number_in(other));
  run_names own{42};
  own.use_ids({"536365", "A-1"});
  CHECK(own.order_id(1) == "A-1");
  CHECK(own.number_in("536365") == 0u);
  CHECK_FALSE(own.number_in("536366"));
}

TEST_CASE("Few customers and products have most of the orders") {
  workload_settings settings;
  settings.what = mix::submit;
  settings.commands = 2'000;
  const auto all = play(settings, 3, 20);
  std::map<std::string, int> by_customer;
  for (const auto& [id, order] : all.node.orders)
    ++by_customer[order.request.customer];
  int greatest = 0;
  for (const auto& [id, count] : by_customer)
    greatest = std::max(greatest, count);
  CHECK(greatest > 100);
  CHECK(by_customer.size() > 400);
}
