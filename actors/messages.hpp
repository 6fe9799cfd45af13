#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daybook/actors/admission.hpp"
#include "daybook/domain/commands.hpp"
#include "daybook/domain/receipt.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_verify.hpp"

namespace daybook {

// -- what travels between clients and the node ---------------------------------------------------------------------------

/// Raised whenever a message below changes its form or meaning: a client of another version is told so when it connects.
inline constexpr std::uint32_t protocol_version = 1;

/// Who is at the other end.
struct server_info {
  std::uint32_t protocol = protocol_version;
  std::string version;
  /// The journal's own id, so that a client notices when an address serves other books than before.
  std::string journal_id;
};

/// A command's fate when several travel in one message.
struct outcome {
  /// Whether there is a receipt; else code and message say why not.
  bool answered = false;
  receipt answer;
  errc code = errc::internal;
  std::string message;
};

/// How much of the journal an answer must have seen.
struct freshness {
  enum class kind : std::uint8_t {
    /// Everything that was acknowledged before the query arrived.
    acknowledged,
    /// Everything up to `position`.
    at_least,
    /// Whatever the view has: never waits.
    stale_ok,
  };
  kind wanted = kind::acknowledged;
  position_t position = 0;
};

/// "As it was then": up to a position, or events recorded at or before a time. Neither: now.
struct moment {
  std::uint64_t position = 0;
  /// 0: not given.
  time_us time = 0;
  bool is_now() const noexcept { return position == 0 && time == 0; }
};

struct show_query {
  std::string order_id;
  freshness fresh;
  moment at;
};

struct list_query {
  order_filter filter;
  freshness fresh;
};

struct summary_query {
  freshness fresh;
};

struct sales_query {
  sales_key by = sales_key::country;
  /// 0: all.
  std::uint32_t limit = 0;
  freshness fresh;
};

/// Order ids by prefix, for completion.
struct ids_query {
  std::string prefix;
  std::uint32_t limit = 100;
};

struct view_status_query {
  freshness fresh{freshness::kind::stale_ok, 0};
};

/// All events of one order.
struct history_query {
  std::string order_id;
};

/// Whole commits from a position on. When there are none yet, the answer comes with the next commit or, empty, after `wait`
/// (at most `max_feed_wait`).
struct commits_query {
  position_t from = 1;
  std::uint32_t max_events = 1024;
  std::chrono::milliseconds wait{0};
};
inline constexpr std::chrono::milliseconds max_feed_wait{10'000};

struct commit_page {
  std::vector<recorded_commit> commits;
  /// The last durable position when the page was read.
  position_t last_position = 0;
};

struct status_query {};

/// The node's state of health, for operators.
struct node_status {
  std::string version;
  std::string journal_id;
  time_us started_at = 0;
  position_t journal_position = 0;
  /// Empty while writing works; else why it ended.
  std::string journal_failure;
  position_t view_position = 0;
  /// Whether the view follows the journal.
  bool projection = true;
  std::uint64_t parked_orders = 0;
  std::uint64_t resident_orders = 0;
  std::uint64_t commands_in_flight = 0;
  std::uint64_t admission_limit = 0;
  std::uint64_t restarts = 0;
  /// What the last start found, in words.
  std::string recovery;
};

struct verify_query {
  /// Receipts that must fit.
  noted_digests expected;
};
struct stat_query {};

// -- what stays inside the process ---------------------------------------------------------------------------------------

/// What a commit's owner learns when it is durable.
struct appended {
  position_t first_position = 0;
  position_t last_position = 0;
  time_us recorded_at = 0;
};

/// A batch as it became durable, shared by everyone who hears of it.
using commit_batch = std::shared_ptr<const std::vector<recorded_commit>>;

struct wiring;
/// Who is who in a node; sent again when somebody was replaced. See supervisor.hpp.
using wiring_ptr = std::shared_ptr<const wiring>;

} // namespace daybook
