#include <catch2/catch.hpp>

#include <cerrno>
#include <random>
#include <set>

#include "daybook/tests/support/memory_files.hpp"
#include "daybook/tests/support/temp_dir.hpp"

// The double that the crash tests stand on: it behaves as the real files do while the power is on, and keeps no promise that
// a disk does not keep.

using namespace daybook;
using namespace daybook::testing;

namespace {

std::unique_ptr<os_file> opened(os_files& files, const std::string& path, open_mode mode = open_mode::update) {
  std::unique_ptr<os_file> file;
  REQUIRE(files.open(path, mode, file) >= 0);
  return file;
}

void put(os_file& file, std::uint64_t offset, const std::string& bytes) {
  REQUIRE(file.write(offset, bytes.data(), bytes.size()) == static_cast<os_outcome>(bytes.size()));
}

/// A machine with a directory and a file in it, both durable.
struct machine {
  memory_files files;
  std::unique_ptr<os_file> file;

  machine() {
    REQUIRE(files.make_directory("/d") == 0);
    file = opened(files, "/d/f");
    put(*file, 0, "old");
    REQUIRE(file->sync() == 0);
    REQUIRE(files.sync_directory("/d") == 0);
    REQUIRE(files.sync_directory("/") == 0);
  }

  /// All that power cuts may leave of a file.
  std::set<std::string> left(const std::string& path = "/d/f") const {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < 50 * memory_disk::damages; ++seed)
      found.insert(files.disk().after_power_cut(seed).contents(path).value_or("none"));
    return found;
  }
};

using texts = std::set<std::string>;

/// One random call on both; what came of it, or what was read.
template <class Files>
std::string random_call(Files& files, const std::string& root, std::mt19937_64& random) {
  const auto path = [&] { return root + "/" + (random() % 2 == 0 ? "" : "sub/") + std::string(1, "abc"[random() % 3]); };
  const auto from = path(), to = path();
  const auto offset = random() % 3000, size = random() % 1500;
  const auto mode = static_cast<open_mode>(random() % 4);
  std::unique_ptr<os_file> file;
  std::vector<std::string> names;
  switch (random() % 9) {
    case 0: return "rename " + std::to_string(files.rename(from, to));
    case 1: return "remove " + std::to_string(files.remove(from));
    case 2: return "make " + std::to_string(files.make_directory(root + "/sub"));
    case 3: return "is " + std::to_string(files.is_directory(from)) + std::to_string(files.is_directory(root + "/sub"));
    case 4: {
      const auto outcome = files.list(root + "/sub", names);
      std::sort(names.begin(), names.end());
      auto text = "list " + std::to_string(outcome);
      for (const auto& each : names)
        text += " " + each;
      return text;
    }
    default: break;
  }
  auto text = "open " + std::to_string(files.open(from, mode, file));
  if (!file)
    return text;
  if (mode != open_mode::read) {
    const std::string bytes(size, static_cast<char>('a' + random() % 26));
    text += " write " + std::to_string(file->write(offset, bytes.data(), bytes.size()));
    if (random() % 3 == 0)
      text += " cut " + std::to_string(file->truncate(random() % 4000));
    if (random() % 8 == 0)
      text += " room " + std::to_string(file->allocate(random() % 4000));
    text += " sync " + std::to_string(file->sync());
  }
  std::string all(5000, '\0');
  const auto count = file->read(random() % 100, all.data(), all.size());
  return text + " size " + std::to_string(file->size()) + " read " + all.substr(0, static_cast<std::size_t>(count));
}

} // namespace

TEST_CASE("files in memory answer as the operating system's do") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const temp_dir dir;
    memory_files files;
    REQUIRE(files.make_directory("/root") == 0);
    std::mt19937_64 one{seed}, other{seed};
    for (int i = 0; i < 200; ++i) {
      const auto real = random_call(posix_files(), dir.path().string(), one);
      REQUIRE(random_call(files, "/root", other) == real);
    }
  }
}

