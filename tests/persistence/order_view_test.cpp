#include "daybook/persistence/order_view.hpp"

#include <fstream>
#include <random>

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include "daybook/tests/support/given.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "daybook/tests/support/view_support.hpp"

namespace fs = std::filesystem;
using namespace daybook;
using namespace daybook::testing;
using ids = std::vector<std::string>;
using texts = std::vector<std::string>;

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

struct sample {
  std::string customer = "17850";
  std::string country = "United Kingdom";
  std::string currency = "GBP";
  std::string ordered_at = "2010-12-01T08:26:00";
  std::vector<requested_line> lines = {{"A", "", "1", "1"}};
};

/// An order and the verdict about it, in two commits.
void submit(recorded_history& into, const std::string& id, const sample& with) {
  const order_requested request{with.customer, with.country, with.currency, with.ordered_at, with.lines};
  into.add(id, {request});
  into.add(id, {validate(request)});
}

template <class Random>
std::size_t below(Random& random, std::size_t end) {
  return random() % end;
}

template <class Random>
order_action random_wish(Random& random, const order& state) {
  const auto amount = std::to_string(below(random, 40)) + "." + std::to_string(below(random, 10));
  switch (below(random, 8)) {
    case 0: return pay(amount);
    case 1: return pay("100");
    case 2: return ship_order{"DHL", "1"};
    case 3: return below(random, 5) == 0 ? order_action{mark_undeliverable{"moved"}} : order_action{deliver_order{}};
    case 4: return below(random, 5) == 0 ? order_action{cancel_order{"no"}} : order_action{deliver_order{}};
    case 5:
      return give_back({{static_cast<std::int64_t>(1 + below(random, state.lines.size() + 1)),
                         static_cast<std::int64_t>(1 + below(random, 3))}});
    case 6: return give_back({{1, 1}, {2, 1}});
    default: return refund(amount);
  }
}

template <class Random>
submit_order random_submission(Random& random) {
  submit_order wish{below(random, 6) == 0 ? "" : std::to_string(below(random, 5)), below(random, 3) == 0 ? "" : "France",
                    below(random, 9) == 0 ? "XXX" : "EUR", below(random, 9) == 0 ? "soon" : "2011-02-03T04:05:06", {}};
  for (auto count = below(random, 5); count > 0; --count)
    wish.lines.push_back({"S" + std::to_string(below(random, 4)), "\"it's\" 5 £", std::to_string(1 + below(random, 4)),
                          below(random, 12) == 0 ? "-1" : "1.50"});
  return wish;
}

/// Many orders in all kinds of stages, their events mixed.
recorded_history random_history(unsigned seed, std::size_t steps) {
  std::mt19937 random{seed};
  recorded_history history;
  ids known;
  for (std::size_t step = 0; step < steps; ++step) {
    if (known.empty() || below(random, 6) == 0) {
      auto id = "r" + std::to_string(known.size());
      const auto wish = random_submission(random);
      history.add(id, {order_requested{wish.customer, wish.country, wish.currency, *wish.ordered_at, wish.lines}});
      known.push_back(std::move(id));
      continue;
    }
    const auto& id = known[below(random, known.size())];
    const auto& state = history.state(id);
    if (auto owed = follow_up(state); !owed.empty()) {
      history.add(id, owed);
      continue;
    }
    auto decision = decide(state, wish(random_wish(random, state), id));
    if (const auto* events = std::get_if<std::vector<order_event>>(&decision))
      history.add(id, *events);
  }
  return history;
}

std::int64_t count_in(const fs::path& file, const std::string& sql) {
  SQLite::Database database{file.string(), SQLite::OPEN_READONLY};
  return database.execAndGet(sql).getInt64();
}

} // namespace

// -- the fold ------------------------------------------------------------------------------------------------------------

TEST_CASE("the view shows what the fold of the events gives, after every event of a random history", "[view]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  const auto history = random_history(seed, 600);
  temp_dir dir;
  auto writer = must(order_view_writer::open(dir.path() / "view.db"));
  auto reader = must(order_view_reader::open(dir.path() / "view.db"));
  std::map<std::string, std::pair<order, version_t>> folded;
  for (std::size_t i = 0; i < history.commits().size(); ++i) {
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
  const auto writer = write_view(dir.path() / "view.db", history, 1);
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

// -- the checkpoint ------------------------------------------------------------------------------------------------------

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
    sqlite3_progress_handler(connection, 20, [](void* count) { return --*static_cast<int*>(count) < 0 ? 1 : 0; }, &left);
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

// -- parking -------------------------------------------------------------------------------------------------------------

TEST_CASE("an event that cannot be read parks its order, and the others go on", "[view]") {
  recorded_history history;
  history.add("a", {some_request()}).add("b", {some_request()});
  history.add_raw("order-a", "FromTheFuture", "{}").add_raw("order-new", "OrderRequested", "[]");
  history.add("b", {some_validation()}).add("a", {order_cancelled{""}, order_delivered{}});
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
  CHECK(count_in(file, "SELECT waiting FROM parked WHERE stream = 'order-a'") == 2);
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
