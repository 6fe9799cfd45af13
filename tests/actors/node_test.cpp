#include <catch2/catch.hpp>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/wiring.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;

namespace {

/// A node on a real scheduler and real files.
class node_fixture {
public:
  node_fixture() : config{settings}, system{(configure(config), config)}, self{system} { settings.data_dir = dir.path(); }

  void start() {
    auto started = node::start(system, settings);
    INFO((started ? std::string{} : started.error().message));
    REQUIRE(started);
    running = std::move(*started);
  }

  void stop() { CHECK(std::exchange(running, nullptr)->stop()); }

  template <class Answer, class... Ts>
  result<Answer> ask(Ts... message) {
    result<Answer> answer = error{};
    self->request(running->gateway(), std::chrono::seconds{20}, std::move(message)...)
      .receive([&](Answer& found) { answer = std::move(found); }, [&](caf::error& cause) { answer = from_caf(cause); });
    return answer;
  }

  static order_command submit(const std::string& id) {
    order_command wish;
    wish.id = id;
    wish.command_id = "submit-" + id;
    wish.sent_at = 1'000'000;
    wish.action = submit_order{"17850", "", "GBP", "2010-12-01T08:26:00", {{"85123A", "HOLDER", "6", "2.55"}}};
    return wish;
  }

  temp_dir dir;
  node_settings settings;
  daybook_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  std::unique_ptr<node> running;
};

/// What a consumer has got, for another thread to wait for.
struct inbox {
  std::mutex mutex;
  std::condition_variable grown;
  std::vector<position_t> positions;

  std::vector<position_t> wait_for(std::size_t count) {
    std::unique_lock guard{mutex};
    grown.wait_for(guard, std::chrono::seconds{20}, [&] { return positions.size() >= count; });
    return positions;
  }
};

consumer_actor::behavior_type collector(consumer_actor::pointer, std::shared_ptr<inbox> into) {
  return {
    [into](const recorded_commit& commit) {
      const std::lock_guard guard{into->mutex};
      for (const auto& each : commit.events)
        into->positions.push_back(each.position);
      into->grown.notify_all();
      return caf::ok_atom_v;
    },
  };
}

} // namespace

TEST_CASE("a query sees what was acknowledged before it") {
  node_fixture it;
  it.start();
  for (int i = 1; i <= 50; ++i) {
    const auto id = std::to_string(i);
    REQUIRE(it.ask<receipt>(it.submit(id)));
    const auto found = it.ask<order_details>(show_query{id, {}, {}});
    REQUIRE(found);
    CHECK(found->summary.status == "validated");
  }
  it.stop();
}

TEST_CASE("what was acknowledged is there after a stop and a start in the same process") {
  node_fixture it;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  it.stop();
  it.start();
  const auto again = it.ask<receipt>(it.submit("1"));
  REQUIRE(again);
  CHECK(again->status == "validated");
  CHECK(again->position == 2);
  CHECK(it.ask<order_details>(show_query{"1", {}, {}})->summary.version == 2);
  it.stop();
}

TEST_CASE("with the projection off commands are stored, the view stays, and a rebuild brings it up to date") {
  node_fixture it;
  it.settings.projection = false;
  // Nobody waits so long: questions must not wait for a view that does not follow.
  it.settings.query_wait = std::chrono::minutes{10};
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  const auto behind = it.ask<order_details>(show_query{"1", {}, {}});
  REQUIRE_FALSE(behind);
  CHECK(behind.error().code == errc::view_behind);
  CHECK_THAT(behind.error().message, Catch::Contains("the projection is off, and the view at position 0 of 2"));
  CHECK(it.ask<summary_report>(summary_query{{freshness::kind::stale_ok, 0}})->orders_requested == 0);
  CHECK_FALSE(it.ask<node_status>(status_query{})->projection);
  CHECK(it.ask<position_t>(rebuild_atom_v).value() == 2);
  CHECK(it.ask<order_details>(show_query{"1", {}, {}})->summary.status == "validated");
  REQUIRE(it.ask<receipt>(it.submit("2")));
  CHECK(it.ask<order_details>(show_query{"2", {}, {}}).error().code == errc::view_behind);
  it.stop();
}