TEST_CASE("a power cut leaves what was synced") {
  machine on;
  CHECK(on.left() == texts{"old"});
  put(*on.file, 0, "new");
  REQUIRE(on.file->sync() == 0);
  CHECK(on.left() == texts{"new"});
}

TEST_CASE("a power cut keeps, drops, tears and reorders what was not synced") {
  machine on;
  put(*on.file, 3, std::string(509, 'a') + std::string(512, 'b'));
  put(*on.file, 1024, "c");
  const auto zeros = [](std::size_t count) { return std::string(count, '\0'); };
  const auto left = on.left();
  CHECK(left.count("old") == 1);
  CHECK(left.count("old" + std::string(509, 'a') + std::string(512, 'b') + "c") == 1);
  CHECK(left.count("old" + std::string(509, 'a')) == 1);
  CHECK(left.count("old" + zeros(509) + std::string(512, 'b')) == 1);
  CHECK(left.count("old" + zeros(1021) + "c") == 1);
  CHECK(left.count("old" + zeros(1022)) == 1);
  for (const auto& each : left)
    CHECK(each.substr(0, 3) == "old");
}

TEST_CASE("a power cut keeps or drops a cut that was not synced") {
  machine on;
  REQUIRE(on.file->truncate(1) == 0);
  put(*on.file, 1, "x");
  CHECK(on.left() == texts{"old", "o", "ox", "oxd", std::string("o\0", 2)});
}

TEST_CASE("a file's name is durable by its directory's sync, its contents by its own") {
  machine on;
  const auto file = opened(on.files, "/d/g");
  put(*file, 0, "x");
  REQUIRE(file->sync() == 0);
  CHECK(on.left("/d/g") == texts{"none", "x"});
  put(*file, 1, "y");
  REQUIRE(on.files.sync_directory("/d") == 0);
  CHECK(on.left("/d/g") == texts{"x", "xy", std::string("x\0", 2)});
}

TEST_CASE("a rename that was not synced leaves the old name, the new one or both, never the target's mixture") {
  machine on;
  const auto file = opened(on.files, "/d/f.new");
  put(*file, 0, "next");
  REQUIRE(file->sync() == 0);
  REQUIRE(on.files.sync_directory("/d") == 0);
  REQUIRE(on.files.rename("/d/f.new", "/d/f") == 0);
  CHECK(on.left() == texts{"old", "next"});
  CHECK(on.left("/d/f.new") == texts{"none", "next"});
  REQUIRE(on.files.sync_directory("/d") == 0);
  CHECK(on.left() == texts{"next"});
  CHECK(on.left("/d/f.new") == texts{"none"});
}

TEST_CASE("a directory that was not synced is gone with all that is in it") {
  memory_files files;
  REQUIRE(files.make_directory("/e") == 0);
  const auto file = opened(files, "/e/f");
  REQUIRE(file->sync() == 0);
  REQUIRE(files.sync_directory("/e") == 0);
  CHECK(files.disk().after_power_cut(0).files().empty());
  REQUIRE(files.sync_directory("/") == 0);
  CHECK(files.disk().after_power_cut(0).files().size() == 1);
}

TEST_CASE("what a failed sync lost stays lost, whatever later syncs say, until it is written again") {
  machine on;
  put(*on.file, 3, "+lost");
  on.files.fail({file_call::sync, "", 1, false, -EIO, false});
  CHECK(on.file->sync() == -EIO);
  CHECK(on.file->sync() == 0);
  CHECK(on.files.disk().contents("/d/f") == "old+lost");
  CHECK(on.left().count("old") == 1);
  put(*on.file, 8, "+kept");
  CHECK(on.file->sync() == 0);
  CHECK(on.left() == texts{"old+lost+kept", "old" + std::string(5, '\0') + "+kept"});
  put(*on.file, 3, "+lost");
  CHECK(on.file->sync() == 0);
  CHECK(on.left() == texts{"old+lost+kept"});
}

