#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "daybook/persistence/os_files.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "noted_calls.hpp"

using namespace daybook;
using noted_calls::inode_of;
using noted_calls::noted;

TEST_CASE("a sync of the seam is an fdatasync of that very file") {
  const temp_dir dir;
  std::unique_ptr<os_file> file;
  REQUIRE(posix_files().open(dir.path() / "f", open_mode::create, file) == 0);
  REQUIRE(file->write(0, "x", 1) == 1);
  noted().syncs.clear();
  CHECK(file->sync() == 0);
  REQUIRE(noted().syncs.size() == 1);
  CHECK(noted().syncs[0].is_data_only);
  CHECK(noted().syncs[0].inode == inode_of(dir.path() / "f"));
}

TEST_CASE("a directory's sync of the seam is an fsync of that very directory") {
  const temp_dir dir;
  noted().syncs.clear();
  CHECK(posix_files().sync_directory(dir.path()) == 0);
  REQUIRE(noted().syncs.size() == 1);
  CHECK_FALSE(noted().syncs[0].is_data_only);
  CHECK(noted().syncs[0].inode == inode_of(dir.path()));
}

TEST_CASE("a sync of the seam says what the kernel said") {
  std::unique_ptr<os_file> file;
  // A device that has nothing to sync.
  REQUIRE(posix_files().open("/dev/null", open_mode::write, file) == 0);
  CHECK(file->sync() == -EINVAL);
  CHECK(posix_files().sync_directory("/nowhere/at/all") == -ENOENT);
}
