#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/tests/support/memory_files.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

memory_disk disk_with(const std::string& path, std::string bytes) {
  memory_disk disk = memory_files{}.disk();
  disk.put(path, std::move(bytes));
  return disk;
}

/// The file with the checksum of its bytes, as a program that is not ours might write it.
template <class Header>
std::string checked(const Header& header, std::string rest = {}) {
  auto bytes = std::string{reinterpret_cast<const char*>(&header), sizeof header} + std::move(rest);
  const auto sum = static_cast<std::uint32_t>(
    crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
  return bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

} // namespace

TEST_CASE("a quota that is used up is a full disk") {
  for (const os_outcome outcome : {os_outcome{-EDQUOT}, os_outcome{-ENOSPC}}) {
    memory_files files{disk_with("/d/f", "")};
    auto opened = file_system{files}.open("/d/f", open_mode::write);
    REQUIRE(opened);
    files.fail({file_call::write, "", 1, false, outcome});
    const auto written = (*opened)->write_at(0, "text");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == errc::disk_full);
  }
}

TEST_CASE("a directory that somebody else makes at the same moment is there, a file in its place is an error") {
  memory_files files{disk_with("/d/file", "")};
  const file_system system{files};
  const auto refused = system.make_directory("/d/file");
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("/d/file"));
  // It is not there when we look, and there when we make it.
  files.fail({file_call::is_directory, "", 1, false, 0});
  CHECK(system.make_directory("/d").ok());
  CHECK(system.make_directories("").ok());
}

TEST_CASE("directories that were there need not let themselves be synced, those that we make must") {
  for (const auto outcome : {EACCES, EPERM, EROFS, EINVAL, EIO}) {
    memory_files files{disk_with("/d/file", "")};
    const file_system system{files};
    files.fail({file_call::sync_directory, "", 1, true, -outcome});
    CHECK(system.make_directories("/d").ok() == (outcome != EIO));
    CHECK_FALSE(system.make_directories("/fresh").ok());
  }
}

TEST_CASE("a lock whose holder did not say who it is is another process's") {
  memory_files files;
  files.fail({file_call::lock, "", 1, false, -EWOULDBLOCK});
  const auto refused = file_system{files}.lock("/d/journal/lock");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::directory_in_use);
  CHECK_THAT(refused.error().message, Catch::StartsWith("another process has /d open"));

  const temp_dir real;
  const auto path = real.path() / "lock";
  const int held = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
  const auto of_a_real_file = file_system{posix_files()}.lock(path);
  ::close(held);
  REQUIRE_FALSE(of_a_real_file);
  CHECK_THAT(of_a_real_file.error().message, Catch::StartsWith("another process has"));
  CHECK(file_system{posix_files()}.lock(real.path() / "none" / "lock").error().code == errc::not_found);
}

TEST_CASE("a directory that is not there cannot be synced") {
  const temp_dir dir;
  CHECK(file_system{posix_files()}.sync_directory(dir.path() / "none").error().code == errc::not_found);
}

TEST_CASE("a lock holds also where the process's number cannot be written") {
  const temp_dir dir;
  ::rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handled = std::signal(SIGXFSZ, SIG_IGN);
  auto none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  const auto held = file_system{posix_files()}.lock(dir.path() / "lock");
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handled);
  REQUIRE(held);
  CHECK(std::filesystem::file_size(dir.path() / "lock") == 0);
  CHECK(file_system{posix_files()}.lock(dir.path() / "lock").error().code == errc::directory_in_use);
}

TEST_CASE("no file is opened in the place of a standard stream that is closed") {
  const temp_dir dir;
  const int kept = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
  ::close(STDIN_FILENO);
  const auto opened = file_system{posix_files()}.open(dir.path() / "file", open_mode::create);
  const bool is_free = ::fcntl(STDIN_FILENO, F_GETFD) == -1;
  if (kept >= 0) {
    ::dup2(kept, STDIN_FILENO);
    ::close(kept);
  }
  REQUIRE(opened);
  CHECK(is_free);
  CHECK((*opened)->write_at(0, "text").ok());
}

TEST_CASE("a file with the checksum of an index and without its form is none") {
  struct {
    char magic[16] = "daybook-index-1";
    char rest[128] = {};
    std::uint64_t unused = 0;
    std::uint64_t count = 0;
  } header;
  static_assert(sizeof header == 160);
  const auto reads = [](const std::string& bytes) {
    memory_files files{disk_with("/d/i", bytes)};
    return read_index(file_system{files}, "/d/i", 100).has_value();
  };
  auto with_count = header;
  std::memcpy(with_count.rest + 88, "\1\0\0\0\0\0\0\0", 8);
  CHECK(reads(checked(header)));
  CHECK(reads(checked(with_count, std::string(16, 'e'))));
  CHECK_FALSE(reads(checked(with_count)));
  CHECK_FALSE(reads(checked(header, std::string(16, 'e'))));
  CHECK_FALSE(reads(checked(header, "x")));
  CHECK_FALSE(reads(checked(std::uint64_t{1})));
  auto other = header;
  other.magic[0] = 'x';
  CHECK_FALSE(reads(checked(other)));
}

TEST_CASE("heads that end before the first position are none") {
  struct {
    char magic[16] = "daybook-heads-1";
    char last_digest[48] = {};
    std::uint64_t count = 1;
  } header;
  static_assert(sizeof header == 72);
  const auto reads = [&](std::uint64_t packed) {
    const std::uint64_t pair[2] = {17, packed};
    memory_files files{disk_with("/d/h", checked(header, {reinterpret_cast<const char*>(pair), sizeof pair}))};
    return read_heads(file_system{files}, "/d/h", digest_text{}).has_value();
  };
  CHECK(reads((std::uint64_t{1} << 24) | 2));
  CHECK_FALSE(reads(2));
}

TEST_CASE("an entry behind an index's end, and a digest before a file's first, are errors") {
  memory_files files{disk_with("/d/i", std::string(170, 'x'))};
  const auto opened = file_system{files}.open("/d/i", open_mode::read);
  REQUIRE(opened);
  const auto entry = read_index_entry(**opened, 0);
  REQUIRE_FALSE(entry);
  CHECK_THAT(entry.error().message, Catch::Contains("ends before entry 0"));
  const auto digest = digest_before(**opened, 10);
  REQUIRE_FALSE(digest);
  CHECK(digest.error().code == errc::journal_damaged);
}

TEST_CASE("a scanner that has found what does not verify finds nothing more") {
  memory_files files{disk_with("/d/s", "no commit at all\n")};
  const auto opened = file_system{files}.open("/d/s", open_mode::read);
  REQUIRE(opened);
  commit_scanner scanner{**opened, 0, 17, journal_format::first_digest(), 4096};
  scanned_commit found;
  for (int i = 0; i < 2; ++i) {
    const auto verified = scanner.next(found);
    REQUIRE(verified);
    CHECK_FALSE(*verified);
    CHECK(scanner.problem() == "the commit is not complete");
  }
}