TEST_CASE("with the projection off a view that cannot be used is made again once, and not left empty") {
  node_fixture it;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  it.stop();
  for (const auto& each : std::filesystem::directory_iterator{it.dir.path() / "view"})
    if (each.is_regular_file() && !each.is_symlink())
      std::ofstream{each.path()} << std::string(1'000, 'x');
  it.settings.projection = false;
  it.start();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  auto view = it.ask<view_status>(view_status_query{{freshness::kind::stale_ok, 0}});
  while (view && view->position < 2 && std::chrono::steady_clock::now() < until)
    view = it.ask<view_status>(view_status_query{{freshness::kind::stale_ok, 0}});
  CHECK(view->position == 2);
  it.stop();
}

TEST_CASE("a view that did not follow catches up when the projection is on again") {
  node_fixture it;
  it.settings.projection = false;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  it.stop();
  it.settings.projection = true;
  it.start();
  CHECK(it.ask<order_details>(show_query{"1", {}, {}})->summary.status == "validated");
  CHECK(it.ask<node_status>(status_query{})->projection);
  it.stop();
}

TEST_CASE("commands in one message have one outcome each, in order") {
  node_fixture it;
  it.start();
  std::vector<order_command> wishes{it.submit("1"), it.submit("bad id"), it.submit("2"), it.submit("1")};
  const auto outcomes = it.ask<std::vector<outcome>>(wishes);
  REQUIRE(outcomes);
  REQUIRE(outcomes->size() == 4);
  CHECK((*outcomes)[0].answer.status == "validated");
  CHECK_FALSE((*outcomes)[1].answered);
  CHECK((*outcomes)[1].code == errc::illegal_id);
  CHECK((*outcomes)[2].answer.id == "2");
  CHECK((*outcomes)[3].answer.position == (*outcomes)[0].answer.position);
  it.stop();
}

TEST_CASE("commands that are sent twenty times more have the first receipt every time and change nothing, also after a start") {
  node_fixture it;
  it.start();
  std::vector<order_command> wishes;
  for (int i = 0; i < 500; ++i)
    wishes.push_back(it.submit(std::to_string(i)));
  const auto first = it.ask<std::vector<outcome>>(wishes);
  REQUIRE(first);
  for (int round = 0; round < 20; ++round) {
    if (round == 10) {
      it.stop();
      it.start();
    }
    const auto again = it.ask<std::vector<outcome>>(wishes);
    REQUIRE(again);
    for (std::size_t i = 0; i < wishes.size(); ++i)
      if (!(*again)[i].answered || (*again)[i].answer.position != (*first)[i].answer.position ||
          (*again)[i].answer.status != (*first)[i].answer.status || (*again)[i].answer.version != 2)
        FAIL("round " << round << ", order " << i << ": another receipt");
  }
  CHECK(it.ask<node_status>(status_query{})->journal_position == 1000);
  it.stop();
}

TEST_CASE("past the admission limit commands are refused at once and none is stored") {
  node_fixture it;
  it.settings.admission_limit = 8;
  it.start();
  std::vector<order_command> wishes;
  for (int i = 0; i < 100; ++i)
    wishes.push_back(it.submit(std::to_string(i)));
  const auto outcomes = it.ask<std::vector<outcome>>(wishes);
  REQUIRE(outcomes);
  std::uint64_t stored = 0;
  std::uint64_t overloaded = 0;
  for (const auto& each : *outcomes) {
    stored += each.answered;
    overloaded += !each.answered && each.code == errc::overloaded;
  }
  CHECK(stored >= 8);
  CHECK(overloaded > 0);
  CHECK(stored + overloaded == 100);
  CHECK(it.ask<summary_report>(summary_query{})->orders_requested == static_cast<std::int64_t>(stored));
  it.stop();
}

TEST_CASE("a consumer gets every commit once and in order, over the seam between journal and bus") {
  node_fixture it;
  it.start();
  for (int i = 0; i < 100; ++i)
    REQUIRE(it.ask<receipt>(it.submit("before-" + std::to_string(i))));
  auto got = std::make_shared<inbox>();
  REQUIRE(it.running->subscribe(it.system.spawn(collector, got), 1));
  for (int i = 0; i < 100; ++i)
    REQUIRE(it.ask<receipt>(it.submit("after-" + std::to_string(i))));
  const auto positions = got->wait_for(400);
  REQUIRE(positions.size() == 400);
  for (std::size_t i = 0; i < positions.size(); ++i)
    REQUIRE(positions[i] == i + 1);
  it.stop();
}

TEST_CASE("the view is made anew beside the old one and takes over") {
  node_fixture it;
  it.start();
  for (int i = 0; i < 20; ++i)
    REQUIRE(it.ask<receipt>(it.submit(std::to_string(i))));
  const auto before = it.ask<summary_report>(summary_query{});
  const auto position = it.ask<position_t>(rebuild_atom_v);
  REQUIRE(position);
  CHECK(*position == 40);
  const auto after = it.ask<summary_report>(summary_query{});
  REQUIRE(after);
  CHECK(after->orders_validated == before->orders_validated);
  REQUIRE(it.ask<receipt>(it.submit("later")));
  CHECK(it.ask<summary_report>(summary_query{})->orders_validated == 21);
  it.stop();
}

TEST_CASE("a stop leaves no actor with a thread of its own behind, whose timers would keep the actor system from ending") {
  node_fixture it;
  for (int i = 0; i < 20; ++i) {
    it.start();
    REQUIRE(it.ask<receipt>(it.submit(std::to_string(i))));
    REQUIRE(it.ask<summary_report>(summary_query{}));
    // Asks the queries, with a deadline that CAF keeps a timer for.
    REQUIRE(it.ask<position_t>(rebuild_atom_v));
    std::vector<caf::actor_addr> members;
    {
      const auto wires = it.running->who_is_who();
      REQUIRE(wires);
      members = {(*wires)->journal.address(), (*wires)->history.address(), (*wires)->projection.address(),
                 (*wires)->archive.address(), (*wires)->queries.front().address()};
    }
    it.stop();
    for (const auto& each : members)
      REQUIRE(caf::actor_cast<caf::strong_actor_ptr>(each) == nullptr);
  }
}

TEST_CASE("a deleted view is made again at the next start") {
  node_fixture it;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  it.stop();
  std::filesystem::remove_all(it.dir.path() / "view");
  it.start();
  CHECK(it.ask<summary_report>(summary_query{})->orders_validated == 1);
  it.stop();
}

TEST_CASE("a journal that is shorter than what the view has seen is refused, not served") {
  node_fixture it;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  it.stop();
  const auto copy = it.dir.path() / "copy";
  std::filesystem::copy(it.dir.path() / "journal", copy, std::filesystem::copy_options::recursive);
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("2")));
  // The answer comes when the view has all of it.
  REQUIRE(it.ask<summary_report>(summary_query{}));
  it.stop();
  std::filesystem::remove_all(it.dir.path() / "journal");
  // The index would notice, too: without it the view has to.
  std::filesystem::remove_all(it.dir.path() / "index");
  std::filesystem::rename(copy, it.dir.path() / "journal");
  const auto started = node::start(it.system, it.settings);
  REQUIRE_FALSE(started);
  CHECK(started.error().code == errc::journal_damaged);
  CHECK_THAT(started.error().message, Catch::Contains("position 3: the view has seen more: position 4"));
}

