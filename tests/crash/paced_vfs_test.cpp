#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "daybook/persistence/paced_vfs.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "noted_calls.hpp"

namespace fs = std::filesystem;
using namespace daybook;
using noted_calls::inode_of;
using noted_calls::noted;

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
  std::string wal() const { return path() + "-wal"; }
  int run(const char* text) { return sqlite3_exec(database_, text, nullptr, nullptr, nullptr); }

  /// Syncs of one of its files while `text` runs.
  std::size_t syncs_of(const std::string& file, const char* text) {
    noted().syncs.clear();
    REQUIRE(run(text) == SQLITE_OK);
    const auto inode = inode_of(file);
    const auto& all = noted().syncs;
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& x) { return x.inode == inode; }));
  }

  /// Pieces of its WAL while three megabytes are written.
  std::ptrdiff_t pieces_of_wal() {
    noted().begun.clear();
    CHECK(syncs_of(wal(), "INSERT INTO t VALUES (randomblob(3000000))") == 0);
    return std::count(noted().begun.begin(), noted().begun.end(), inode_of(wal()));
  }

  /// Calls that write to its WAL while three megabytes are written.
  std::ptrdiff_t writes_to_wal() {
    noted().writes.clear();
    REQUIRE(run("INSERT INTO t VALUES (randomblob(3000000))") == SQLITE_OK);
    return std::count(noted().writes.begin(), noted().writes.end(), inode_of(wal()));
  }

  /// The first value of each row of the answer, and whether all of the database is sound.
  std::vector<std::string> found(const char* query) const { return ask(database_, query); }

  /// The same as a process finds it that comes after a kill of this one.
  std::vector<std::string> found_after_a_kill(const char* query) const {
    const temp_dir copy;
    fs::copy_file(path(), copy.path() / "db");
    fs::copy_file(wal(), copy.path() / "db-wal");
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((copy.path() / "db").c_str(), &database) == SQLITE_OK);
    auto answer = ask(database, query);
    sqlite3_close(database);
    return answer;
  }

private:
  static std::vector<std::string> ask(sqlite3* database, const char* query) {
    std::vector<std::string> answer;
    const auto keep = [](void* into, int, char** values, char**) {
      static_cast<std::vector<std::string>*>(into)->emplace_back(values[0]);
      return 0;
    };
    CHECK(sqlite3_exec(database, query, keep, &answer, nullptr) == SQLITE_OK);
    CHECK(sqlite3_exec(database, "PRAGMA integrity_check", keep, &answer, nullptr) == SQLITE_OK);
    return answer;
  }

  temp_dir dir_;
  sqlite3* database_ = nullptr;
};

