#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/domain/result.hpp"

namespace daybook {

/// Everything about a node that can be set. The members' initial values are the defaults; `all_settings` documents
/// them, and config/daybook.conf is written from that. A plain value: an embedding host may simply fill it in.
struct node_settings {
  std::filesystem::path data_dir = "daybook-data";
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 7799;

  /// Orders kept in memory; past it the longest unused ones leave.
  std::size_t resident_orders_max = 100'000;
  std::chrono::milliseconds order_idle_timeout{300'000};

  /// Commands under way at a time; past it `overloaded`.
  std::size_t admission_limit = 65'536;

  /// How long any actor waits for another before the outcome counts as unknown.
  std::chrono::milliseconds request_timeout{30'000};

  /// How long a query waits for the view.
  std::chrono::milliseconds query_wait{5'000};
  std::size_t query_connections = 2;

  std::uint64_t segment_bytes = std::uint64_t{64} << 20;

  /// Room on the device that is held for the moment when there is none left: for the view, for cutting a torn tail.
  std::uint64_t reserve_bytes = std::uint64_t{4} << 20;

  /// While many commit at a time: how much later than the last write the next one begins at the latest, so that it carries
  /// more. Each write costs a sync and the waking of threads, whatever it carries. 0, because clients that wait for their
  /// answers lose more by waiting than they gain (docs/performance.md): the next one begins at once.
  std::chrono::milliseconds commit_gathering_time{0};

  /// Whether the view follows the journal. Off, a node has its processors for commands: the view stays where it is, questions
  /// that want later events are `view_behind` at once, and a rebuild makes it anew up to the journal's end at that moment.
  bool projection = true;

  /// Events that go into the view in one transaction, at the most. A view that is behind writes an order once for all that
  /// happened to it in a transaction, and each page once: large ones are how it catches up (docs/performance.md).
  std::size_t projection_batch_events = 32'768;

  /// Those who may hear events at a time, followers at consoles included; past it `overloaded`.
  std::size_t subscribers_max = 1'024;

  /// Threads for actors that never block; 0: one less than there are processors, at least one.
  std::size_t scheduler_threads = 0;

  /// How often a silent connection says that it is there, and how long one may say nothing before it counts as lost.
  std::chrono::milliseconds heartbeat_interval{1'000};
  std::chrono::milliseconds connection_timeout{5'000};

  /// trace, debug, info, warn, error, critical, off.
  std::string log_level = "info";
  /// Empty: standard error.
  std::filesystem::path log_file;
};

/// A setting as users see it.
struct setting_info {
  /// In a file and, after two hyphens, on a command line.
  std::string_view name;
  /// As text, in the form that it is read in.
  std::string default_text;
  /// Unit or form of the value, e.g. "orders" or "duration".
  std::string_view unit;
  /// What may be set, e.g. "1 to 64".
  std::string_view allowed;
  std::string_view description;
};

/// All settings, in the order of the sample file.
std::vector<setting_info> all_settings();

/// Sets one by name. Durations are written like 500ms, 5s, 5min; sizes like 64MiB. `invalid_argument` names the
/// setting, the value and what is allowed.
result<done> set_setting(node_settings& settings, std::string_view name, std::string_view value);

/// The text of the sample file: every setting with its default, unit and description.
std::string sample_settings();

/// Reads `name = value` lines; `#` at the beginning of a line or after a space begins a comment. Unknown or doubled
/// names and wrong values are refused with file, line and name; `settings` are then unchanged. `not_found`,
/// `io_error`.
result<done> read_settings_file(node_settings& settings, const std::filesystem::path& file);

/// Whether the values can work, one by one and together; `invalid_argument` or `access_refused` names the one that
/// cannot.
result<done> validate(const node_settings& settings);

/// Whether `host` means this machine only: localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host) noexcept;

/// "HOST:PORT", "[::1]:PORT". `invalid_argument` says what is wrong; `host` and `port` are then unchanged.
result<done> parse_address(std::string_view text, std::string& host, std::uint16_t& port);

} // namespace daybook