TEST_CASE("a killed program's files are dead, its locks free, and what it wrote is visible and not durable") {
  machine on;
  std::unique_ptr<directory_lock> lock;
  std::int64_t holder = 0;
  REQUIRE(on.files.lock("/d/lock", lock, holder) == 0);
  put(*on.file, 0, "new");
  on.files.kill();
  CHECK(on.files.remove("/d/f") == -EIO);
  on.files.restart();
  CHECK(on.file->write(0, "x", 1) == -EIO);
  CHECK(on.files.disk().contents("/d/f") == "new");
  CHECK(on.left() == texts{"old", "new"});
  std::unique_ptr<directory_lock> second;
  CHECK(on.files.lock("/d/lock", second, holder) == 0);
  lock.reset();
  std::unique_ptr<directory_lock> third;
  CHECK(on.files.lock("/d/lock", third, holder) == -EWOULDBLOCK);
}

TEST_CASE("a program can be killed in the moment before a change") {
  machine on;
  on.files.kill_at_change(2);
  put(*on.file, 0, "new");
  CHECK(on.file->write(0, "NEW", 3) == -EIO);
  CHECK(on.file->sync() == -EIO);
  CHECK(on.files.disk().contents("/d/f") == "new");
  CHECK(on.left() == texts{"old", "new"});
  on.files.restart();
  CHECK(opened(on.files, "/d/f")->size() == 3);
}

TEST_CASE("a full disk takes what it has room for") {
  machine on;
  on.files.set_capacity(5);
  CHECK(on.file->write(3, "abcd", 4) == 2);
  CHECK(on.file->write(5, "cd", 2) == -ENOSPC);
  CHECK(on.file->allocate(6) == -ENOSPC);
  CHECK(on.file->write(0, "OLD", 3) == 3);
  REQUIRE(on.file->truncate(0) == 0);
  CHECK(on.file->allocate(5) == 0);
}

TEST_CASE("the nth call fails, of a kind, on a name, once or for ever, or is short") {
  machine on;
  char text[4];
  on.files.fail({file_call::read, "f", 2, false, -EIO, false});
  CHECK(on.file->read(0, text, 3) == 3);
  CHECK(on.file->read(0, text, 3) == -EIO);
  CHECK(on.file->read(0, text, 3) == 3);
  CHECK(on.files.struck() == 1);
  on.files.heal();
  on.files.fail({std::nullopt, "", 1, true, -EINTR, false});
  CHECK(on.file->size() == -EINTR);
  CHECK(on.files.rename("/d/f", "/d/g") == -EINTR);
  CHECK(on.files.struck() == 2);
  on.files.heal();
  on.files.fail({std::nullopt, "", 1, true, 0, true});
  CHECK(on.file->read(0, text, 3) == 2);
  CHECK(on.file->write(0, "abc", 3) == 2);
  CHECK(on.file->sync() == 0);
}

TEST_CASE("the observer sees the disk before each call that changes it, and the record has them in order") {
  machine on;
  std::vector<std::string> seen;
  on.files.record(true);
  on.files.watch([&](const memory_disk& before, const disk_call& next) {
    seen.push_back(before.contents("/d/f").value_or("none") + " " + std::string{name(next.what)});
  });
  put(*on.file, 3, "+");
  REQUIRE(on.file->sync() == 0);
  REQUIRE(on.files.rename("/d/f", "/d/g") == 0);
  CHECK(seen == std::vector<std::string>{"old write", "old+ sync", "old+ rename"});
  REQUIRE(on.files.calls().size() == 3);
  CHECK(describe(on.files.calls()[0]) == "write /d/f 3+1 = 1");
  CHECK(describe(on.files.calls()[2]) == "rename /d/f -> /d/g = 0");
}
