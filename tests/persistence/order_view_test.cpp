#include "daybook/persistence/order_view.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include "daybook/tests/support/given.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "daybook/tests/support/view_random.hpp"
#include "daybook/tests/support/view_support.hpp"

namespace fs = std::filesystem;
using namespace daybook;
using namespace daybook::testing;
using ids = std::vector<std::string>;

namespace {

/// Holds the connections that the code under test opens, without a hook in it.
class connection_spy {
public:
  connection_spy() {
    opened_.clear();
    sqlite3_auto_extension(entry());
  }
  ~connection_spy() { sqlite3_cancel_auto_extension(entry()); }
  connection_spy(const connection_spy&) = delete;
  connection_spy& operator=(const connection_spy&) = delete;

  sqlite3* last() const { return opened_.back(); }

  static int number(sqlite3* connection, const std::string& pragma) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(connection, ("PRAGMA " + pragma).c_str(), -1, &statement, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    const int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
  }

private:
  static int note(sqlite3* connection, const char**, const void*) {
    opened_.push_back(connection);
    return SQLITE_OK;
  }
  static void (*entry())() { return reinterpret_cast<void (*)()>(&note); }

  static inline std::vector<sqlite3*> opened_;
};

std::int64_t count_in(const fs::path& file, const std::string& sql) {
  SQLite::Database database{file.string(), SQLite::OPEN_READONLY};
  return database.execAndGet(sql).getInt64();
}

} // namespace

// -- the fold ---------------------------------------------------------------------------------------------------------

TEST_CASE("the view shows what the fold of the events gives, after every event of a random history", "[view]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  // What the writer still knows and what it reads from its rows must be the same.
  const bool is_opened_anew = GENERATE(false, true);
  CAPTURE(is_opened_anew);
  const auto history = random_history(seed, is_opened_anew ? 300 : 600);
  temp_dir dir;
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  std::map<std::string, std::pair<order, version_t>> folded;
  for (std::size_t i = 0; i < history.commits().size(); ++i) {
    if (is_opened_anew) {
      writer.reset();
      writer = must(order_view_writer::open(dir.path() / "view.db"));
    }
    must(writer->apply(history.slice(i, i + 1)));
    const auto& commit = history.commits()[i];
    const auto id = commit.events.front().stream.substr(6);
    auto& [state, version] = folded[id];
    for (const auto& event : commit.events)
      evolve(state, must(order_codec::decode(event.type, event.data)));
    version = commit.events.back().version;
    const auto shown = must(reader->show(id));
    REQUIRE(shown);
    REQUIRE(text_of(*shown) == text_of(details_of(state, id, version, commit.last_position())));
  }
  std::map<std::string, int> reached;
  for (const auto& [id, known] : folded)
    ++reached[std::string{name(known.first.status)}];
  CHECK(reached.size() > 5);
}

TEST_CASE("how commits are batched does not matter to a single row", "[view]") {
  const auto history = random_history(7, 1500);
  temp_dir dir;
  write_view(dir.path() / "all.db", history, history.commits().size());
  const auto expected = dump(dir.path() / "all.db");
  const auto batch = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100});
  CAPTURE(batch);
  write_view(dir.path() / "batched.db", history, batch);
  CHECK(dump(dir.path() / "batched.db") == expected);
}

TEST_CASE("rows give back a state that no decision would lead to", "[view]") {
  recorded_history history;
  history.add("odd", {some_request(), some_validation(), order_rejected{{rejection::no_lines}}});
  history.add("odd", {payment_recorded{5000, "GBP", ""}});
  history.add("late", {order_validated{300, {{3, 100}}}});
  history.add("late", {items_returned{{{1, 2}, {9, 1}}, 200, ""}});
  history.add("twice", {some_request()});
  history.add("twice", {order_requested{"1", "", "JPY", "soon", {}}});
  temp_dir dir;
  const bool is_opened_anew = GENERATE(false, true);
  CAPTURE(is_opened_anew);
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  for (std::size_t i = 0; i < history.commits().size(); ++i) {
    if (is_opened_anew) {
      writer.reset();
      writer = must(order_view_writer::open(dir.path() / "view.db"));
    }
    must(writer->apply(history.slice(i, i + 1)));
  }
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  for (const auto* id : {"odd", "late", "twice"})
    CHECK(text_of(must(reader->show(id)).value()) == text_of(history.details(id)));
}

