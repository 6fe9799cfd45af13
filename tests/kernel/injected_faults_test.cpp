// Errors of system calls, injected by libfiu into a real daybookd under load.

#include "kernel_support.hpp"

#include <csignal>

namespace daybook::testing {
namespace {

const char* const sync_fault = "posix/io/sync/fdatasync";

bool has_fiu(std::string& why) {
  for (const auto* each : {"/usr/bin/fiu-run", "/usr/bin/fiu-ctrl", "/usr/lib/fiu/fiu_posix_preload.so"}) {
    if (!std::filesystem::exists(each)) {
      why = std::string{each} + " is missing (Debian: fiu-utils, libfiu0)";
      return false;
    }
  }
#ifdef __SANITIZE_ADDRESS__
  why = "libfiu and the address sanitizer both want to be loaded first";
  return false;
#else
  return true;
#endif
}

/// A daybookd that is started and restarted with and without faults; a client keeps the books.
class faulty_node {
public:
  explicit faulty_node(std::uint64_t seed, std::vector<errc> may_fail_with) :
      random_(seed), books_({seed, 48, false, std::move(may_fail_with)}) {
    how_.data = dir_.path() / "data";
    how_.program = program_path("daybookd_plain");
    how_.options = {"--log-level", "off", "--segment-bytes", "16KiB", "--reserve-bytes", "64KiB"};
  }

  /// Makes the data directory and something in it.
  void begin() {
    auto running = serve(over_, how_);
    load_some(*running.node, books_, random_(), 50);
    running.daemon->signal(SIGTERM);
    REQUIRE(running.daemon->wait(in(patience)).exit_code == 0);
  }

  /// Under a fault from its first call on: it may not get ready, and then says why with exit code 4 (or 3 without a port).
  void run_with(const std::string& command) {
    auto how = how_;
    how.wrapper = {"/usr/bin/fiu-run", "-x", "-f", control(), "-c", command};
    victim daemon{how};
    if (!daemon.wait_until_ready(in(patience))) {
      const auto end = daemon.wait(in(patience));
      INFO(command << ": " << end.err);
      CHECK(end.exit_code == 4);
      CHECK(end.err.find("daybookd: ") != std::string::npos);
      ++refused_starts_;
      return;
    }
    auto connected = remote::connect(over_, daemon.port());
    REQUIRE(connected);
    load_some(**connected, books_, random_(), 400);
    connected->reset();
    daemon.kill();
  }

  /// Without faults: everything acknowledged is there.
  void check_restart() {
    auto running = serve(over_, how_);
    check_all(*running.node, books_, random_);
    require_faultless(books_);
    running.daemon->kill();
  }

  /// With remote control only; the fault comes while it works.
  served serve_controlled() {
    auto how = how_;
    how.wrapper = {"/usr/bin/fiu-run", "-x", "-f", control()};
    return serve(over_, how);
  }

  void tell(const served& running, const std::string& command) {
    const auto done = run("/usr/bin/fiu-ctrl", {"-f", control(), "-c", command, std::to_string(running.daemon->pid())});
    INFO(done.err);
    REQUIRE(done.exit_code == 0);
  }

  std::mt19937_64& random() noexcept { return random_; }
  ledger& books() noexcept { return books_; }
  int refused_starts() const noexcept { return refused_starts_; }

private:
  std::string control() const { return (dir_.path() / "control").string(); }

