#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <caf/send.hpp>
#include <sqlite3.h>

#include "daybook/actors/bus.hpp"
#include "daybook/actors/projection.hpp"
#include "daybook/actors/query.hpp"
#include "daybook/actors/wiring.hpp"
#include "daybook/tests/support/actor_fixture.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// A journal on a disk, and a view that follows it: hears only what a test says to it.
class projection_fixture {
public:
  projection_fixture() : system_(config_), scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
    core_->settings.data_dir = dir_.path();
    core_->settings.projection_batch_events = 4;
    core_->view = view_files{dir_.path()};
    core_->log = std::make_shared<spdlog::logger>("test");
    auto books = file_journal::open(dir_.path(), {}, 1);
    REQUIRE(books.ok());
    core_->books = std::move(*books);
    auto view = open_view(*core_);
    REQUIRE(view.ok());
    bus_ = system_.spawn(event_bus, position_t{0});
    view_ = system_.spawn(projection, core_, bus_, std::make_shared<std::unique_ptr<order_view_writer>>(std::move(*view)));
    scheduler_.run();
  }

  ~projection_fixture() {
    caf::anon_send_exit(view_, caf::exit_reason::kill);
    caf::anon_send_exit(bus_, caf::exit_reason::kill);
    scheduler_.run();
  }

  /// The next commits of one event each, as the bus would bring them: durable, and heard by nobody.
  commit_batch write(std::size_t commits) {
    auto written = std::make_shared<std::vector<recorded_commit>>();
    for (std::size_t i = 0; i < commits; ++i) {
      commit next;
      next.stream = "other-1";
      next.expected_version = version_++;
      next.command_id = "command";
      next.events.push_back({"somethingHappened", "{}", false});
      auto outcomes = core_->books->append({next}, 1);
      INFO((outcomes.front() ? "" : outcomes.front().error().message));
      REQUIRE(outcomes.front().ok());
      written->push_back(std::move(*outcomes.front()));
    }
    return written;
  }

  void hear(const commit_batch& batch) { caf::anon_send(view_, heard_atom_v, batch); }

  /// Without letting time pass.
  position_t view_at_once() {
    scheduler_.run();
    return core_->view_position;
  }

  position_t view_after_running() {
    scheduler_.run();
    scheduler_.advance_time(projection_gathering_time);
    return view_at_once();
  }

  /// Makes the view anew; nobody is told.
  void rebuild() {
    caf::anon_send(view_, wire_atom_v, wires());
    ask_for_rebuild();
    scheduler_.run();
  }

  /// Asks for a rebuild and lets the view hear no more than that.
  void begin_rebuild() {
    caf::anon_send(view_, wire_atom_v, wires());
    scheduler_.run();
    ask_for_rebuild();
    scheduler_.run_once();
  }

  /// Lets the view go on until a new one is in its place, and not until those who read it know.
  void run_until_swapped() {
    for (const auto before = core_->view_generation.load(); core_->view_generation == before;) {
      REQUIRE(scheduler_.has_job());
      scheduler_.run_once();
    }
  }

  void ask_for_rebuild() { caf::anon_send(view_, rebuild_atom_v); }

  /// Where a query finds the view that wants at least this position.
  position_t asked(const query_actor& whom, position_t at_least) {
    position_t found = 0;
    caf::scoped_actor self{system_};
    auto question = self->request(whom, std::chrono::seconds{60}, view_status_query{{freshness::kind::at_least, at_least}});
    scheduler_.run();
    question.receive([&](const view_status& status) { found = status.position; },
                     [](caf::error& cause) { FAIL(from_caf(cause).message); });
    return found;
  }

  query_actor spawn_query() {
    auto made = system_.spawn(query, core_);
    caf::anon_send(made, wire_atom_v, wires());
    return made;
  }

  void end(const query_actor& whom) {
    caf::anon_send_exit(whom, caf::exit_reason::kill);
    scheduler_.run();
  }

  /// From now on (or no longer) the view's file refuses a position above this one.
  void refuse_above(position_t highest) {
    in_file("CREATE TRIGGER refusal BEFORE UPDATE ON checkpoint WHEN NEW.position > " + std::to_string(highest) +
            " BEGIN SELECT RAISE(FAIL, 'refused'); END");
  }
  void refuse_nothing() { in_file("DROP TRIGGER refusal"); }

  void pass_time(std::chrono::milliseconds time) {
    scheduler_.run();
    scheduler_.advance_time(time);
    scheduler_.run();
  }

  /// Messages that are under way for a later moment.
  bool waits_for_time() const { return scheduler_.has_pending_timeout(); }

  node_core& core() { return *core_; }

  /// Somebody waits for the position.
  void wait_for(position_t wanted) { caf::anon_send(view_, reached_atom_v, wanted); }

  void tell(position_t latest) { caf::anon_send(view_, latest_atom_v, latest); }

  /// The files of views, without the link.
  std::vector<std::filesystem::path> generations() const {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator{core_->view.link().parent_path()})
      if (!each.is_symlink() && each.path().extension() == ".db")
        found.push_back(each.path());
    return found;
  }

  /// The view that is being made takes nothing.
  void refuse_in_next() {
    const auto used = std::filesystem::canonical(core_->view.link()).filename();
    for (const auto& each : generations())
      if (each.filename() != used)
        in_file("CREATE TRIGGER refusal BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(FAIL, 'refused'); END", each);
  }

  /// Are told of a new view.
  std::vector<query_actor> told;

