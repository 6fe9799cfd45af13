#include <catch2/catch.hpp>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr operation operations[] = {operation::open,   operation::write,  operation::sync,          operation::truncate,
                                    operation::rename, operation::remove, operation::sync_directory};

/// Number of the last call of that kind on names that contain `part`; -1: none.
int last_of(const std::vector<faulty_files::call>& calls, operation what, const std::string& part) {
  for (auto i = static_cast<int>(calls.size()) - 1; i >= 0; --i)
    if (calls[static_cast<std::size_t>(i)].what == what &&
        calls[static_cast<std::size_t>(i)].name.find(part) != std::string::npos)
      return i;
  return -1;
}

int first_of(const std::vector<faulty_files::call>& calls, operation what, const std::string& part) {
  const auto fits = [&](const auto& each) { return each.what == what && each.name.find(part) != std::string::npos; };
  const auto found = std::find_if(calls.begin(), calls.end(), fits);
  return found == calls.end() ? -1 : static_cast<int>(found - calls.begin());
}

/// Another process that holds the journal until it is killed.
class holder {
public:
  explicit holder(const std::filesystem::path& dir) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      auto books = file_journal::open(dir, {}, journal_time);
      const bool holds = books && (*books)->append({wanted("of-the-child", 0)}, journal_time).front().ok();
      const char answer = holds ? 'y' : 'n';
      if (::write(ends[1], &answer, 1) == 1)
        for (;;)
          ::pause();
      ::_exit(1);
    }
    char answer = 'n';
    const auto got = ::read(ends[0], &answer, 1);
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(pid_ > 0);
    REQUIRE((got == 1 && answer == 'y'));
  }
  ~holder() { kill(); }
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;

  void kill() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  pid_t pid() const noexcept { return pid_; }

private:
  pid_t pid_ = 0;
};

} // namespace

TEST_CASE("a second opener is refused with the holder's process, and let in after a close") {
  journal_fixture on;
  on.open();
  const auto second = file_journal::open(on.dir(), {}, journal_time);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == errc::directory_in_use);
  CHECK(second.error().message.find("process " + std::to_string(::getpid()) + " ") != std::string::npos);
  REQUIRE(on.books().close().ok());
  CHECK(file_journal::open(on.dir(), {}, journal_time).ok());
}

TEST_CASE("another process keeps the journal until it is killed, and what it acknowledged is there") {
  journal_fixture on;
  holder child{on.dir()};
  const auto refused = on.try_open();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::directory_in_use);
  CHECK(refused.error().message.find("process " + std::to_string(child.pid()) + " ") != std::string::npos);
  child.kill();
  on.open();
  CHECK(on.stream("of-the-child").size() == 1);
  CHECK_FALSE(on.books().recovery().was_clean);
}

TEST_CASE("no append returns before a sync behind its write") {
  journal_fixture on{900};
  on.open();
  for (int i = 0; i < 20; ++i) {
    on.files.forget();
    on.append("a", 1 + i % 3);
    const auto segment = on.segments().back().filename().string();
    const auto calls = on.files.calls();
    const auto written = last_of(calls, operation::write, segment);
    REQUIRE(written >= 0);
    CHECK(last_of(calls, operation::sync, segment) > written);
  }
}

TEST_CASE("a new segment is synced under another name and in its directory before the first append into it") {
  journal_fixture on{300};
  on.open();
  on.append("a");
  on.files.forget();
  on.append("a");
  REQUIRE(on.segments().size() == 2);
  const auto name = on.segments().back().filename().string();
  const auto calls = on.files.calls();
  const auto header = first_of(calls, operation::write, name + ".new");
  const auto synced = first_of(calls, operation::sync, name + ".new");
  const auto renamed = first_of(calls, operation::rename, name);
  const auto directory = first_of(calls, operation::sync_directory, "journal");
  const auto written = last_of(calls, operation::write, name);
  REQUIRE(header >= 0);
  CHECK(header < synced);
  CHECK(synced < renamed);
  CHECK(renamed < directory);
  CHECK(directory < written);
}

TEST_CASE("a start syncs what a killed process may have left in the cache before it shows it") {
  journal_fixture on;
  on.open();
  on.append("a");
  on.crash();
  on.files.forget();
  on.open();
  const auto calls = on.files.calls();
  CHECK(last_of(calls, operation::sync, ".jsonl") >= 0);
}

TEST_CASE("a segment without a commit is made anew by a start after a kill, header and name synced") {
  journal_fixture on;
  on.open();
  on.crash();
  on.files.forget();
  on.open();
  const auto calls = on.files.calls();
  const auto header = last_of(calls, operation::sync, ".jsonl.new");
  CHECK(header >= 0);
  CHECK(last_of(calls, operation::sync_directory, "journal") > header);
}