TEST_CASE("texts come back byte by byte", "[view]") {
  recorded_history history;
  auto request = some_request();
  request.country = std::string{"a\0b", 3};
  request.lines[0].description = "'; DROP TABLE orders; -- \xf0\x9f\x98\x80\n\t\"";
  history.add("o", {request});
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  CHECK(text_of(must(reader->show("o")).value()) == text_of(history.details("o")));
}

TEST_CASE("streams of other categories only move the position on", "[view]") {
  recorded_history history;
  history.add_raw("stock-1", "StockCounted", "{}").add_raw("orders", "X", "{}").add_raw("order-", "X", "{}");
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  CHECK(writer->position().position == 3);
  CHECK(writer->parked() == 0);
  CHECK(must(must(order_view_reader::open(dir.path() / "view.db"))->status()).orders == 0);
}

// -- the checkpoint ---------------------------------------------------------------------------------------------------

TEST_CASE("commits that are already in the view are passed over", "[view]") {
  const auto history = random_history(11, 200);
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  const auto before = dump(dir.path() / "view.db");
  must(writer->apply(history.all()));
  CHECK(dump(dir.path() / "view.db") == before);
  CHECK(writer->position().position == history.position());
}

TEST_CASE("a gap in the positions is refused and nothing of the call is kept", "[view]") {
  const auto history = random_history(11, 200);
  temp_dir dir;
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  must(writer->apply(history.slice(0, 10)));
  const auto before = dump(dir.path() / "view.db");
  auto gap = history.slice(10, 20);
  gap.erase(gap.begin() + 5);
  CHECK(code_of(writer->apply(gap)) == errc::internal);
  CHECK(dump(dir.path() / "view.db") == before);
  must(writer->apply(history.slice(5, 30)));
  CHECK(writer->position().position == history.commits()[29].last_position());
}

TEST_CASE("position and digest survive closing and opening", "[view]") {
  const auto history = random_history(5, 100);
  temp_dir dir;
  write_view(dir.path() / "view.db", history).reset();
  const auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  CHECK(writer->position().position == history.position());
  CHECK(writer->position().digest == history.commits().back().digest);
  const auto read = must(must(order_view_reader::open(dir.path() / "view.db"))->position());
  CHECK(read.position == history.position());
  CHECK(read.digest == history.commits().back().digest);
}

TEST_CASE("when the disk is full nothing of a batch is kept, and it can be repeated", "[view]") {
  auto history = random_history(3, 3000);
  history.add_raw("order-bad", "FromTheFuture", "{}");
  temp_dir dir;
  connection_spy spy;
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  auto* connection = spy.last();
  must(writer->apply(history.slice(0, 20)));
  const auto before = dump(dir.path() / "view.db");
  const auto position = writer->position().position;
  const auto pages = connection_spy::number(connection, "page_count");
  connection_spy::number(connection, "max_page_count = " + std::to_string(pages + 3));
  const auto failed = writer->apply(history.all());
  CHECK(code_of(failed) == errc::disk_full);
  CHECK(failed.error().message.find("full") != std::string::npos);
  CHECK(writer->position().position == position);
  CHECK(writer->parked() == 0);
  CHECK(dump(dir.path() / "view.db") == before);

  connection_spy::number(connection, "max_page_count = 1000000");
  must(writer->apply(history.all()));
  write_view(dir.path() / "expected.db", history);
  CHECK(dump(dir.path() / "view.db") == dump(dir.path() / "expected.db"));
}

