#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/persistence/order_view.hpp"

namespace daybook::testing {

/// A journal's commits without a journal: positions and versions count up, digests name their position.
class recorded_history {
public:
  /// One commit with an order's next events.
  recorded_history& add(const std::string& id, const std::vector<order_event>& events) {
    auto& known = orders_[id];
    auto& commit = begin();
    for (const auto& event : events) {
      append(commit, "order-" + id, std::string{type_name(event)}, order_codec::encode(event));
      evolve(known.state, event);
      known.version = commit.events.back().version;
      known.position = position_;
    }
    return *this;
  }

  /// A commit of one event that no codec of ours wrote.
  recorded_history& add_raw(const std::string& stream, const std::string& type, const std::string& data) {
    append(begin(), stream, type, data);
    return *this;
  }

  const std::deque<recorded_commit>& commits() const noexcept { return commits_; }

  std::vector<const recorded_commit*> all() const { return slice(0, commits_.size()); }

  std::vector<const recorded_commit*> slice(std::size_t first, std::size_t end) const {
    std::vector<const recorded_commit*> pointers;
    for (std::size_t i = first; i < end && i < commits_.size(); ++i)
      pointers.push_back(&commits_[i]);
    return pointers;
  }

  position_t position() const noexcept { return position_; }

  const order& state(const std::string& id) const { return orders_.at(id).state; }

  /// What the domain says about an order, without any view.
  order_details details(const std::string& id) const {
    const auto& known = orders_.at(id);
    return details_of(known.state, id, known.version, known.position);
  }

private:
  struct known_order {
    order state;
    version_t version = 0;
    position_t position = 0;
  };

  recorded_commit& begin() { return commits_.emplace_back(); }

  void append(recorded_commit& commit, const std::string& stream, const std::string& type, const std::string& data) {
    recorded_event event;
    event.position = ++position_;
    event.stream = stream;
    event.version = ++versions_[stream];
    event.type = type;
    event.data = data;
    commit.events.push_back(std::move(event));
    commit.digest = fmt::format("digest-{}", position_);
  }

  position_t position_ = 0;
  std::map<std::string, version_t> versions_;
  std::map<std::string, known_order> orders_;
  std::deque<recorded_commit> commits_;
};

/// What a result holds; fails the test with the message when it holds none.
template <class T>
T must(result<T> answer) {
  if (!answer)
    FAIL(name(answer.error().code) << ": " << answer.error().message);
  return std::move(*answer);
}

template <class T>
errc code_of(const result<T>& answer) {
  REQUIRE_FALSE(answer.ok());
  return answer.error().code;
}

/// A new view that holds these commits, `batch` of them in one call.
inline std::unique_ptr<order_view_writer> write_view(const std::filesystem::path& file, const recorded_history& history,
                                                     std::size_t batch = 1000) {
  auto writer = must(order_view_writer::open(file));
  for (std::size_t i = 0; i < history.commits().size(); i += batch)
    must(writer->apply(history.slice(i, i + batch)));
  return writer;
}

/// Everything in the file's tables as text.
inline std::string dump(const std::filesystem::path& file) {
  SQLite::Database database{file.string(), SQLite::OPEN_READONLY};
  std::string text;
  for (const auto* table : {"orders", "order_lines", "parked", "checkpoint"}) {
    SQLite::Statement rows{database, fmt::format("SELECT * FROM {}", table)};
    while (rows.executeStep()) {
      text += table;
      for (int i = 0; i < rows.getColumnCount(); ++i)
        text += rows.isColumnNull(i) ? "|NULL" : "|'" + rows.getColumn(i).getString() + "'";
      text += '\n';
    }
  }
  return text;
}

// -- answers as text, so that a failed comparison shows both ----------------------------------------------------------

inline std::string text_of(const order_summary& order) {
  std::string text = fmt::format("{} {} customer={} country={} {} at={} total={} paid={} due={} refunded={} v{} @{}",
                                 order.order_id, order.status, order.customer, order.country, order.currency, order.ordered_at,
                                 order.total ? std::to_string(*order.total) : "none", order.paid, order.due_back,
                                 order.refunded, order.version, order.position);
  for (const auto& each : order.reasons)
    text += ' ' + each;
  return text;
}

inline std::string text_of(const order_details& order) {
  auto text = text_of(order.summary);
  for (const auto& line : order.lines)
    text +=
      fmt::format("\n  {}: {}|{}|{}|{} quantity={} price={} returned={}", line.line, line.stock_code, line.description,
                  line.requested_quantity, line.requested_unit_price, line.quantity ? std::to_string(*line.quantity) : "none",
                  line.unit_price ? std::to_string(*line.unit_price) : "none", line.returned);
  return text;
}

inline std::vector<std::string> text_of(const std::vector<sales_row>& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows)
    texts.push_back(row.currency.empty() ? fmt::format("{} {}", row.key, row.quantity)
                                         : fmt::format("{} {} {} {}", row.key, row.currency, row.orders, row.total));
  return texts;
}

inline std::vector<std::string> ids_of(const std::vector<order_summary>& orders) {
  std::vector<std::string> ids;
  for (const auto& each : orders)
    ids.push_back(each.order_id);
  return ids;
}

} // namespace daybook::testing
