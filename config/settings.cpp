#include "daybook/config/settings.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "daybook/config/setting_values.hpp"

namespace daybook {

namespace {

/// Everything about one setting; the table of them is the only place that knows their names.
struct setting_row {
  setting_info info;
  std::function<std::string(const node_settings&)> show;
  /// False: the text has not the right form.
  std::function<bool(node_settings&, std::string_view)> read;
  std::function<bool(const node_settings&)> in_range;
};

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

template <auto Member>
setting_row counted(setting_info info, std::size_t least, std::size_t most) {
  return {info, [](const node_settings& from) { return std::to_string(from.*Member); },
          [](node_settings& into, std::string_view text) {
            const auto value = read_count(text);
            if (value)
              into.*Member = *value;
            return value.has_value();
          },
          [least, most](const node_settings& from) { return from.*Member >= least && from.*Member <= most; }};
}

template <auto Member>
setting_row sized(setting_info info, std::uint64_t least, std::uint64_t most) {
  auto row = counted<Member>(info, least, most);
  row.show = [](const node_settings& from) { return write_bytes(from.*Member); };
  row.read = [](node_settings& into, std::string_view text) {
    const auto value = read_bytes(text);
    if (value)
      into.*Member = *value;
    return value.has_value();
  };
  return row;
}

template <auto Member>
setting_row timed(setting_info info, milliseconds least, milliseconds most) {
  return {info, [](const node_settings& from) { return write_duration(from.*Member); },
          [](node_settings& into, std::string_view text) {
            const auto value = read_duration(text);
            if (value)
              into.*Member = *value;
            return value.has_value();
          },
          [least, most](const node_settings& from) { return from.*Member >= least && from.*Member <= most; }};
}

template <auto Member>
setting_row named_path(setting_info info, bool may_be_empty) {
  return {info, [](const node_settings& from) { return (from.*Member).string(); },
          [](node_settings& into, std::string_view text) {
            into.*Member = std::filesystem::path{text};
            return true;
          },
          [may_be_empty](const node_settings& from) { return may_be_empty || !(from.*Member).empty(); }};
}

std::string show_address(const node_settings& from) {
  const auto is_v6 = from.listen_host.find(':') != std::string::npos;
  return (is_v6 ? "[" + from.listen_host + "]" : from.listen_host) + ":" + std::to_string(from.listen_port);
}

template <bool node_settings::*Member>
setting_row switched(setting_info info) {
  return {info, [](const node_settings& from) { return std::string{from.*Member ? "on" : "off"}; },
          [](node_settings& into, std::string_view text) {
            into.*Member = text == "on";
            return text == "on" || text == "off";
          },
          [](const node_settings&) { return true; }};
}

setting_row address(setting_info info) {
  return {
    info, show_address,
    [](node_settings& into, std::string_view text) { return parse_address(text, into.listen_host, into.listen_port).ok(); },
    [](const node_settings& from) { return !from.listen_host.empty(); }};
}

setting_row level(setting_info info) {
  return {info, [](const node_settings& from) { return from.log_level; },
          [](node_settings& into, std::string_view text) {
            into.log_level = text;
            return true;
          },
          [](const node_settings& from) {
            constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error", "critical", "off"};
            return std::find(std::begin(levels), std::end(levels), from.log_level) != std::end(levels);
          }};
}

std::vector<setting_row> storage_rows() {
  using s = node_settings;
  return {
    named_path<&s::data_dir>({"data",
                              {},
                              "path",
                              "any path",
                              "The data directory; made when missing. A relative path "
                              "starts where the program was started."},
                             false),
    address({"listen",
             {},
             "HOST:PORT",
             "a loopback HOST (127.0.0.1, [::1], localhost) and a PORT from 0 to 65535",
             "Where daybookd serves; port 0 picks a free one. Loopback only, until there is TLS."}),
    sized<&s::segment_bytes>({"segment-bytes",
                              {},
                              "size",
                              "1KiB to 4GiB",
                              "The journal begins a new segment file when the last one has reached this size."},
                             std::uint64_t{1} << 10, std::uint64_t{4} << 30),
    sized<&s::reserve_bytes>({"reserve-bytes",
                              {},
                              "size",
                              "0B to 1GiB",
                              "Room that is held on the device and given up when there is none left, so that the view can take "
                              "what was acknowledged; 0B holds none."},
                             0, std::uint64_t{1} << 30),
    timed<&s::commit_gathering_time>({"commit-gathering-time",
                                      {},
                                      "duration",
                                      "0ms to 100ms",
                                      "While many commit at a time, the journal's next write begins at the latest so long "
                                      "after the last one began, to carry more; 0ms: at once. A command alone never waits."},
                                     milliseconds{0}, milliseconds{100}),
    switched<&s::projection>({"projection",
                              {},
                              "word",
                              "on, off",
                              "Whether the view follows the journal; off, it stays where it is, for a node that only "
                              "writes, and 'view rebuild' brings it up to date."}),
    counted<&s::projection_batch_events>({"projection-batch-events",
                                          {},
                                          "events",
                                          "1 to 1000000",
                                          "Events that go into the view in one transaction, at the most."},
                                         1, 1'000'000),
  };
}

std::vector<setting_row> limit_rows() {
  using s = node_settings;
  return {
    counted<&s::resident_orders_max>(
      {"resident-orders-max", {}, "orders", "1 to 100000000", "Orders kept in memory; past it the longest unused ones leave."},
      1, 100'000'000),
    timed<&s::order_idle_timeout>(
      {"order-idle-timeout", {}, "duration", "1ms to 168h", "An order that nobody asked for anything so long leaves memory."},
      milliseconds{1}, hours{168}),
    counted<&s::admission_limit>({"admission-limit",
                                  {},
                                  "commands",
                                  "1 to 10000000",
                                  "Commands under way at a time; past it the answer is 'overloaded' at once."},
                                 1, 10'000'000),
    timed<&s::request_timeout>({"request-timeout",
                                {},
                                "duration",
                                "10ms to 1h",
                                "How long any part of a node waits for another before the outcome counts as unknown."},
                               milliseconds{10}, hours{1}),
    timed<&s::query_wait>({"query-wait",
                           {},
                           "duration",
                           "1ms to 10min",
                           "How long a query waits for the view to have what was acknowledged before it arrived."},
                          milliseconds{1}, minutes{10}),
    counted<&s::query_connections>({"query-connections",
                                    {},
                                    "connections",
                                    "1 to 64",
                                    "Read-only connections to the view; as many queries run side by side."},
                                   1, 64),
    counted<&s::subscribers_max>({"subscribers-max",
                                  {},
                                  "subscribers",
                                  "1 to 100000",
                                  "Those who may follow the events at a time; past it the answer is 'overloaded'."},
                                 1, 100'000),
  };
}

std::vector<setting_row> runtime_rows() {
  using s = node_settings;
  return {
    counted<&s::scheduler_threads>({"scheduler-threads",
                                    {},
                                    "threads",
                                    "0 to 1024",
                                    "Threads for the actors that never "
                                    "block; 0 stands for one less than there are processors, at least one."},
                                   0, 1'024),
    timed<&s::heartbeat_interval>(
      {"heartbeat-interval", {}, "duration", "10ms to 1min", "How often a silent network connection says that it is there."},
      milliseconds{10}, minutes{1}),
    timed<&s::connection_timeout>({"connection-timeout",
                                   {},
                                   "duration",
                                   "20ms to 10min, and at least twice heartbeat-interval",
                                   "A network connection that said nothing for so long counts as lost."},
                                  milliseconds{20}, minutes{10}),
    level({"log-level", {}, "word", "trace, debug, info, warn, error, critical, off", "What is worth a line in the log."}),
    named_path<&s::log_file>({"log-file",
                              {},
                              "path",
                              "any path, or nothing",
                              "Where the log goes; nothing stands for "
                              "standard error."},
                             true),
  };
}

const std::vector<setting_row>& table() {
  static const auto rows = [] {
    std::vector<setting_row> all;
    for (auto part : {storage_rows(), limit_rows(), runtime_rows()})
      all.insert(all.end(), part.begin(), part.end());
    const node_settings defaults;
    for (auto& row : all)
      row.info.default_text = row.show(defaults);
    return all;
  }();
  return rows;
}

error wrong_value(const setting_info& info, std::string_view value) {
  return {errc::invalid_argument, "setting " + std::string{info.name} + " must not be '" + std::string{value} +
                                    "'; allowed: " + std::string{info.allowed}};
}

} // namespace

std::vector<setting_info> all_settings() {
  std::vector<setting_info> infos;
  for (const auto& row : table())
    infos.push_back(row.info);
  return infos;
}

result<done> set_setting(node_settings& settings, std::string_view name, std::string_view value) {
  const auto text = trimmed(value);
  for (const auto& row : table()) {
    if (row.info.name != name)
      continue;
    auto changed = settings;
    // How timeouts fit together is judged by `validate`, when all of them are known.
    if (!row.read(changed, text) || !row.in_range(changed))
      return wrong_value(row.info, text);
    settings = std::move(changed);
    return done{};
  }
  return error{errc::invalid_argument, "there is no setting '" + std::string{name} + "'"};
}

result<done> validate(const node_settings& settings) {
  for (const auto& row : table())
    if (!row.in_range(settings))
      return wrong_value(row.info, row.show(settings));
  if (settings.connection_timeout < 2 * settings.heartbeat_interval)
    return error{errc::invalid_argument,
                 "setting connection-timeout must not be '" + write_duration(settings.connection_timeout) +
                   "'; allowed: at least twice heartbeat-interval, which is " + write_duration(settings.heartbeat_interval)};
  if (!is_loopback(settings.listen_host))
    return error{errc::access_refused,
                 "setting listen must not be '" + show_address(settings) +
                   "': whoever reaches the port can take the node down, so it is served on this machine only "
                   "(127.0.0.1, [::1] or localhost) until there is TLS"};
  return done{};
}

bool is_loopback(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1")
    return true;
  if (host.substr(0, 4) != "127.")
    return false;
  int numbers = 0;
  while (true) {
    const auto dot = host.find('.');
    const auto number = host.substr(0, dot);
    const auto value = read_count(number);
    if (!value || *value > 255 || number.size() > 3)
      return false;
    ++numbers;
    if (dot == std::string_view::npos)
      return numbers == 4;
    host.remove_prefix(dot + 1);
  }
}

result<done> parse_address(std::string_view text, std::string& host, std::uint16_t& port) {
  const auto wrong = [text](const char* why) {
    return error{errc::invalid_argument, "'" + std::string{text} + "' is no HOST:PORT: " + why};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return wrong("the port is missing");
  auto name = text.substr(0, colon);
  if (!name.empty() && name.front() == '[') {
    if (name.back() != ']')
      return wrong("the closing ']' is missing");
    name = name.substr(1, name.size() - 2);
  } else if (name.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address is written in brackets, like [::1]:7799");
  }
  if (name.empty() || name.find_first_of(" \t[]/") != std::string_view::npos)
    return wrong("the host is missing or has characters that no host has");
  const auto number = read_count(text.substr(colon + 1));
  if (!number || *number > std::numeric_limits<std::uint16_t>::max())
    return wrong("the port must be a number from 0 to 65535");
  host = name;
  port = static_cast<std::uint16_t>(*number);
  return done{};
}

} // namespace daybook
