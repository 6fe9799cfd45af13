#include <algorithm>
#include <deque>
#include <new>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "daybook/persistence/order_projection.hpp"
#include "daybook/persistence/order_view.hpp"
#include "daybook/persistence/order_view_schema.hpp"
#include "daybook/persistence/recent_orders.hpp"

namespace daybook {
namespace {

using view_schema::unsound;
using view_schema::use;
using lines_change = projected_order::lines_change;

/// Orders and lines that are remembered: some 15 MB.
constexpr std::size_t recent_places = 65'536;

// -- every statement, once --------------------------------------------------------------------------------------------

struct row_statements {
  explicit row_statements(SQLite::Database& database) :
      load_order{database, R"sql(SELECT requested_position, status, customer, country, currency, ordered_at, total_minor,
                                 paid_minor, returned_value_minor, refunded_minor, reasons, version, position
                               FROM orders WHERE order_id = ?1)sql"},
      load_lines{database, R"sql(SELECT stock_code, description, requested_quantity, requested_unit_price, quantity,
                                 unit_price_minor, returned
                               FROM order_lines WHERE requested_position = ?1 ORDER BY line)sql"},
      insert_order{database, R"sql(INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                                 ?14, ?15, ?16, ?17, ?18, ?19))sql"},
      update_order{database, R"sql(UPDATE orders SET status = ?3, validated = ?4, customer = ?5, country = ?6,
                                 currency = ?7, ordered_at = ?8, day = ?9, line_count = ?10, units = ?11,
                                 total_minor = ?12, paid_minor = ?13, returned_value_minor = ?14, due_back_minor = ?15,
                                 refunded_minor = ?16, reasons = ?17, version = ?18, position = ?19
                                 WHERE requested_position = ?1 AND order_id = ?2)sql"},
      update_state{database, R"sql(UPDATE orders SET status = ?3, validated = ?4, line_count = ?10, units = ?11,
                                 total_minor = ?12, paid_minor = ?13, returned_value_minor = ?14, due_back_minor = ?15,
                                 refunded_minor = ?16, reasons = ?17, version = ?18, position = ?19
                                 WHERE requested_position = ?1)sql"},
      update_figures{database, R"sql(UPDATE orders SET validated = ?4, line_count = ?10, units = ?11,
                                   total_minor = ?12, paid_minor = ?13, returned_value_minor = ?14, due_back_minor = ?15,
                                   refunded_minor = ?16, reasons = ?17, version = ?18, position = ?19
                                   WHERE requested_position = ?1)sql"},
      delete_lines{database, "DELETE FROM order_lines WHERE requested_position = ?1"},
      insert_line{database, "INSERT INTO order_lines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      update_amounts{database, R"sql(UPDATE order_lines SET quantity = ?3, unit_price_minor = ?4, returned = ?5
                                   WHERE requested_position = ?1 AND line = ?2)sql"},
      update_returned{database, R"sql(UPDATE order_lines SET returned = ?3
                                    WHERE requested_position = ?1 AND line = ?2)sql"},
      park{database, R"sql(INSERT INTO parked VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (stream) DO UPDATE SET waiting = waiting + excluded.waiting)sql"},
      load_parked{database, "SELECT stream FROM parked"}, load_checkpoint{database, "SELECT position, digest FROM checkpoint"},
      store_checkpoint{database, "UPDATE checkpoint SET position = ?1, digest = ?2"} {
    // nop
  }

  SQLite::Statement load_order;
  SQLite::Statement load_lines;
  SQLite::Statement insert_order;
  SQLite::Statement update_order;
  // Without the columns that stay as they are: SQLite changes the indexes of all columns that a statement names.
  SQLite::Statement update_state;
  SQLite::Statement update_figures;
  SQLite::Statement delete_lines;
  SQLite::Statement insert_line;
  SQLite::Statement update_amounts;
  SQLite::Statement update_returned;
  SQLite::Statement park;
  SQLite::Statement load_parked;
  SQLite::Statement load_checkpoint;
  SQLite::Statement store_checkpoint;
};

// -- state to rows and back -------------------------------------------------------------------------------------------

std::int64_t to_sql(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

/// Names of reasons are letters and underscores: nothing to escape.
std::string to_json(const std::vector<rejection>& reasons) {
  std::string text = "[";
  for (const auto each : reasons) {
    if (text.size() > 1)
      text += ',';
    text.append("\"").append(name(each)).append("\"");
  }
  return text += ']';
}

std::vector<rejection> rejections_from(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array())
    throw unsound{"an order's reasons are not an array: " + text};
  std::vector<rejection> reasons;
  for (const auto& each : json) {
    const auto reason = each.is_string() ? rejection_from(each.get_ref<const std::string&>()) : std::nullopt;
    if (!reason)
      throw unsound{"an order has an unknown reason: " + text};
    reasons.push_back(*reason);
  }
  return reasons;
}

std::size_t line_count(const order& state) {
  return std::max(state.request.lines.size(), state.lines.size());
}

void load_lines(SQLite::Statement& statement, projected_order& into) {
  use rows{statement};
  rows->bind(1, to_sql(into.requested_position));
  while (rows->executeStep()) {
    // A row has the half of the request, that of the verdict, or both.
    if (!rows->isColumnNull(0))
      into.state.request.lines.push_back({rows->getColumn(0).getString(), rows->getColumn(1).getString(),
                                          rows->getColumn(2).getString(), rows->getColumn(3).getString()});
    if (!rows->isColumnNull(4))
      into.state.lines.push_back({rows->getColumn(4).getInt64(), rows->getColumn(5).getInt64(), rows->getColumn(6).getInt64()});
  }
}

std::optional<projected_order> load(row_statements& all, const std::string& id) {
  use row{all.load_order};
  row->bindNoCopy(1, id);
  if (!row->executeStep())
    return std::nullopt;
  projected_order loaded;
  auto& state = loaded.state;
  loaded.requested_position = static_cast<position_t>(row->getColumn(0).getInt64());
  const auto status = order_status_from(row->getColumn(1).getText());
  if (!status)
    throw unsound{"order " + id + " has an unknown status"};
  state.status = loaded.stored_status = *status;
  state.request.customer = row->getColumn(2).getString();
  state.request.country = row->getColumn(3).getString();
  state.request.currency = row->getColumn(4).getString();
  state.request.ordered_at = row->getColumn(5).getString();
  state.total = row->getColumn(6).getInt64();
  state.paid = row->getColumn(7).getInt64();
  state.returned_value = row->getColumn(8).getInt64();
  state.refunded = row->getColumn(9).getInt64();
  state.rejections = rejections_from(row->getColumn(10).getString());
  loaded.version = row->getColumn(11).getUInt();
  loaded.position = static_cast<position_t>(row->getColumn(12).getInt64());
  load_lines(all.load_lines, loaded);
  return loaded;
}

void bind_request(SQLite::Statement& row, const order_requested& request) {
  row.bindNoCopy(5, request.customer);
  if (!request.country.empty())
    row.bindNoCopy(6, request.country);
  row.bindNoCopy(7, request.currency);
  row.bindNoCopy(8, request.ordered_at);
  constexpr int day_length = 10;
  if (is_local_time(request.ordered_at))
    row.bind(9, request.ordered_at.substr(0, day_length));
}

void bind_figures(SQLite::Statement& row, const projected_order& from) {
  const auto& state = from.state;
  const bool validated = state.was_validated();
  std::int64_t units = 0;
  for (const auto& each : state.lines)
    units += each.quantity;
  row.bind(4, validated ? 1 : 0);
  row.bind(10, to_sql(line_count(state)));
  if (validated)
    row.bind(11, units);
  // No history that `decide` makes has a total without validation, but rows must give back whatever state there is.
  if (validated || state.total != 0)
    row.bind(12, state.total);
  row.bind(13, state.paid);
  row.bind(14, state.returned_value);
  row.bind(15, state.due_back());
  row.bind(16, state.refunded);
  row.bind(17, to_json(state.rejections));
  row.bind(18, from.version);
  row.bind(19, to_sql(from.position));
}

/// Names no column that stays as it is and has an index.
void store_order(row_statements& all, const projected_order& from) {
  const bool is_whole = from.is_new || from.is_request_changed;
  const bool has_other_status = is_whole || from.state.status != from.stored_status;
  use row{is_whole ? (from.is_new ? all.insert_order : all.update_order)
                   : (has_other_status ? all.update_state : all.update_figures)};
  row->clearBindings();
  row->bind(1, to_sql(from.requested_position));
  const std::string status{name(from.state.status)};
  if (has_other_status)
    row->bindNoCopy(3, status);
  if (is_whole) {
    row->bindNoCopy(2, from.id);
    bind_request(*row, from.state.request);
  }
  bind_figures(*row, from);
  row->exec();
}

void store_line(SQLite::Statement& statement, const projected_order& from, std::size_t at) {
  use row{statement};
  row->bind(1, to_sql(from.requested_position));
  row->bind(2, to_sql(at) + 1);
  if (at < from.state.request.lines.size()) {
    const auto& requested = from.state.request.lines[at];
    row->bindNoCopy(3, requested.stock_code);
    row->bindNoCopy(4, requested.description);
    row->bindNoCopy(5, requested.quantity);
    row->bindNoCopy(6, requested.unit_price);
  } else {
    for (int column = 3; column <= 6; ++column)
      row->bind(column);
  }
  if (at < from.state.lines.size()) {
    const auto& line = from.state.lines[at];
    row->bind(7, line.quantity);
    row->bind(8, line.unit_price);
    row->bind(9, line.returned);
  } else {
    row->bind(7);
    row->bind(8);
    row->bind(9, 0);
  }
  row->exec();
}

/// What a validation says; the request's half stays.
void store_amounts(SQLite::Statement& statement, const projected_order& from) {
  std::int64_t number = 0;
  for (const auto& line : from.state.lines) {
    use row{statement};
    row->bind(1, to_sql(from.requested_position));
    row->bind(2, ++number);
    row->bind(3, line.quantity);
    row->bind(4, line.unit_price);
    row->bind(5, line.returned);
    row->exec();
  }
}

void store_lines(row_statements& all, const projected_order& from) {
  if (from.lines == lines_change::returned_only) {
    const auto count = static_cast<std::int64_t>(from.state.lines.size());
    for (const auto line : from.returned_lines) {
      if (line < 1 || line > count)
        continue;
      use row{all.update_returned};
      row->bind(1, to_sql(from.requested_position));
      row->bind(2, line);
      row->bind(3, from.state.lines[static_cast<std::size_t>(line - 1)].returned);
      row->exec();
    }
  } else if (from.lines == lines_change::amounts) {
    store_amounts(all.update_amounts, from);
  } else if (from.lines == lines_change::all) {
    if (!from.is_new) {
      use rows{all.delete_lines};
      rows->bind(1, to_sql(from.requested_position));
      rows->exec();
    }
    for (std::size_t at = 0; at < line_count(from.state); ++at)
      store_line(all.insert_line, from, at);
  }
}

void store_parking(SQLite::Statement& statement, const order_projection::parking& from) {
  use row{statement};
  row->bindNoCopy(1, from.cause.stream);
  row->bind(2, to_sql(from.cause.position));
  row->bindNoCopy(3, from.cause.error);
  row->bind(4, to_sql(from.waiting));
  row->exec();
}

// -- the writer -------------------------------------------------------------------------------------------------------

class sqlite_order_view_writer final : public order_view_writer {
public:
  explicit sqlite_order_view_writer(const std::filesystem::path& file) :
      file_(file), database_(view_schema::open_for_writing(file)), all_(*database_) {
    use row{all_.load_checkpoint};
    if (!row->executeStep())
      throw unsound{"it has no checkpoint"};
    checkpoint_ = {static_cast<position_t>(row->getColumn(0).getInt64()), row->getColumn(1).getString()};
    use parked{all_.load_parked};
    while (parked->executeStep())
      parked_.insert(parked->getColumn(0).getString());
  }