  temp_dir dir_;
  network over_;
  std::mt19937_64 random_;
  ledger books_;
  victim_options how_;
  int refused_starts_ = 0;
};

/// Rounds under each of some faults that come at random, each round followed by a restart without.
void survive(const std::vector<std::string>& commands, std::vector<errc> may_fail_with, int rounds = 6) {
  std::string why;
  if (!has_fiu(why)) {
    WARN("SKIPPED: " << why);
    return;
  }
  const bool are_errors_expected = !may_fail_with.empty();
  faulty_node node{static_cast<std::uint64_t>(rounds) + commands.front().size(), std::move(may_fail_with)};
  node.begin();
  for (const auto& command : commands)
    for (int i = 0; i < rounds; ++i) {
      INFO(command << ", round " << i + 1);
      node.run_with(command);
      node.check_restart();
    }
  // Otherwise nothing was shown.
  CHECK(node.refused_starts() < rounds * static_cast<int>(commands.size()));
  if (are_errors_expected)
    CHECK(node.books().failed() + static_cast<std::uint64_t>(node.refused_starts()) > 0);
}

std::string at_random(const std::string& name, const std::string& probability, int number) {
  return "enable_random name=" + name + ",probability=" + probability + ",failinfo=" + std::to_string(number);
}

TEST_CASE("Writes that fail at random (EIO) lose nothing acknowledged") {
  survive({at_random("posix/io/rw/pwrite", "0.01", EIO)}, {errc::storage_failed});
}

TEST_CASE("Writes that find no room at random (ENOSPC) lose nothing acknowledged") {
  survive({at_random("posix/io/rw/pwrite", "0.02", ENOSPC)}, {errc::disk_full, errc::storage_failed});
}

TEST_CASE("Writes that are interrupted (EINTR) are as if nothing had been") {
  survive({at_random("posix/io/rw/pwrite", "0.3", EINTR)}, {});
}

TEST_CASE("Writes that write less than asked are as if nothing had been") {
  survive({"enable_random name=posix/io/rw/pwrite/reduce,probability=0.4"}, {});
}

TEST_CASE("Reads that read less than asked are as if nothing had been") {
  survive({"enable_random name=posix/io/rw/pread/reduce,probability=0.3"}, {});
}

TEST_CASE("Syncs that fail at random lose nothing acknowledged") {
  survive({at_random(sync_fault, "0.05", EIO)}, {errc::storage_failed});
}

TEST_CASE("Renames, truncations and syncs of directories that fail at random lose nothing acknowledged") {
  // Together: a start syncs some directories and seldom shortens a file, so one kind alone may strike all rounds or none.
  survive({at_random("posix/io/dir/rename", "0.2", EIO), at_random("posix/io/sync/fsync", "0.03", EIO),
           at_random("posix/io/rw/ftruncate", "0.5", EIO)},
          {errc::storage_failed}, 4);
}

/// The fault comes while it works, and may go away again.
void end_writing(bool fails_once) {
  std::string why;
  if (!has_fiu(why)) {
    WARN("SKIPPED: " << why);
    return;
  }
  faulty_node node{fails_once ? 11u : 12u, {errc::storage_failed}};
  node.begin();
  auto running = node.serve_controlled();
  auto& books = node.books();
  load_some(*running.node, books, 1, 100);
  REQUIRE(books.failed() == 0);
  // The view syncs too, with its first write after a start; with the fault there it would stay behind, as it should.
  REQUIRE(running.node->summary());
  node.tell(running, "enable name=" + std::string{sync_fault} + ",failinfo=5");
  load_until_error(*running.node, books, 2);
  if (fails_once)
    node.tell(running, "disable name=" + std::string{sync_fault});
  for (int i = 0; i < 3; ++i) {
    std::vector<order_command> wishes;
    for (const auto& each : books.unsettled())
      wishes.push_back(books.wish(each));
    const auto outcomes = running.node->carry_out(wishes);
    REQUIRE(outcomes);
    for (const auto& each : *outcomes) {
      REQUIRE_FALSE(each.answered);
      CHECK(each.code == errc::storage_failed);
      CHECK(each.message.find("unknown") != std::string::npos);
    }
    read_journal(*running.node, books, true);
    require_faultless(books);
    const auto status = running.node->status();
    REQUIRE(status);
    CHECK(status->journal_failure.find("start again") != std::string::npos);
    const auto summary = running.node->summary();
    INFO((summary ? "" : summary.error().message));
    CHECK(summary);
  }
  running.node.reset();
  running.daemon->kill();
  node.check_restart();
}

TEST_CASE("One sync that fails ends writing for good, though the next would succeed, and a restart finds the truth") {
  end_writing(true);
}

TEST_CASE("Syncs that fail for ever end writing, and a restart finds the truth") {
  end_writing(false);
}

} // namespace
} // namespace daybook::testing
