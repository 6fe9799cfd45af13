#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daybook/domain/result.hpp"

namespace daybook::view_schema {

/// In the file's header, so that `file(1)` and we can tell a view from any other SQLite database: "DayB".
inline constexpr int application_id = 0x44617942;

/// The version of tables and of their meaning; it is the file's `user_version`. A view of another version is built anew
/// from the journal, never converted.
inline constexpr int version = 1;

/// How long a connection waits for another one's lock.
inline constexpr int busy_timeout_ms = 5000;

/// The file can be read, but what stands in it was not written by us.
class unsound : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Opens the file for its one writer, creating tables where there are none. Throws `SQLite::Exception` or `unsound`.
std::unique_ptr<SQLite::Database> open_for_writing(const std::filesystem::path& file);

/// Lets readers and the writer not wait for each other. Throws `unsound` where the file system cannot do it.
void enter_wal_mode(SQLite::Database& database);

/// Opens the file so that this connection can neither change it nor checkpoint its WAL, also not when closing. Throws
/// `SQLite::Exception` or `unsound`.
std::unique_ptr<SQLite::Database> open_for_reading(const std::filesystem::path& file);

/// `disk_full` or `view_failed`, with the file and SQLite's message.
error to_error(const std::filesystem::path& file, const SQLite::Exception& cause);
error to_error(const std::filesystem::path& file, const unsound& cause);

/// The edge behind which there are no exceptions: calls `action`, which returns a `result`.
template <class Action>
auto guarded(const std::filesystem::path& file, Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const SQLite::Exception& cause) {
    return to_error(file, cause);
  } catch (const unsound& cause) {
    return to_error(file, cause);
  }
}

/// Resets a statement when its use ends: one that is left in the middle of its rows would keep its snapshot, and the
/// WAL could never be emptied.
class use {
public:
  explicit use(SQLite::Statement& statement) : statement_(statement) {}
  ~use() { statement_.tryReset(); }
  use(const use&) = delete;
  use& operator=(const use&) = delete;

  SQLite::Statement* operator->() const noexcept { return &statement_; }
  SQLite::Statement& operator*() const noexcept { return statement_; }

private:
  SQLite::Statement& statement_;
};

} // namespace daybook::view_schema