  ~sqlite_order_view_writer() override {
    try {
      leave_wal_mode();
    } catch (const SQLite::Exception&) {
      // Nothing is lost: the next one to open the file reads its WAL.
    }
  }

  const checkpoint& position() const noexcept override { return checkpoint_; }

  std::uint64_t parked() const noexcept override { return parked_.size(); }

  result<done> apply(const std::vector<const recorded_commit*>& commits) override {
    std::vector<const recorded_commit*> fresh;
    auto last = checkpoint_.position;
    for (const auto* each : commits) {
      if (each->last_position() <= last)
        continue;
      if (each->events.front().position != last + 1)
        return error{errc::internal, fmt::format("view {}: the commit at position {} does not follow position {}",
                                                 file_.string(), each->events.front().position, last)};
      last = each->last_position();
      fresh.push_back(each);
    }
    if (fresh.empty())
      return done{};
    return view_schema::guarded(file_, [&] { return apply_fresh(fresh); });
  }

  result<done> checkpoint_wal() override {
    return view_schema::guarded(file_, [&]() -> result<done> {
      if (leave_wal_mode())
        return done{};
      SQLite::Statement truncate{*database_, "PRAGMA wal_checkpoint(TRUNCATE)"};
      truncate.executeStep();
      if (truncate.getColumn(0).getInt() != 0)
        return error{errc::view_failed, fmt::format("view {}: a long query keeps its WAL from being moved into it; "
                                                    "try again when it is over",
                                                    file_.string())};
      return done{};
    });
  }

private:
  result<done> apply_fresh(const std::vector<const recorded_commit*>& commits) {
    if (!is_wal_mode_) {
      view_schema::enter_wal_mode(*database_);
      is_wal_mode_ = true;
    }
    SQLite::Transaction transaction{*database_, SQLite::TransactionBehavior::IMMEDIATE};
    order_projection batch{[this](const std::string& id) { return known(id); },
                           [this](const std::string& stream) { return parked_.count(stream) != 0; }};
    for (const auto* each : commits)
      batch.apply(*each);
    store(batch);
    checkpoint reached{commits.back()->last_position(), commits.back()->digest};
    store_checkpoint(reached);
    std::unordered_set<std::string> parked;
    for (const auto& each : batch.parkings())
      parked.insert(each.cause.stream);
    parked_.reserve(parked_.size() + parked.size());
    transaction.commit();
    // From here on nothing can fail: memory and file agree.
    checkpoint_ = std::move(reached);
    parked_.merge(parked);
    remember(std::move(batch).take_orders());
    return done{};
  }

