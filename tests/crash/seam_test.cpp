#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daybook/persistence/os_files.hpp"
#include "daybook/persistence/paced_vfs.hpp"
#include "daybook/tests/support/temp_dir.hpp"

// Below the seam no double can look. This program's fdatasync and fsync are its own: they note what they are asked to keep.

namespace {

struct synced {
  bool is_data_only;
  ::ino_t inode;
};

std::vector<synced>& all_synced() {
  static std::vector<synced> all;
  return all;
}

/// Files whose pages the kernel was told to write.
std::vector<::ino_t>& all_begun() {
  static std::vector<::ino_t> all;
  return all;
}

bool syncs_fail = false;

int note(bool is_data_only, int descriptor, long call) {
  struct ::stat status {};
  ::fstat(descriptor, &status);
  all_synced().push_back({is_data_only, status.st_ino});
  if (syncs_fail) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(call, descriptor));
}

::ino_t inode_of(const std::filesystem::path& path) {
  struct ::stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_ino;
}

} // namespace

extern "C" int fdatasync(int descriptor) {
  return note(true, descriptor, SYS_fdatasync);
}

extern "C" int sync_file_range(int descriptor, off64_t offset, off64_t size, unsigned flags) {
  struct ::stat status {};
  ::fstat(descriptor, &status);
  all_begun().push_back(status.st_ino);
  return static_cast<int>(::syscall(SYS_sync_file_range, descriptor, offset, size, flags));
}

extern "C" int fsync(int descriptor) {
  return note(false, descriptor, SYS_fsync);
}

using namespace daybook;

TEST_CASE("a sync of the seam is an fdatasync of that very file") {
  const temp_dir dir;
  std::unique_ptr<os_file> file;
  REQUIRE(posix_files().open(dir.path() / "f", open_mode::create, file) == 0);
  REQUIRE(file->write(0, "x", 1) == 1);
  all_synced().clear();
  CHECK(file->sync() == 0);
  REQUIRE(all_synced().size() == 1);
  CHECK(all_synced()[0].is_data_only);
  CHECK(all_synced()[0].inode == inode_of(dir.path() / "f"));
}

TEST_CASE("a directory's sync of the seam is an fsync of that very directory") {
  const temp_dir dir;
  all_synced().clear();
  CHECK(posix_files().sync_directory(dir.path()) == 0);
  REQUIRE(all_synced().size() == 1);
  CHECK_FALSE(all_synced()[0].is_data_only);
  CHECK(all_synced()[0].inode == inode_of(dir.path()));
}

TEST_CASE("a sync of the seam says what the kernel said") {
  std::unique_ptr<os_file> file;
  // A device that has nothing to sync.
  REQUIRE(posix_files().open("/dev/null", open_mode::write, file) == 0);
  CHECK(file->sync() == -EINVAL);
  CHECK(posix_files().sync_directory("/nowhere/at/all") == -ENOENT);
}

namespace {

/// A database with a WAL that no checkpoint comes to by itself.
class sqlite_file {
public:
  explicit sqlite_file(const char* vfs) {
    REQUIRE(sqlite3_open_v2(path().c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) == SQLITE_OK);
    REQUIRE(run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;"
                "CREATE TABLE t(x)") == SQLITE_OK);
  }
  ~sqlite_file() { sqlite3_close(database_); }
  sqlite_file(const sqlite_file&) = delete;
  sqlite_file& operator=(const sqlite_file&) = delete;

  std::string path() const { return (dir_.path() / "db").string(); }
  int run(const char* text) { return sqlite3_exec(database_, text, nullptr, nullptr, nullptr); }

  /// Syncs of one of its files while `text` runs.
  std::size_t syncs_of(const std::string& file, const char* text) {
    all_synced().clear();
    REQUIRE(run(text) == SQLITE_OK);
    const auto inode = inode_of(file);
    const auto& all = all_synced();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& x) { return x.inode == inode; }));
  }

  /// Pieces of its WAL while three megabytes are written.
  std::ptrdiff_t pieces_of_wal() {
    all_begun().clear();
    CHECK(syncs_of(path() + "-wal", "INSERT INTO t VALUES (randomblob(3000000))") == 0);
    return std::count(all_begun().begin(), all_begun().end(), inode_of(path() + "-wal"));
  }

private:
  temp_dir dir_;
  sqlite3* database_ = nullptr;
};

} // namespace

TEST_CASE("what a view writes goes to the device piece by piece, in the WAL and when a checkpoint takes it over") {
  REQUIRE(paced_vfs() != nullptr);
  sqlite_file paced{paced_vfs()};
  sqlite_file plain{nullptr};
  CHECK(plain.pieces_of_wal() == 0);
  CHECK(paced.pieces_of_wal() == 11);
  CHECK(plain.syncs_of(plain.path(), "PRAGMA wal_checkpoint(TRUNCATE)") == 1);
  CHECK(paced.syncs_of(paced.path(), "PRAGMA wal_checkpoint(TRUNCATE)") == 3);
  CHECK(paced.run("CREATE TABLE stored(bytes CHECK (bytes = 3000000)); INSERT INTO stored SELECT length(x) FROM t") ==
        SQLITE_OK);
}

TEST_CASE("a piece of a view that cannot be synced is a failed write of SQLite's") {
  sqlite_file paced{paced_vfs()};
  CHECK(paced.pieces_of_wal() == 11);
  syncs_fail = true;
  const int outcome = paced.run("PRAGMA wal_checkpoint(TRUNCATE)");
  syncs_fail = false;
  CHECK(outcome == SQLITE_IOERR);
  CHECK(paced.run("PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
}
