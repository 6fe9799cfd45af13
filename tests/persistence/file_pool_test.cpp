#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/persistence/file_pool.hpp"
#include "daybook/tests/support/faulty_files.hpp"
#include "daybook/tests/support/journal_fixture.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr int most_open = 3;

/// Ten files that hold their own number, from a pool.
struct pool_of_ten {
  pool_of_ten() {
    for (int i = 0; i < 10; ++i) {
      put_bytes(dir.path() / std::to_string(i), std::to_string(i));
      files.push_back(pool.at(dir.path() / std::to_string(i)));
    }
  }

  std::string read(int number) const {
    std::string text(8, '\0');
    const auto got = files[static_cast<std::size_t>(number)]->read_at(0, text.data(), text.size());
    return got ? text.substr(0, *got) : got.error().message;
  }

  temp_dir dir;
  faulty_files system;
  file_pool pool{system, most_open};
  std::vector<std::unique_ptr<file>> files;
};

} // namespace

TEST_CASE("a pool opens a file when it is read, and keeps few of them open") {
  const pool_of_ten in;
  CHECK(in.system.opened() == 0);
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10; ++i) {
      CHECK(in.read(i) == std::to_string(i));
      CHECK(in.system.open_now() <= most_open);
    }
  CHECK(in.system.open_now() == most_open);
}

TEST_CASE("a pool keeps those files open that were read last") {
  const pool_of_ten in;
  for (const int i : {0, 1, 2, 0, 3, 0, 1})
    in.read(i);
  // 1 was closed for 3, as 0 had been read after it.
  CHECK(in.system.opened() == 5);
  in.read(0);
  in.read(1);
  CHECK(in.system.opened() == 5);
}

TEST_CASE("a pool that is told to closes what nobody has read since it was told before") {
  const pool_of_ten in;
  for (const int i : {0, 1, 2})
    in.read(i);
  in.pool.close_unread();
  CHECK(in.system.open_now() == 3);
  in.read(1);
  in.pool.close_unread();
  CHECK(in.system.open_now() == 1);
  in.read(1);
  CHECK(in.system.opened() == 3);
  in.pool.close_unread();
  in.pool.close_unread();
  CHECK(in.system.open_now() == 0);
  CHECK(in.read(1) == "1");
}

TEST_CASE("a pool closes a file with its last owner, and its files outlive it") {
  pool_of_ten in;
  in.read(4);
  in.files.erase(in.files.begin() + 4);
  CHECK(in.system.open_now() == 0);
  auto lent = file_pool{in.system, most_open}.at(in.dir.path() / "7");
  CHECK(lent->size().ok());
  CHECK(in.system.open_now() == 1);
  lent.reset();
  CHECK(in.system.open_now() == 0);
}

TEST_CASE("a file of a pool that is not there says so when it is read, and none can be written") {
  const pool_of_ten in;
  const auto none = in.pool.at(in.dir.path() / "none");
  CHECK(none->size().error().code == errc::not_found);
  char byte = 0;
  CHECK(none->read_at(0, &byte, 1).error().message.find("none") != std::string::npos);
  put_bytes(in.dir.path() / "none", "now");
  CHECK(none->size().ok());
  const auto there = in.pool.at(in.dir.path() / "0");
  CHECK_FALSE(there->write_at(0, "x").ok());
  CHECK_FALSE(there->truncate(0).ok());
  CHECK_FALSE(there->allocate(1).ok());
  CHECK_FALSE(there->sync().ok());
  CHECK(in.read(0) == "0");
}

TEST_CASE("many threads read more files than a pool keeps open", "[threads]") {
  const pool_of_ten in;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (std::size_t thread = 0; thread < wrong.size(); ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 500; ++i)
        wrong[thread] +=
          in.read(i * static_cast<int>(thread + 1) % 10) != std::to_string(i * static_cast<int>(thread + 1) % 10);
    });
  for (auto& each : threads)
    each.join();
  CHECK(wrong == std::vector<int>(4, 0));
  CHECK(in.system.open_now() <= most_open);
}

TEST_CASE("a journal's open files do not grow with its segments") {
  journal_fixture on{200};
  on.files.without_syncs();
  on.open();
  const auto append_and_read = [&](int segments) {
    for (int i = 0; i < segments; ++i)
      on.append("a");
    CHECK(on.stream("a").size() == on.version("a"));
    return on.files.open_now();
  };
  const auto some = append_and_read(150);
  CHECK(append_and_read(150) == some);
  on.reopen();
  CHECK(on.stream("a").size() == 300);
  CHECK(on.files.open_now() == some);
  on.reopen_without_index();
  CHECK(on.stream("a").size() == 300);
  CHECK(on.files.open_now() == some);
}

TEST_CASE("a journal closes the files of segments that were read once, as more are sealed") {
  journal_fixture on{200};
  on.files.without_syncs();
  on.open();
  for (int i = 0; i < 20; ++i)
    on.append("a");
  const auto unread = on.files.open_now();
  CHECK(on.stream("a").size() == 20);
  CHECK(on.files.open_now() > unread);
  for (int i = 0; i < 3; ++i)
    on.append("b");
  CHECK(on.files.open_now() == unread);
  on.reopen();
  CHECK(on.files.open_now() == unread);
}