private:
  void in_file(const std::string& sql) { in_file(sql, core_->view.link()); }

  void in_file(const std::string& sql, const std::filesystem::path& path) {
    sqlite3* file = nullptr;
    REQUIRE(sqlite3_open_v2(path.c_str(), &file, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    CHECK(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(file);
  }

  wiring_ptr wires() const {
    auto made = std::make_shared<wiring>();
    made->projection = view_;
    made->queries = told;
    return made;
  }

  temp_dir dir_;
  test_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  node_core_ptr core_ = std::make_shared<node_core>();
  bus_actor bus_;
  projection_actor view_;
  version_t version_ = 0;
};

} // namespace

TEST_CASE("a view that follows the bus does not read in the journal what the bus is about to bring") {
  projection_fixture it;
  const auto first = it.write(2);
  const auto second = it.write(3);
  it.hear(first);
  CHECK(it.view_after_running() == 2);
  it.hear(second);
  CHECK(it.view_after_running() == 5);
}

TEST_CASE("what the bus left out is read in the journal, whatever is heard meanwhile") {
  projection_fixture it;
  it.write(10);
  const auto heard = it.write(3);
  const auto last = it.write(9);
  it.hear(heard);
  CHECK(it.view_after_running() == 22);
  it.hear(last);
  CHECK(it.view_after_running() == 22);
}

TEST_CASE("a view that is told of more than it has heard reads up to what it hears, and goes on with that") {
  projection_fixture it;
  it.write(10);
  const auto heard = it.write(20);
  it.write(5);
  it.tell(10);
  it.hear(heard);
  // Nobody told it of the last five.
  CHECK(it.view_after_running() == 30);
  it.tell(35);
  CHECK(it.view_after_running() == 35);
}

TEST_CASE("what the view has is not applied again") {
  projection_fixture it;
  const auto batch = it.write(3);
  it.tell(3);
  CHECK(it.view_after_running() == 3);
  it.hear(batch);
  it.hear(batch);
  CHECK(it.view_after_running() == 3);
  it.hear(it.write(1));
  CHECK(it.view_after_running() == 4);
}

TEST_CASE("events gather for a moment while nobody waits for the view") {
  projection_fixture it;
  it.hear(it.write(2));
  CHECK(it.view_at_once() == 0);
  it.hear(it.write(1));
  CHECK(it.view_after_running() == 3);
}

TEST_CASE("whoever waits for the view has at once what it has heard, and what it hears") {
  projection_fixture it;
  it.hear(it.write(2));
  it.wait_for(3);
  CHECK(it.view_at_once() == 2);
  it.hear(it.write(1));
  CHECK(it.view_at_once() == 3);
}

TEST_CASE("as many events as one transaction takes do not wait") {
  projection_fixture it;
  it.hear(it.write(4));
  CHECK(it.view_at_once() == 4);
}

TEST_CASE("no more events gather than the room of the reserve would take on a full device") {
  projection_fixture it;
  it.core().settings.projection_batch_events = 100;
  it.core().settings.reserve_bytes = 3 * projection_gathering_bytes;
  it.hear(it.write(2));
  CHECK(it.view_at_once() == 0);
  it.hear(it.write(1));
  CHECK(it.view_at_once() == 3);
}

TEST_CASE("without a reserve events gather nevertheless") {
  projection_fixture it;
  it.core().settings.projection_batch_events = 100;
  it.core().settings.reserve_bytes = 0;
  it.hear(it.write(10));
  CHECK(it.view_at_once() == 0);
  CHECK(it.view_after_running() == 10);
}

TEST_CASE("a query asks the view that is in use, also before anybody told it that there is another") {
  projection_fixture it;
  const auto query = it.spawn_query();
  it.hear(it.write(2));
  REQUIRE(it.view_after_running() == 2);
  CHECK(it.asked(query, 2) == 2);
  it.rebuild();
  it.hear(it.write(3));
  REQUIRE(it.view_after_running() == 5);
  CHECK(it.asked(query, 5) == 5);
  it.end(query);
}

TEST_CASE("with the projection off a rebuild goes up to the journal's end when it was asked for last") {
  projection_fixture it;
  it.core().settings.projection = false;
  it.write(3);
  it.begin_rebuild();
  it.write(4);
  CHECK(it.view_after_running() >= 3);
  it.begin_rebuild();
  it.write(2);
  it.rebuild();
  CHECK(it.view_at_once() == 9);
}

TEST_CASE("with the projection off a rebuild that is asked for while another is being told of is not passed over") {
  projection_fixture it;
  it.core().settings.projection = false;
  const auto query = it.spawn_query();
  it.told = {query};
  it.write(3);
  it.begin_rebuild();
  it.run_until_swapped();
  it.write(2);
  it.ask_for_rebuild();
  CHECK(it.view_at_once() == 5);
  it.told.clear();
  it.end(query);
}

TEST_CASE("a rebuild that fails leaves nothing of its view behind, which would take room on a full device") {
  projection_fixture it;
  it.hear(it.write(2));
  REQUIRE(it.view_after_running() == 2);
  it.begin_rebuild();
  REQUIRE(it.generations().size() == 2);
  it.refuse_in_next();
  CHECK(it.view_after_running() == 2);
  CHECK(it.generations().size() == 1);
}

TEST_CASE("whoever has waited for longer than queries do no longer keeps events from gathering") {
  projection_fixture it;
  it.wait_for(1'000);
  it.pass_time(it.core().settings.query_wait);
  it.hear(it.write(2));
  CHECK(it.view_at_once() == 0);
  CHECK(it.view_after_running() == 2);
}

TEST_CASE("a view that fails in the middle of what it has heard tries it again, once after each pause") {
  projection_fixture it;
  it.write(8);
  const auto first = it.write(6);
  const auto second = it.write(6);
  it.refuse_above(8);
  it.tell(8);
  it.hear(first);
  it.hear(second);
  CHECK(it.view_after_running() == 8);
  it.pass_time(std::chrono::milliseconds{500});
  CHECK(it.view_at_once() == 8);
  it.refuse_nothing();
  it.pass_time(std::chrono::milliseconds{500});
  CHECK(it.view_at_once() == 20);
  CHECK_FALSE(it.waits_for_time());
}

TEST_CASE("a view that failed takes less at a time, so that what fits is taken") {
  projection_fixture it;
  it.write(4);
  it.refuse_above(2);
  it.tell(4);
  CHECK(it.view_at_once() == 0);
  it.pass_time(std::chrono::milliseconds{500});
  CHECK(it.view_at_once() == 2);
  it.refuse_nothing();
  it.pass_time(std::chrono::milliseconds{500});
  CHECK(it.view_at_once() == 4);
}

TEST_CASE("a view that is made anew counts as empty before anybody can ask it") {
  projection_fixture it;
  it.hear(it.write(4));
  REQUIRE(it.view_at_once() == 4);
  const auto generation = it.core().view_generation.load();
  const auto file = std::filesystem::canonical(it.core().view.link());
  for (const auto* of : {"", "-wal", "-shm"})
    std::filesystem::remove(file.string() + of);
  std::ofstream{file} << std::string(1'000, 'x');
  REQUIRE(open_view(it.core()).ok());
  CHECK(it.core().view_position == 0);
  CHECK(it.core().view_generation > generation);
}