/// Puts a row into the table for each `n` from 1 to `rows`.
std::string insert(const std::string& table, int rows, const std::string& values) {
  return "WITH numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < " + std::to_string(rows) +
         ") INSERT INTO " + table + " SELECT " + values + " FROM numbers; ";
}

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
  noted().syncs_fail = true;
  const int outcome = paced.run("PRAGMA wal_checkpoint(TRUNCATE)");
  noted().syncs_fail = false;
  CHECK(outcome == SQLITE_IOERR);
  CHECK(paced.run("PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
}

TEST_CASE("pages of a view's WAL that follow each other are written sixteen at a time") {
  sqlite_file paced{paced_vfs()};
  sqlite_file plain{nullptr};
  // 735 pages, a header and the page of each in a call of its own; and the end of the transaction, which is not kept back.
  CHECK(plain.writes_to_wal() == 2 * 735);
  CHECK(paced.writes_to_wal() == 735 / 16 + 2);
}

TEST_CASE("a transaction that a view has ended is there after a kill") {
  sqlite_file paced{paced_vfs()};
  // Of one page and of many, of which a small cache writes some before the end, and again when they are changed again.
  REQUIRE(paced.run("PRAGMA cache_size = 10; CREATE TABLE done(n); INSERT INTO done VALUES (0)") == SQLITE_OK);
  for (int i = 1; i <= 40; ++i) {
    const auto transaction = "BEGIN; " + insert("t", i, "replace(hex(zeroblob(900)), '00', 'ab')") +
                             "UPDATE t SET x = replace(x, 'ab', 'cd'); UPDATE t SET x = replace(x, 'cd', 'ef');" +
                             "UPDATE done SET n = n + 1; END";
    REQUIRE(paced.run(transaction.c_str()) == SQLITE_OK);
    CHECK(paced.found_after_a_kill("SELECT n FROM done UNION ALL SELECT count(*) FROM t UNION ALL "
                                   "SELECT count(*) FROM t WHERE x <> replace(hex(zeroblob(900)), '00', 'ef')") ==
          std::vector<std::string>{std::to_string(i), std::to_string(i * (i + 1) / 2), "0", "ok"});
  }
}

TEST_CASE("a transaction that a view has not ended is not there after a kill") {
  sqlite_file paced{paced_vfs()};
  REQUIRE(
    paced.run("PRAGMA cache_size = 10; INSERT INTO t VALUES (zeroblob(9)); BEGIN; INSERT INTO t VALUES (zeroblob(900000))") ==
    SQLITE_OK);
  CHECK(fs::file_size(paced.wal()) > 800'000);
  CHECK(paced.found_after_a_kill("SELECT sum(length(x)) FROM t") == std::vector<std::string>{"9", "ok"});
  REQUIRE(paced.run("END") == SQLITE_OK);
  CHECK(paced.found_after_a_kill("SELECT sum(length(x)) FROM t") == std::vector<std::string>{"900009", "ok"});
}

TEST_CASE("a transaction whose gathered pages find no room has failed, and the next one does not meet them") {
  sqlite_file paced{paced_vfs()};
  REQUIRE(paced.run("CREATE TABLE other(x); INSERT INTO t VALUES (zeroblob(9))") == SQLITE_OK);
  // The second write of a small transaction is that of its last page.
  for (const auto& [bytes, writes] : {std::pair{"10", 0}, {"10", 1}, {"40000", 0}, {"900000", 0}, {"900000", 10}}) {
    const auto insert = "INSERT INTO t VALUES (zeroblob(" + std::string{bytes} + "))";
    REQUIRE(paced.run("INSERT INTO other VALUES (1)") == SQLITE_OK);
    noted().without_room = inode_of(paced.wal());
    noted().writes_with_room = writes;
    CHECK(paced.run(insert.c_str()) == SQLITE_FULL);
    noted().without_room = 0;
    // Syncs the WAL, and so finds what might be left.
    CHECK(paced.run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
    CHECK(paced.found_after_a_kill("SELECT sum(length(x)) FROM t") == std::vector<std::string>{"9", "ok"});
  }
  CHECK(paced.run("INSERT INTO t VALUES (zeroblob(900000))") == SQLITE_OK);
  CHECK(paced.found_after_a_kill("SELECT sum(length(x)) FROM t") == std::vector<std::string>{"900009", "ok"});
}

TEST_CASE("a transaction that goes on after its gathered pages found no room lacks none of them when it is committed") {
  sqlite_file paced{paced_vfs()};
  REQUIRE(paced.run("PRAGMA cache_size = 10; CREATE TABLE u(x CHECK (x <> ''), n UNIQUE)") == SQLITE_OK);
  int went_on = 0;
  for (int rows = 40; rows < 60; ++rows) {
    const auto begin = "BEGIN; " + insert("u", rows, "hex(randomblob(900)), n + 100 * " + std::to_string(rows));
    REQUIRE(paced.run(begin.c_str()) == SQLITE_OK);
    // Reads pages that were written from a small cache; what fails is this statement only.
    noted().without_room = inode_of(paced.wal());
    noted().writes_with_room = 0;
    const int outcome = paced.run("UPDATE u SET x = x || 'b', n = -n WHERE x = 'none'");
    noted().without_room = 0;
    if (paced.run("END") == SQLITE_OK && outcome == SQLITE_FULL)
      ++went_on;
    const auto* query = "SELECT x FROM u ORDER BY n";
    CHECK(paced.found_after_a_kill(query) == paced.found(query));
  }
  CHECK(went_on > 0);
}