TEST_CASE("a batch that is broken off at any step leaves rows and checkpoint as they were", "[view]") {
  const auto history = random_history(4, 400);
  temp_dir dir;
  connection_spy spy;
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  auto* connection = spy.last();
  must(writer->apply(history.slice(0, 50)));
  const auto before = dump(dir.path() / "view.db");
  int broken_off = 0;
  for (int allowed = 1;; allowed += 97) {
    int left = allowed;
    const auto give_up = [](void* count) { return --*static_cast<int*>(count) < 0 ? 1 : 0; };
    sqlite3_progress_handler(connection, 20, give_up, &left);
    const auto applied = writer->apply(history.all());
    sqlite3_progress_handler(connection, 0, nullptr, nullptr);
    if (applied)
      break;
    ++broken_off;
    REQUIRE(applied.error().code == errc::view_failed);
    REQUIRE(dump(dir.path() / "view.db") == before);
  }
  CHECK(broken_off > 3);
  write_view(dir.path() / "expected.db", history);
  CHECK(dump(dir.path() / "view.db") == dump(dir.path() / "expected.db"));
}

// -- parking ----------------------------------------------------------------------------------------------------------

TEST_CASE("an event that cannot be read parks its order, and the others go on", "[view]") {
  recorded_history history;
  history.add("a", {some_request()}).add("b", {some_request()});
  history.add_raw("order-a", "FromTheFuture", "{}").add_raw("order-new", "OrderRequested", "[]");
  history.add("b", {some_validation()}).add("a", {order_cancelled{""}, order_delivered{}});
  history.add("a", {order_shipped{}});
  const auto batch = GENERATE(std::size_t{1}, std::size_t{100});
  temp_dir dir;
  const auto file = dir.path() / "view.db";
  auto writer = write_view(file, history, batch);
  CHECK(writer->parked() == 2);
  CHECK(writer->position().position == history.position());
  auto reader = must(order_view_reader::open(file));
  const auto status = must(reader->status());
  REQUIRE(status.parked.size() == 2);
  CHECK(status.parked[0].stream == "order-a");
  CHECK(status.parked[0].position == 3);
  CHECK(status.parked[0].error.find("FromTheFuture") != std::string::npos);
  CHECK(status.parked[1].stream == "order-new");
  CHECK(count_in(file, "SELECT waiting FROM parked WHERE stream = 'order-a'") == 3);
  CHECK(must(reader->show("a"))->summary.status == "requested");
  CHECK(must(reader->show("a"))->summary.version == 1);
  CHECK(must(reader->show("b"))->summary.status == "validated");
  CHECK_FALSE(must(reader->show("new")));
  reader.reset();
  writer.reset();
  CHECK(must(order_view_writer::open(file))->parked() == 2);
}

TEST_CASE("an event whose version does not follow parks its order", "[view]") {
  recorded_history history;
  history.add("a", {some_request()}).add_raw("order-b", "OrderDelivered", "{}");
  auto skipping = history.commits()[0];
  skipping.events[0].position = 3;
  skipping.events[0].version = 3;
  temp_dir dir;
  auto writer = write_view(dir.path() / "view.db", history);
  must(writer->apply({&skipping}));
  const auto status = must(must(order_view_reader::open(dir.path() / "view.db"))->status());
  REQUIRE(status.parked.size() == 1);
  CHECK(status.parked[0].error == "version 3 follows version 1");
}

// -- lists ------------------------------------------------------------------------------------------------------------

