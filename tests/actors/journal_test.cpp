#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include <caf/actor_cast.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include "daybook/actors/journal.hpp"
#include "daybook/actors/node_core.hpp"
#include "daybook/tests/support/actor_fixture.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr std::chrono::hours forever{1};
constexpr int pauses_max = 1'000;

/// A journal's actor over a journal on a disk. Its thread is the test's; where it stands still, the test goes on.
class journal_fixture {
public:
  explicit journal_fixture(std::chrono::milliseconds gathering_time) :
      system_(config_), scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
    core_->settings.commit_gathering_time = gathering_time;
    core_->log = std::make_shared<spdlog::logger>("test");
    core_->world.now = [this] { return ++writes; };
    core_->world.pause = [this](std::chrono::nanoseconds) {
      // A defect must not make the test wait for an hour.
      if (++pauses == pauses_max)
        core_->commands_in_flight = 0;
      commit_some(meanwhile);
    };
    auto books = file_journal::open(dir_.path(), {}, 1);
    REQUIRE(books.ok());
    core_->books = std::move(*books);
    journal_ = system_.spawn(journal_writer, core_);
  }

  ~journal_fixture() {
    caf::anon_send_exit(journal_, caf::exit_reason::kill);
    scheduler_.run();
  }

  /// So many streams begin. Nothing is written before `run`.
  void commit_some(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      commit next;
      next.stream = "other-" + std::to_string(++streams_);
      next.command_id = "command";
      next.events.push_back({"somethingHappened", "{}", false});
      caf::anon_send(journal_, append_atom_v, std::move(next));
    }
  }

  void run() { scheduler_.run(); }

  position_t last_position() const { return core_->books->last_position(); }

  node_core& core() { return *core_; }

  /// Messages in the journal's mailbox.
  std::size_t waiting() const { return caf::actor_cast<caf::scheduled_actor*>(journal_)->mailbox().size(); }

  time_us writes = 0;
  int pauses = 0;
  /// Commits that come while the journal stands still.
  std::size_t meanwhile = 0;

private:
  temp_dir dir_;
  test_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  std::shared_ptr<node_core> core_ = std::make_shared<node_core>();
  journal_actor journal_;
  std::size_t streams_ = 0;
};

} // namespace

TEST_CASE("while many commit, a write waits for those that are under way") {
  journal_fixture given{forever};
  given.commit_some(gathering_commits_min);
  given.run();
  given.core().commands_in_flight = 7;
  given.meanwhile = 3;
  given.commit_some(1);
  given.run();
  CHECK(given.pauses == 2);
  CHECK(given.writes == 2);
  CHECK(given.last_position() == gathering_commits_min + 7);
}

TEST_CASE("a commit that waits for others is written when its time is over, whoever else is under way") {
  journal_fixture given{std::chrono::milliseconds{5}};
  given.core().world.pause = [&given](std::chrono::nanoseconds length) {
    ++given.pauses;
    if (given.pauses == pauses_max)
      given.core().commands_in_flight = 0;
    node_environment{}.pause(length);
  };
  given.commit_some(gathering_commits_min);
  given.run();
  given.core().commands_in_flight = 100;
  given.commit_some(1);
  given.run();
  CHECK(given.writes == 2);
  CHECK(given.pauses < pauses_max);
}

TEST_CASE("a batch that gets full while it gathers leaves one flush in the mailbox, not two") {
  journal_fixture given{forever};
  std::size_t waiting = 0;
  given.core().world.pause = [&](std::chrono::nanoseconds) {
    if (++given.pauses == 1)
      return given.commit_some(4'096);
    waiting = std::max(waiting, given.waiting());
    if (given.pauses == 5)
      given.core().commands_in_flight = 0;
  };
  given.commit_some(gathering_commits_min);
  given.run();
  given.core().commands_in_flight = 10'000;
  given.commit_some(1);
  given.run();
  CHECK(given.writes == 3);
  CHECK(given.pauses == 5);
  CHECK(waiting == 0);
}

TEST_CASE("a full batch does not wait") {
  journal_fixture given{forever};
  given.core().commands_in_flight = 10'000;
  given.commit_some(4'096);
  given.run();
  CHECK(given.writes == 1);
  given.core().commands_in_flight = 3;
  given.commit_some(3);
  given.run();
  CHECK(given.writes == 2);
  CHECK(given.pauses == 0);
}

TEST_CASE("a commit waits for no others where few came before") {
  journal_fixture given{forever};
  given.core().commands_in_flight = 100;
  given.commit_some(gathering_commits_min - 1);
  given.run();
  given.commit_some(1);
  given.run();
  CHECK(given.pauses == 0);
  CHECK(given.writes == 2);
}

TEST_CASE("a commit waits for no others when none are under way") {
  journal_fixture given{forever};
  given.core().commands_in_flight = 1;
  given.commit_some(gathering_commits_min);
  given.run();
  given.commit_some(1);
  given.run();
  CHECK(given.pauses == 0);
  CHECK(given.writes == 2);
}

TEST_CASE("nothing gathers where there is no time for it, or no thread of its own") {
  const auto time = GENERATE(std::chrono::milliseconds{0}, std::chrono::milliseconds{forever});
  journal_fixture given{time};
  given.core().commands_in_flight = 100;
  given.core().world.has_threads = time.count() == 0;
  for (int i = 0; i < 3; ++i) {
    given.commit_some(gathering_commits_min);
    given.run();
  }
  CHECK(given.pauses == 0);
  CHECK(given.writes == 3);
}