TEST_CASE("a torn tail is safe in its side file before it is cut") {
  journal_fixture on;
  on.open();
  on.append("a");
  on.crash();
  on.replace(on.bytes() + "{\"position\":2,");
  on.files.forget();
  on.open();
  const auto calls = on.files.calls();
  const auto segment = on.segments().back().filename().string();
  const auto cut = last_of(calls, operation::truncate, segment);
  REQUIRE(cut >= 0);
  CHECK(last_of(calls, operation::write, ".torn-") >= 0);
  CHECK(last_of(calls, operation::sync, ".torn-") > last_of(calls, operation::write, ".torn-"));
  CHECK(last_of(calls, operation::sync_directory, "journal") > last_of(calls, operation::sync, ".torn-"));
  CHECK(last_of(calls, operation::sync_directory, "journal") < cut);
  CHECK(last_of(calls, operation::sync, segment) > cut);
}

TEST_CASE("on a full disk a batch fails whole with disk_full, and later appends work") {
  journal_fixture on;
  on.open();
  on.append("a");
  const auto before = on.text();
  on.files.fail(operation::write, errc::disk_full);
  const auto outcomes = on.books().append({wanted("a", 1), wanted("x", 7), wanted("b", 0, 2)}, on.now);
  CHECK(outcomes[0].error().code == errc::disk_full);
  CHECK(outcomes[1].error().code == errc::version_conflict);
  CHECK(outcomes[2].error().code == errc::disk_full);
  CHECK(on.bytes() == before);
  CHECK(on.books().last_position() == 1);
  CHECK_FALSE(on.books().may_have("b"));
  CHECK(on.append("b").events.front().position == 2);
  CHECK(on.append("a").events.front().version == 2);
  CHECK(on.reopen_without_index().commits().size() == 3);
  CHECK(on.torn().empty());
}

TEST_CASE("a disk that stays full refuses every append until there is room") {
  journal_fixture on;
  on.open();
  on.append("a");
  on.files.fail(operation::write, errc::disk_full, 1, true);
  for (int i = 0; i < 3; ++i)
    CHECK(on.refused(wanted("a", 1)) == errc::disk_full);
  on.files.heal();
  CHECK(on.append("a").events.front().position == 2);
}

TEST_CASE("a full disk while a segment is begun is disk_full, and the segment is begun later") {
  for (const auto what : {operation::open, operation::write, operation::rename}) {
    journal_fixture on{300};
    on.open();
    on.append("a");
    on.files.fail(what, errc::disk_full);
    CHECK(on.refused(wanted("a", 1)) == errc::disk_full);
    CHECK(on.append("a").events.front().position == 2);
    CHECK(on.segments().size() == 2);
    CHECK(on.reopen_without_index().commits().size() == 2);
  }
}

TEST_CASE("a sync that fails while a segment is begun ends writing, whatever it says, and is not tried again") {
  for (const auto what : {operation::sync, operation::sync_directory})
    for (const auto code : {errc::disk_full, errc::io_error}) {
      journal_fixture on{300};
      on.open();
      on.append("a");
      on.files.fail(what, code);
      CHECK(on.refused(wanted("a", 1)) == errc::storage_failed);
      on.files.forget();
      CHECK(on.refused(wanted("a", 1)) == errc::storage_failed);
      CHECK(on.files.calls().empty());
      CHECK(on.crash().open().commits().size() == 1);
    }
}

TEST_CASE("after a failed write or sync nothing more is written, reads go on, and a start has all that was acknowledged") {
  for (const auto what : {operation::write, operation::sync}) {
    journal_fixture on;
    on.open();
    on.append("a", 2);
    on.append("b");
    const auto acknowledged = on.commits();
    on.files.fail(what, errc::io_error);
    const auto outcomes = on.books().append({wanted("a", 2), wanted("c", 0)}, on.now);
    CHECK(outcomes[0].error().code == errc::storage_failed);
    CHECK(outcomes[1].error().code == errc::storage_failed);
    on.files.forget();
    CHECK(on.refused(wanted("d", 0)) == errc::storage_failed);
    CHECK(on.refused(wanted("d", 0)) == errc::storage_failed);
    CHECK(on.commits() == acknowledged);
    CHECK(on.books().last_position() == 3);
    CHECK(on.books().close().ok());
    CHECK(on.files.calls().empty());
    on.crash().open();
    auto found = on.commits();
    REQUIRE(found.size() >= acknowledged.size());
    found.resize(acknowledged.size());
    CHECK(found == acknowledged);
  }
}

TEST_CASE("a sync that says the disk is full has lost what it was asked to keep: the journal stops") {
  journal_fixture on;
  on.open();
  on.files.fail(operation::sync, errc::disk_full);
  CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
  CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
}