TEST_CASE("a list is filtered by every field, newest submission first", "[view]") {
  recorded_history history;
  submit(history, "1", {"A", "France", "EUR", "2010-12-01T08:00:00"});
  submit(history, "2", {"B", "", "EUR", "2010-12-02T00:00:00"});
  submit(history, "3", {"A", "Unspecified", "EUR", "2010-12-02T23:59:59.5"});
  submit(history, "4", {"", "France", "EUR", "2010-12-03T00:00:00"});
  submit(history, "5", {"A", "France", "EUR", "2010-12-02 at noon"});
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  const auto list = [&](const order_filter& filter) { return ids_of(must(reader->list(filter))); };
  CHECK(list({}) == ids{"5", "4", "3", "2", "1"});
  CHECK(list({"validated", "", "", "", "", "", 50}) == ids{"3", "2", "1"});
  CHECK(list({"", "A", "", "", "", "", 50}) == ids{"5", "3", "1"});
  CHECK(list({"", "", "France", "", "", "", 50}) == ids{"5", "4", "1"});
  CHECK(list({"", "", "Unspecified", "", "", "", 50}) == ids{"3", "2"});
  CHECK(list({"", "B", "Unspecified", "", "", "", 50}) == ids{"2"});
  CHECK(list({"", "", "", "2010-12-02", "", "", 50}) == ids{"4", "3", "2"});
  CHECK(list({"", "", "", "", "2010-12-03", "", 50}) == ids{"3", "2", "1"});
  CHECK(list({"", "", "", "2010-12-02T00:00:00", "2010-12-03T00:00:00", "", 50}) == ids{"3", "2"});
  CHECK(list({"validated", "A", "France", "2010-12-01", "2010-12-09", "", 50}) == ids{"1"});
  CHECK(list({"sold", "", "", "", "", "", 50}).empty());
  CHECK(list({"", "", "", "", "", "", 2}) == ids{"5", "4"});
  CHECK(text_of(must(reader->list({"", "", "", "", "", "2", 1})).at(0)) == text_of(history.details("1").summary));
}

TEST_CASE("pages go on where the last one ended while orders come in", "[view]") {
  recorded_history history;
  for (const auto* id : {"a", "b", "c", "d", "e"})
    submit(history, id, {});
  temp_dir dir;
  auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  order_filter filter;
  filter.limit = 2;
  CHECK(ids_of(must(reader->list(filter))) == ids{"e", "d"});
  submit(history, "f", {});
  history.add("d", {order_cancelled{"moved on"}});
  must(writer->apply(history.all()));
  filter.after = "d";
  CHECK(ids_of(must(reader->list(filter))) == ids{"c", "b"});
  filter.after = "b";
  CHECK(ids_of(must(reader->list(filter))) == ids{"a"});
  filter.after = "nobody";
  CHECK(code_of(reader->list(filter)) == errc::not_found);
}

TEST_CASE("ids are completed from a prefix, whatever characters it has", "[view]") {
  recorded_history history;
  for (const auto* id : {"b1", "a_1", "a-1", "aX1", "a_2", "a_z", "A"})
    submit(history, id, {});
  temp_dir dir;
  const auto writer = write_view(dir.path() / "view.db", history);
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  CHECK(must(reader->ids("a_", 10)) == ids{"a_1", "a_2", "a_z"});
  CHECK(must(reader->ids("", 3)) == ids{"A", "a-1", "aX1"});
  CHECK(must(reader->ids("%", 10)).empty());
}

TEST_CASE("an empty view answers everything", "[view]") {
  temp_dir dir;
  const auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  CHECK(must(reader->position()).position == 0);
  CHECK_FALSE(must(reader->show("x")));
  CHECK(must(reader->list({})).empty());
  CHECK(must(reader->summary()).orders_requested == 0);
  CHECK(must(reader->sales(sales_key::product, 20)).empty());
  CHECK(must(reader->status()).parked.empty());
}

// -- the file ---------------------------------------------------------------------------------------------------------

