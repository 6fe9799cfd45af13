// A sync that fails for real: ext4 in a file that is larger than the tmpfs it lies on.

#include "kernel_support.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace daybook::testing {
namespace {

/// Whether a program ends with 0 within a minute; says in `why` what it said.
bool succeeds(const std::string& program, const std::vector<std::string>& words, std::string& why) {
  const auto done = run(program, words, {}, std::chrono::seconds{60});
  if (done.exit_code != 0)
    why = program + ": " + done.err;
  return done.exit_code == 0;
}

/// A file system in a file that is larger than the tmpfs it lies on: when that is full, its writes fail.
class failing_disk {
public:
  /// False where this machine has no such thing; `why` tells.
  bool make(std::string& why) {
    std::filesystem::create_directories(at());
    small_.emplace(mounted::tmpfs(backing(), "20m"));
    return succeeds("truncate", {"--size=40M", image()}, why) && succeeds("mkfs.ext4", {"-q", "-F", image()}, why)
           && mount(why);
  }

  /// With room behind it: what is read from then on is on the disk, not in the kernel's memory.
  bool mend(std::string& why) {
    disk_.reset();
    return ::mount("tmpfs", backing().c_str(), "tmpfs", MS_REMOUNT, "size=80m") == 0 && mount(why);
  }

  std::filesystem::path at() const { return dir_.path() / "disk"; }

private:
  std::filesystem::path backing() const { return dir_.path() / "backing"; }
  std::string image() const { return (backing() / "image").string(); }

  bool mount(std::string& why) {
    if (!succeeds("mount", {"-o", "loop", image(), at().string()}, why))
      return false;
    disk_.emplace(at());
    return true;
  }

  temp_dir dir_;
  std::optional<mounted> small_;
  std::optional<mounted> disk_;
};

/// Whether such a disk keeps what an `fdatasync` that returned 0 was for, when the next one fails. Some kernels answer the
/// first failure with 0 (seen with 6.18, ext4 with and without a journal): no program can keep a promise on them.
bool keeps_what_it_synced(std::string& why) {
  failing_disk disk;
  if (!disk.make(why))
    return false;
  constexpr std::size_t block = 4096;
  const auto block_of = [](std::uint64_t number) { return std::string(block, static_cast<char>('a' + number % 26)); };
  const int file = ::open((disk.at() / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(file >= 0);
  std::uint64_t synced = 0;
  while (::pwrite(file, block_of(synced).data(), block, static_cast<off_t>(synced * block)) == block && ::fdatasync(file) == 0)
    ++synced;
  ::close(file);
  REQUIRE(synced > 0);
  if (!disk.mend(why))
    return false;
  std::ifstream stored{disk.at() / "file", std::ios::binary};
  std::string last(block, '\0');
  stored.seekg(static_cast<std::streamoff>((synced - 1) * block));
  stored.read(last.data(), block);
  if (stored && last == block_of(synced - 1))
    return true;
  why = "this kernel returns 0 for an fdatasync whose write has failed";
  return false;
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
  failing_disk disk;
  if (!keeps_what_it_synced(why) || !disk.make(why)) {
    WARN("SKIPPED: " << why);
    return;
  }
  network over;
  std::mt19937_64 random{7};
  ledger books{{7, 48, false, {errc::storage_failed}}};
  victim_options how;
  how.data = disk.at() / "data";
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
  INFO(why);
  REQUIRE(disk.mend(why));
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
