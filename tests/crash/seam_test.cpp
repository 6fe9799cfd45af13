#include <catch2/catch.hpp>

#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daybook/persistence/os_files.hpp"
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

int note(bool is_data_only, int descriptor, long call) {
  struct ::stat status {};
  ::fstat(descriptor, &status);
  all_synced().push_back({is_data_only, status.st_ino});
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
