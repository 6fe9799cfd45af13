// A device without room, for real: a small tmpfs, filled again and again by a real daybookd.

#include "kernel_support.hpp"

#include <csignal>

namespace daybook::testing {
namespace {

constexpr std::int64_t mebi = std::int64_t{1} << 20;

/// An 8 MiB device with a ballast that is thrown off piece by piece.
class full_disk {
public:
  explicit full_disk(std::uint64_t seed) : seed_(seed) {
    how_.data = at_ / "data";
    how_.options = {"--log-level", "error", "--reserve-bytes", "512KiB", "--segment-bytes", "256KiB"};
  }

  /// Fills the device so many times.
  void fill(int times) {
    while (times > 0)
      times -= fill_until_no_ballast(times);
  }

private:
  /// One data directory's life; how often the device was full.
  int fill_until_no_ballast(int most) {
    const auto disk = mounted::tmpfs(at_, "8m");
    auto ballast = 6 * mebi;
    take_room(at_ / "ballast", ballast);
    ledger books{{++seed_, 48, false, {errc::disk_full}}};
    auto running = serve(over_, how_);
    int times = 0;
    for (; times < most && ballast > 0; ++times) {
      INFO("seed " << seed_ << ", filled for the " << times + 1 << ". time");
      load_until_error(*running.node, books, seed_ + static_cast<std::uint64_t>(times));
      check_while_full(running, books);
      if (times % 3 == 1)
        restart_while_full(running, books, times % 2 == 0);
      ballast -= mebi;
      take_room(at_ / "ballast", ballast);
      // By itself: nobody told the node that there is room, and nobody asks for the verdicts that found none.
      if (times % 3 == 1)
        wait_for_verdicts(running, books);
      send_again(*running.node, books);
      check_all(*running.node, books, random_);
      require_faultless(books);
    }
    running.daemon->signal(SIGTERM);
    CHECK(running.daemon->wait(in(patience)).exit_code == 0);
    return times;
  }

  /// What was acknowledged is there, and the view shows it.
  void check_while_full(served& running, ledger& books) {
    read_journal(*running.node, books, true);
    require_faultless(books);
    const auto until = in(patience);
    auto summary = running.node->summary();
    while (!summary && summary.error().code == errc::view_behind && std::chrono::steady_clock::now() < until)
      summary = running.node->summary();
    REQUIRE(summary);
    CHECK(summary->position == books.read_to());
    const auto status = running.node->status();
    REQUIRE(status);
    CHECK(status->journal_failure.empty());
  }

  void wait_for_verdicts(served& running, ledger& books) {
    const auto until = in(patience);
    while (books.open_requests() > 0 && std::chrono::steady_clock::now() < until)
      read_journal(*running.node, books, true);
    CHECK(books.open_requests() == 0);
  }

  void restart_while_full(served& running, ledger& books, bool is_clean) {
    running.node.reset();
    if (is_clean) {
      running.daemon->signal(SIGTERM);
      CHECK(running.daemon->wait(in(patience)).exit_code == 0);
    } else {
      running.daemon->kill();
    }
    running = serve(over_, how_);
    check_while_full(running, books);
  }

  std::uint64_t seed_;
  temp_dir dir_;
  std::filesystem::path at_ = dir_.path() / "disk";
  network over_;
  victim_options how_;
  std::mt19937_64 random_{seed_};
};

void fill_fifty_times(std::uint64_t seed) {
  std::string why;
  if (!has_own_mounts(why)) {
    WARN("SKIPPED: " << why);
    return;
  }
  full_disk{seed}.fill(50);
}

TEST_CASE("A device filled 50 times loses nothing acknowledged, is read while full and written again with room, first part") {
  fill_fifty_times(1000);
}

TEST_CASE("A device filled 50 times loses nothing acknowledged, is read while full and written again with room, second part") {
  fill_fifty_times(2000);
}

TEST_CASE("A device filled 50 times loses nothing acknowledged, is read while full and written again with room, third part") {
  fill_fifty_times(3000);
}

TEST_CASE("A device filled 50 times loses nothing acknowledged, is read while full and written again with room, fourth part") {
  fill_fifty_times(4000);
}

} // namespace
} // namespace daybook::testing
