// A sync that fails for real: ext4 in a file that is larger than the tmpfs it lies on.

#include "kernel_support.hpp"

#include <algorithm>

namespace daybook::testing {
namespace {

/// Whether a program ends with 0 within a minute; says in `why` what it said.
bool succeeds(const std::string& program, const std::vector<std::string>& words, std::string& why) {
  const auto done = run(program, words, {}, std::chrono::seconds{60});
  if (done.exit_code != 0)
    why = program + ": " + done.err;
  return done.exit_code == 0;
}

/// All commands without receipts are refused, and the words say that their outcome is unknown.
void check_writing_has_ended(remote& node, const ledger& books) {
  std::vector<order_command> wishes;
  for (const auto& each : books.unsettled())
    wishes.push_back(books.wish(each));
  const auto outcomes = node.carry_out(wishes);
  REQUIRE(outcomes);
  for (const auto& each : *outcomes) {
    REQUIRE_FALSE(each.answered);
    CHECK(each.code == errc::storage_failed);
    CHECK(each.message.find("unknown") != std::string::npos);
  }
}

void check_reads_go_on(remote& node, ledger& books, std::mt19937_64& random) {
  read_journal(node, books, true);
  require_faultless(books);
  const auto status = node.status();
  REQUIRE(status);
  CHECK(status->journal_position == books.read_to());
  CHECK(status->journal_failure.find("start again") != std::string::npos);
  for (const auto& id : books.sample_ids(random, 3)) {
    const auto shown = node.history(id);
    REQUIRE(shown);
    CHECK_FALSE(shown->empty());
  }
}

TEST_CASE("After an fdatasync that failed in the kernel nothing is acknowledged, reads go on, and a restart finds what was") {
  std::string why;
  if (!has_own_mounts(why)) {
    WARN("SKIPPED: " << why);
    return;
  }
  temp_dir dir;
  const auto backing = dir.path() / "backing";
  const auto at = dir.path() / "disk";
  const auto small = mounted::tmpfs(backing, "20m");
  std::filesystem::create_directories(at);
  const auto image = (backing / "image").string();
  const std::vector<std::string> mount_words{"-o", "loop", image, at.string()};
  if (!succeeds("truncate", {"--size=40M", image}, why) || !succeeds("mkfs.ext4", {"-q", "-F", image}, why)
      || !succeeds("mount", mount_words, why)) {
    WARN("SKIPPED: no file system in a file: " << why);
    return;
  }
  auto disk = std::make_unique<mounted>(at);
  network over;
  std::mt19937_64 random{7};
  ledger books{{7, 48, false, {errc::storage_failed}}};
  victim_options how;
  how.data = at / "data";
  how.options = {"--log-level", "error", "--reserve-bytes", "0B"};
  {
    auto running = serve(over, how);
    load_until_error(*running.node, books, 7);
    CHECK(books.acknowledged() > 0);
    check_writing_has_ended(*running.node, books);
    check_reads_go_on(*running.node, books, random);
    check_writing_has_ended(*running.node, books);
    running.daemon->kill();
  }
  disk.reset();
  // Now with room behind it: what is on the disk, not what was in the kernel's memory.
  REQUIRE(::mount("tmpfs", backing.c_str(), "tmpfs", MS_REMOUNT, "size=80m") == 0);
  REQUIRE(succeeds("mount", mount_words, why));
  disk = std::make_unique<mounted>(at);
  auto running = serve(over, how);
  check_all(*running.node, books, random);
  require_faultless(books);
  load_some(*running.node, books, 8, 200);
  check_all(*running.node, books, random);
  require_faultless(books);
  running.daemon->kill();
}

} // namespace
} // namespace daybook::testing