TEST_CASE("a reader never checkpoints, also when it closes last", "[view]") {
  const auto history = random_history(9, 300);
  temp_dir dir;
  const auto file = dir.path() / "view.db";
  const auto wal = dir.path() / "view.db-wal";
  auto writer = write_view(file, history);
  connection_spy spy;
  auto reader = must(order_view_reader::open(file));
  int is_off = 0;
  sqlite3_db_config(spy.last(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &is_off);
  CHECK(is_off == 1);
  CHECK(sqlite3_db_readonly(spy.last(), "main") == 1);
  CHECK(connection_spy::number(spy.last(), "query_only") == 1);
  writer.reset();
  const auto wal_bytes = fs::file_size(wal);
  const auto file_bytes = fs::file_size(file);
  REQUIRE(wal_bytes > 0);
  CHECK(must(reader->status()).position == history.position());
  reader.reset();
  CHECK(fs::file_size(wal) == wal_bytes);
  CHECK(fs::file_size(file) == file_bytes);
}

TEST_CASE("the file alone is the view when its WAL was moved into it, and stays alone when asked", "[view]") {
  auto history = random_history(9, 300);
  temp_dir dir;
  const auto file = dir.path() / "view.db";
  auto writer = write_view(file, history);
  must(writer->checkpoint_wal());
  CHECK_FALSE(fs::exists(dir.path() / "view.db-wal"));
  fs::copy_file(file, dir.path() / "copy.db");
  CHECK(dump(dir.path() / "copy.db") == dump(file));
  history.add("after", {some_request()});
  must(writer->apply(history.all()));
  CHECK(fs::exists(dir.path() / "view.db-wal"));
  writer.reset();
  CHECK(must(must(order_view_reader::open(dir.path() / "copy.db"))->position()).position == history.position() - 1);
  CHECK(must(must(order_view_reader::open(file))->position()).position == history.position());
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : fs::directory_iterator(dir.path()))
    ++files;
  CHECK(files == 2);
}

TEST_CASE("the WAL is emptied beside an open reader, unless a query is under way", "[view]") {
  const auto history = random_history(9, 300);
  temp_dir dir;
  const auto file = dir.path() / "view.db";
  auto writer = write_view(file, history);
  auto reader = must(order_view_reader::open(file));
  must(writer->checkpoint_wal());
  CHECK(fs::file_size(dir.path() / "view.db-wal") == 0);
  CHECK(must(reader->position()).position == history.position());
}

TEST_CASE("a view is opened through a link that points nowhere yet", "[view]") {
  temp_dir dir;
  fs::create_symlink("orders-1.db", dir.path() / "orders.db");
  const auto writer = write_view(dir.path() / "orders.db", random_history(1, 20));
  CHECK(fs::exists(dir.path() / "orders-1.db-wal"));
  CHECK_FALSE(fs::exists(dir.path() / "orders.db-wal"));
}

TEST_CASE("a file that is not a view of this version is refused and left as it is", "[view]") {
  temp_dir dir;
  const auto file = dir.path() / "view.db";
  const std::string damage = GENERATE("future", "foreign", "garbage", "short", "no checkpoint");
  CAPTURE(damage);
  write_view(file, random_history(2, 200)).reset();
  const auto run = [&](const char* sql) { SQLite::Database{file.string(), SQLite::OPEN_READWRITE}.exec(sql); };
  if (damage == "future")
    run("PRAGMA user_version = 99");
  else if (damage == "foreign")
    run("PRAGMA application_id = 7");
  else if (damage == "garbage")
    std::ofstream{file, std::ios::trunc} << std::string(10'000, 'x');
  else if (damage == "short")
    fs::resize_file(file, fs::file_size(file) / 2);
  else
    run("DROP TABLE checkpoint");
  CHECK(code_of(order_view_writer::open(file)) == errc::view_failed);
  CHECK(code_of(order_view_reader::open(file)) == errc::view_failed);
}

TEST_CASE("a view that is not there is not made by asking it", "[view]") {
  temp_dir dir;
  CHECK(code_of(order_view_reader::open(dir.path() / "view.db")) == errc::view_failed);
  CHECK_FALSE(fs::exists(dir.path() / "view.db"));
  CHECK(code_of(order_view_writer::open(dir.path() / "nowhere" / "view.db")) == errc::view_failed);
}
