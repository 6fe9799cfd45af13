#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook {

/// For programs that have their process to themselves: SQLite counts no memory any more. Counting takes it a lock for each
/// allocation, of all threads together: a tenth of a payment's row. To be called before anything else of SQLite's, where it has
/// no effect otherwise; a host that asks sqlite3_memory_used leaves it out.
void forgo_sqlite_statistics() noexcept;

/// How far a view has come: it holds every event up to `position`, and `digest` is the journal's after it.
struct checkpoint {
  position_t position = 0;
  std::string digest;
};

/// Writes the SQLite view: the fold of the journal. Exactly one writer exists per file, and only it checkpoints the WAL
/// (SQLite 3.40.1 corrupts the file when two connections do: sqlite.org/wal.html#walresetbug).
///
/// Not thread-safe: it belongs to one thread.
class order_view_writer {
public:
  /// Opens or creates the view. A file of another schema version, or one that is not sound, gives `view_failed`: the
  /// caller removes it and builds it anew.
  static result<std::unique_ptr<order_view_writer>> open(const std::filesystem::path& file);
  virtual ~order_view_writer() = default;

  virtual const checkpoint& position() const noexcept = 0;

  /// Applies whole commits, in order, in one transaction with the checkpoint. Commits at or below the checkpoint are
  /// passed over; a gap is `internal`. An event that cannot be applied parks its stream, visibly (table `parked`), and
  /// the others go on. On any failure nothing of the call is kept (`disk_full`, `view_failed`), and it may be repeated.
  /// The pointers (none of them null) are used during the call only: batches from several places become one transaction
  /// without a copy.
  virtual result<done> apply(const std::vector<const recorded_commit*>& commits) = 0;

  /// How many orders are parked. In memory: cheap.
  virtual std::uint64_t parked() const noexcept = 0;

  /// Moves the WAL into the file, so that the file alone is the view. Where nobody else has it open it stops being in
  /// WAL mode until the next `apply`: asking it then leaves nothing beside it. `view_failed` when a query takes too long.
  virtual result<done> checkpoint_wal() = 0;
};

/// Asks a view. Read-only, never checkpoints, also not when closing. Not thread-safe: one connection a thread; any
/// number of them beside one writer.
class order_view_reader {
public:
  /// `view_failed` when the file is not there or not a view of this version.
  static result<std::unique_ptr<order_view_reader>> open(const std::filesystem::path& file);
  virtual ~order_view_reader() = default;

  virtual result<checkpoint> position() = 0;
  virtual result<std::optional<order_details>> show(const std::string& order_id) = 0;

  /// `not_found` when `filter.after` names no order.
  virtual result<std::vector<order_summary>> list(const order_filter& filter) = 0;
  virtual result<summary_report> summary() = 0;

  /// At most `limit` rows; 0: all.
  virtual result<std::vector<sales_row>> sales(sales_key by, std::uint32_t limit) = 0;
  virtual result<view_status> status() = 0;

  /// Order ids that begin with `prefix`, ascending, for completion.
  virtual result<std::vector<std::string>> ids(const std::string& prefix, std::uint32_t limit) = 0;
};

} // namespace daybook