  /// An order as it is in the view.
  std::optional<projected_order> known(const std::string& id) {
    auto found = recent_.take(id);
    return found ? std::move(found) : load(all_, id);
  }

  void remember(std::deque<projected_order> stored) noexcept {
    try {
      for (auto& each : stored) {
        // What was met and has no rows: an order whose stream is parked.
        if (each.is_new && !each.is_changed)
          continue;
        each.is_new = each.is_changed = each.is_request_changed = false;
        each.stored_status = each.state.status;
        each.lines = lines_change::none;
        each.returned_lines.clear();
        recent_.keep(std::move(each));
      }
    } catch (const std::bad_alloc&) {
      recent_.clear();
    }
  }

  void store(const order_projection& batch) {
    for (const auto& each : batch.orders()) {
      if (!each.is_changed)
        continue;
      store_order(all_, each);
      store_lines(all_, each);
    }
    for (const auto& each : batch.parkings())
      store_parking(all_.park, each);
  }

  void store_checkpoint(const checkpoint& reached) {
    use row{all_.store_checkpoint};
    row->bind(1, to_sql(reached.position));
    row->bindNoCopy(2, reached.digest);
    row->exec();
  }

  /// A file that nobody else has open becomes an ordinary SQLite file: readers of it leave no WAL behind, and it can be
  /// asked on read-only media. False when somebody has it open; that is not worth waiting for.
  bool leave_wal_mode() {
    if (!is_wal_mode_)
      return true;
    const auto set_timeout = [this](int timeout_ms) { sqlite3_busy_timeout(database_->getHandle(), timeout_ms); };
    set_timeout(0);
    SQLite::Statement leave{*database_, "PRAGMA journal_mode = DELETE"};
    const auto code = leave.tryExecuteStep();
    set_timeout(view_schema::busy_timeout_ms);
    if (code == SQLITE_ROW)
      is_wal_mode_ = leave.getColumn(0).getString() != "delete";
    else if (code != SQLITE_BUSY && code != SQLITE_LOCKED)
      throw SQLite::Exception{database_->getHandle(), code};
    return !is_wal_mode_;
  }

  const std::filesystem::path file_;
  const std::unique_ptr<SQLite::Database> database_;
  row_statements all_;
  checkpoint checkpoint_;
  /// The streams in table `parked`: nearly always none, and asked for every commit.
  std::unordered_set<std::string> parked_;
  recent_orders recent_{recent_places};
  bool is_wal_mode_ = true;
};

} // namespace

void forgo_sqlite_statistics() noexcept {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

result<std::unique_ptr<order_view_writer>> order_view_writer::open(const std::filesystem::path& file) {
  return view_schema::guarded(
    file, [&]() -> result<std::unique_ptr<order_view_writer>> { return {std::make_unique<sqlite_order_view_writer>(file)}; });
}

} // namespace daybook