TEST_CASE("a half written batch that cannot be cut stops the journal, and the next start cuts it") {
  for (const auto what : {operation::truncate, operation::sync}) {
    journal_fixture on;
    on.open();
    on.append("a");
    on.files.fail(operation::write, errc::disk_full);
    on.files.also_fail(what);
    CHECK(on.refused(wanted("a", 1)) == errc::storage_failed);
    CHECK(on.refused(wanted("a", 1)) == errc::storage_failed);
    on.crash().open();
    CHECK(on.commits().size() == 1);
    CHECK(on.torn().size() == (what == operation::truncate ? 1u : 0u));
  }
}

TEST_CASE("a segment without a commit that a start had no room to make again is made before the first commit") {
  journal_fixture on;
  on.open();
  on.crash();
  on.files.fail(operation::open, errc::disk_full, 1, true, ".jsonl.new");
  on.open();
  for (int i = 0; i < 2; ++i)
    CHECK(on.refused(wanted("a", 0)) == errc::disk_full);
  SECTION("there is room again") {
    on.files.heal();
    CHECK(on.append("a").events.front().position == 1);
    CHECK(on.reopen_without_index().commits().size() == 1);
  }
  SECTION("its sync fails") {
    on.files.fail(operation::sync, errc::io_error);
    CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
    on.files.heal();
    CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
    CHECK(on.crash().open().books().last_position() == 0);
  }
  SECTION("it cannot be made for another reason") {
    on.files.fail(operation::rename, errc::io_error);
    CHECK(on.refused(wanted("a", 0)) == errc::storage_failed);
  }
}

TEST_CASE("a batch of many megabytes is written like any other, and so is what follows") {
  journal_fixture on;
  on.open();
  auto large = wanted("a", 0);
  large.events.front().data = R"({"text":")" + std::string(9 << 20, 'x') + "\"}";
  on.append_many({large});
  on.append("b");
  CHECK(on.stream("a").front().data == large.events.front().data);
  CHECK(on.reopen_without_index().commits().size() == 2);
}

TEST_CASE("a start that finds no room to write the tail once more gives up its reserve, or shows nothing") {
  for (const bool for_ever : {false, true}) {
    journal_fixture on;
    on.open();
    on.append("a");
    on.files.fail(operation::sync, errc::io_error);
    CHECK(on.refused(wanted("a", 1)) == errc::storage_failed);
    on.files.heal();
    on.crash();
    on.files.fail(operation::write, errc::disk_full, 1, for_ever, ".jsonl");
    const auto opened = on.try_open();
    CHECK(opened.ok() != for_ever);
    if (!opened) {
      CHECK(opened.error().code == errc::disk_full);
      on.files.heal();
      on.open();
    }
    CHECK(on.commits().size() == 2);
  }
}

TEST_CASE("whatever call fails once or for ever, what was acknowledged is there afterwards, in order and intact") {
  for (const auto what : operations)
    for (const auto code : {errc::io_error, errc::disk_full})
      for (const bool for_ever : {false, true})
        for (int nth = 1;; ++nth) {
          journal_fixture on{700};
          on.open();
          on.append("a", 2);
          on.crash();
          on.replace(on.bytes() + "{\"position\":3,");
          on.files.forget();
          on.files.fail(what, code, nth, for_ever);
          texts_of_commits acknowledged;
          if (on.try_open())
            for (version_t i = 0; i < 6; ++i) {
              auto outcomes = on.books().append({wanted("b", i)}, on.now);
              if (outcomes.front())
                acknowledged.push_back(text_of(*outcomes.front()));
              else if (outcomes.front().error().code == errc::version_conflict)
                break;
            }
          const auto calls = on.files.calls();
          const bool failed = std::any_of(calls.begin(), calls.end(), [](const auto& each) { return !each.ok; });
          on.files.heal();
          on.crash().open();
          auto found = on.commits(3);
          INFO("operation " << static_cast<int>(what) << ", call " << nth << (for_ever ? " and on" : ""));
          REQUIRE(found.size() >= acknowledged.size());
          found.resize(acknowledged.size());
          REQUIRE(found == acknowledged);
          REQUIRE(on.verify().intact);
          if (!failed)
            break;
        }
}

TEST_CASE("without room for an index a journal opens, reads and goes on all the same") {
  journal_fixture on{500};
  on.open();
  texts_of_commits all;
  for (int i = 0; i < 6; ++i)
    all.push_back(text_of(on.append("a")));
  on.stop().remove_index();
  on.files.fail(operation::open, errc::disk_full, 1, true, ".idx");
  CHECK(on.open().commits() == all);
  all.push_back(text_of(on.append("a")));
  CHECK(on.commits() == all);
  CHECK(on.stream("a").size() == 7);
  CHECK_FALSE(on.books().close().ok());
  on.files.heal();
  CHECK(on.crash().open().commits() == all);
}