TEST_CASE("an order as it was then is folded from its events, whatever the view has") {
  node_fixture it;
  it.start();
  REQUIRE(it.ask<receipt>(it.submit("1")));
  auto pay = it.submit("1");
  pay.command_id = "pay";
  pay.action = record_payment{"15.30", "", ""};
  REQUIRE(it.ask<receipt>(pay));
  CHECK(it.ask<order_details>(show_query{"1", {}, {1, 0}})->summary.status == "requested");
  CHECK(it.ask<order_details>(show_query{"1", {}, {2, 0}})->summary.status == "validated");
  CHECK(it.ask<order_details>(show_query{"1", {}, {}})->summary.status == "paid");
  CHECK(it.ask<order_details>(show_query{"1", {}, {0, 1}}).error().code == errc::not_found);
  it.stop();
}

TEST_CASE("a question for events that do not exist yet is answered when they do") {
  node_fixture it;
  it.start();
  auto waiting =
    it.self->request(it.running->gateway(), std::chrono::seconds{20}, commits_query{1, 100, std::chrono::milliseconds{10'000}});
  caf::scoped_actor other{it.system};
  other->request(it.running->gateway(), std::chrono::seconds{20}, it.submit("1"))
    .receive([](const receipt&) {}, [](caf::error&) { FAIL("no receipt"); });
  waiting.receive([](const commit_page& page) { CHECK_FALSE(page.commits.empty()); }, [](caf::error&) { FAIL("no page"); });
  const auto nothing = it.ask<commit_page>(commits_query{3, 100, std::chrono::milliseconds{60}});
  REQUIRE(nothing);
  CHECK(nothing->commits.empty());
  CHECK(nothing->last_position == 2);
  it.stop();
}

namespace {

/// Ends a member as a defect would, and waits until the supervisor has replaced it.
template <class Member>
void end_and_wait(node_fixture& it, Member member) {
  const auto old = member(**it.running->who_is_who());
  it.self->monitor(old);
  it.self->send_exit(old, caf::exit_reason::kill);
  bool is_down = false;
  it.self->receive([&](const caf::down_msg&) { is_down = true; },
                   caf::after(std::chrono::seconds{20}) >> [] { FAIL("it did not end"); });
  REQUIRE(is_down);
  for (int i = 0; i < 100'000; ++i)
    if (member(**it.running->who_is_who()) != old)
      return;
  FAIL("it was not replaced");
}

void works(node_fixture& it, const std::string& id) {
  const auto answer = it.ask<receipt>(it.submit(id));
  INFO((answer ? std::string{} : answer.error().message));
  REQUIRE(answer);
  CHECK(answer->status == "validated");
  const auto found = it.ask<order_details>(show_query{id, {}, {}});
  INFO((found ? std::string{} : found.error().message));
  REQUIRE(found);
}

} // namespace

TEST_CASE("a member that dies is replaced, the node goes on, and it stops and starts again") {
  node_fixture it;
  it.start();
  works(it, "1");
  SECTION("the router and the orders with it") {
    end_and_wait(it, [](const wiring& who) { return who.orders; });
  }
  SECTION("a query") {
    end_and_wait(it, [](const wiring& who) { return who.queries.front(); });
  }
  SECTION("the archive") {
    end_and_wait(it, [](const wiring& who) { return who.archive; });
  }
  SECTION("the projection") {
    end_and_wait(it, [](const wiring& who) { return who.projection; });
  }
  SECTION("the history") {
    end_and_wait(it, [](const wiring& who) { return who.history; });
  }
  SECTION("the feed") {
    end_and_wait(it, [](const wiring& who) { return who.feed; });
  }
  SECTION("the bus, and everyone who follows it") {
    const auto old = (**it.running->who_is_who()).projection;
    end_and_wait(it, [](const wiring& who) { return who.bus; });
    for (int i = 0; i < 100'000 && (**it.running->who_is_who()).projection == old; ++i) {
      // The projection follows its bus into death; the supervisor's answer says when.
    }
  }
  works(it, "2");
  works(it, "3");
  it.stop();
  it.start();
  CHECK(it.ask<summary_report>(summary_query{})->orders_validated == 3);
  it.stop();
}

TEST_CASE("a journal that dies ends writing for good, and reading goes on") {
  node_fixture it;
  it.start();
  works(it, "1");
  const auto journal = (**it.running->who_is_who()).journal;
  it.self->monitor(journal);
  it.self->send_exit(journal, caf::exit_reason::kill);
  it.self->receive([](const caf::down_msg&) {}, caf::after(std::chrono::seconds{20}) >> [] { FAIL("it did not end"); });
  const auto refused = it.ask<receipt>(it.submit("2"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_failed);
  CHECK(it.ask<order_details>(show_query{"1", {}, {}}));
  const auto status = it.ask<node_status>(status_query{});
  REQUIRE(status);
  CHECK_FALSE(status->journal_failure.empty());
}
