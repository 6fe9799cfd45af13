#include "daybook/persistence/order_view_schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/paced_vfs.hpp"

namespace daybook::view_schema {
namespace {

/// Documented for users in docs/view-schema.md: keep both level.
///
/// Lists are in descending order of `requested_position`. Being the rowid it is the last column of every index, so each
/// index below gives a filtered list in order, page by page, without sorting.
constexpr const char* tables = R"sql(
CREATE TABLE orders (
  requested_position   INTEGER PRIMARY KEY,
  order_id             TEXT    NOT NULL UNIQUE,
  status               TEXT    NOT NULL,
  validated            INTEGER NOT NULL,
  customer             TEXT    NOT NULL,
  country              TEXT,
  currency             TEXT    NOT NULL,
  ordered_at           TEXT    NOT NULL,
  day                  TEXT,
  line_count           INTEGER NOT NULL,
  units                INTEGER,
  total_minor          INTEGER,
  paid_minor           INTEGER NOT NULL,
  returned_value_minor INTEGER NOT NULL,
  due_back_minor       INTEGER NOT NULL,
  refunded_minor       INTEGER NOT NULL,
  reasons              TEXT    NOT NULL,
  version              INTEGER NOT NULL,
  position             INTEGER NOT NULL
);
CREATE INDEX orders_status     ON orders (status);
CREATE INDEX orders_customer   ON orders (customer);
CREATE INDEX orders_country    ON orders (coalesce(country, 'Unspecified'));
CREATE INDEX orders_ordered_at ON orders (ordered_at) WHERE day IS NOT NULL;

CREATE TABLE order_lines (
  requested_position   INTEGER NOT NULL,
  line                 INTEGER NOT NULL,
  stock_code           TEXT,
  description          TEXT,
  requested_quantity   TEXT,
  requested_unit_price TEXT,
  quantity             INTEGER,
  unit_price_minor     INTEGER,
  returned             INTEGER NOT NULL,
  PRIMARY KEY (requested_position, line)
) WITHOUT ROWID;

CREATE TABLE parked (
  stream   TEXT    PRIMARY KEY,
  position INTEGER NOT NULL,
  error    TEXT    NOT NULL,
  waiting  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE checkpoint (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  position       INTEGER NOT NULL,
  digest         TEXT    NOT NULL,
  schema_version INTEGER NOT NULL,
  journal_format INTEGER NOT NULL
);
)sql";

/// The reports, for a shell with sqlite3. The reader gives the same answers without sorting all rows (`sales_sums`).
constexpr const char* views = R"sql(
CREATE VIEW sales_by_country (country, currency, orders, total_minor) AS
  SELECT coalesce(country, 'Unspecified'), currency, count(*), sum(total_minor)
  FROM orders WHERE validated GROUP BY 1, 2;
CREATE VIEW sales_by_day (day, currency, orders, total_minor) AS
  SELECT day, currency, count(*), sum(total_minor) FROM orders WHERE validated GROUP BY 1, 2;
CREATE VIEW sales_by_customer (customer, currency, orders, total_minor) AS
  SELECT customer, currency, count(*), sum(total_minor) FROM orders WHERE validated GROUP BY 1, 2;
CREATE VIEW sales_by_product (stock_code, quantity) AS
  SELECT stock_code, sum(quantity) FROM orders JOIN order_lines USING (requested_position)
  WHERE validated AND stock_code IS NOT NULL GROUP BY 1;
CREATE VIEW rejected_by_reason (reason, orders) AS
  SELECT value, count(*) FROM orders, json_each(orders.reasons) WHERE status = 'rejected' GROUP BY 1;
CREATE VIEW lines AS
  SELECT order_id, status, validated, currency, order_lines.* FROM orders JOIN order_lines USING (requested_position);
)sql";

int pragma_number(SQLite::Database& database, const char* pragma) {
  return database.execAndGet(fmt::format("PRAGMA {}", pragma)).getInt();
}

void create(SQLite::Database& database) {
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  database.exec(tables);
  database.exec(views);
  database.exec(fmt::format("INSERT INTO checkpoint VALUES (1, 0, '', {}, {})", version, journal_format::version));
  database.exec(fmt::format("PRAGMA application_id = {}", application_id));
  database.exec(fmt::format("PRAGMA user_version = {}", version));
  transaction.commit();
}

/// Looks at the header and no further: reading the whole file at every start would take too long, and whatever is wrong
/// behind it shows as an error of the query that meets it.
void check(SQLite::Database& database) {
  if (pragma_number(database, "application_id") != application_id)
    throw unsound{"it is not a view of Daybook"};
  const auto found = pragma_number(database, "user_version");
  if (found != version)
    throw unsound{fmt::format("its schema has version {}, this program's has {}", found, version)};
}

bool is_empty(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

error failed(const std::filesystem::path& file, errc code, const char* what, const char* advice) {
  return {code, fmt::format("view {}: {}; {}", file.string(), what, advice)};
}

} // namespace

std::unique_ptr<SQLite::Database> open_for_writing(const std::filesystem::path& file) {
  auto database = std::make_unique<SQLite::Database>(
    file.c_str(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX, busy_timeout_ms, paced_vfs());
  const bool is_new = is_empty(*database);
  // Before anything is changed: the file may be somebody else's.
  if (!is_new)
    check(*database);
  // The view can always be made again from the journal, so it need not survive a power cut whole; NORMAL keeps it
  // sound.
  enter_wal_mode(*database);
  database->exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;"
                 "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 33554432");
  if (is_new)
    create(*database);
  return database;
}

void enter_wal_mode(SQLite::Database& database) {
  if (database.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    throw unsound{"its file system cannot keep a write-ahead log beside it"};
}

std::unique_ptr<SQLite::Database> open_for_reading(const std::filesystem::path& file) {
  auto database =
    std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
  if (sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr) != SQLITE_OK)
    throw unsound{"SQLite cannot be kept from checkpointing"};
  database->exec("PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
                 "PRAGMA cache_size = -16384");
  check(*database);
  return database;
}

error to_error(const std::filesystem::path& file, const SQLite::Exception& cause) {
  // The shared memory file beside the WAL cannot be enlarged: also for want of room.
  if (cause.getErrorCode() == SQLITE_FULL || cause.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE)
    return failed(file, errc::disk_full, cause.what(), "make room on the device");
  if (cause.getErrorCode() == SQLITE_CANTOPEN)
    return failed(file, errc::view_failed, cause.what(), "is its directory there, and may it be used?");
  return failed(file, errc::view_failed, cause.what(), "it can be made again from the journal");
}

error to_error(const std::filesystem::path& file, const unsound& cause) {
  return failed(file, errc::view_failed, cause.what(), "it can be made again from the journal");
}

} // namespace daybook::view_schema
