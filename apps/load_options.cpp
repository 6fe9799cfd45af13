#include "daybook/apps/load_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <CLI/CLI.hpp>

#include "daybook/actors/version.hpp"
#include "daybook/config/setting_values.hpp"

namespace daybook::load {

namespace {

constexpr std::uint64_t rate_max = 10'000'000;
constexpr std::uint32_t in_flight_max = 60'000;
constexpr std::uint32_t pack_max = 4'096;
constexpr std::uint32_t prepare_default_pay = 10'000;
constexpr std::chrono::milliseconds duration_default{10'000};

error wrong(const std::string& text) {
  return {errc::invalid_argument, text + "; see --help"};
}

/// A variable that a script forgot to set must not be taken for an option that was not given.
const CLI::Validator not_empty{[](const std::string& text) { return std::string{text.empty() ? "must not be empty" : ""}; },
                               std::string{}, "not empty"};

/// Options as they were written.
struct words_given {
  std::string mix_name;
  std::string rate;
  std::string speed;
  std::string duration;
  std::string warm_up;
  std::string timeout;
  std::string view_wait;
  std::optional<std::uint32_t> clients;
  std::optional<std::uint32_t> window;
  std::optional<std::uint32_t> prepare;
  bool no_check = false;
};

void add_target(CLI::App& app, load_options& to, words_given& given) {
  auto* data = app.add_option("--data", to.data, "data directory, opened in this process (default: daybook-data)");
  auto* connect = app.add_option("--connect", to.connect, "HOST:PORT of a daybookd to load instead");
  data->check(not_empty)->excludes(connect);
  connect->check(not_empty);
  app.add_option("--config", to.config, "file with settings of the node in this process")->check(not_empty)->excludes(connect);
  app.add_option("--timeout", given.timeout, "how long an answer may take (default: 30s)")->check(not_empty);
}

void add_load(CLI::App& app, load_options& to, words_given& given) {
  app.add_option("--mix", given.mix_name, "lifecycle, submit, read, mixed or pay (default: lifecycle)")->check(not_empty);
  app.add_option("--orders", to.orders, "end after so many new orders and their lives")->check(CLI::Range(1u, orders_max));
  app.add_option("--commands", to.commands, "end after so many commands and questions")->check(CLI::Range(1ul, ~0ul >> 1));
  app.add_option("--duration", given.duration, "end after this time (default: 10s)")->check(not_empty);
  app.add_option("--warm-up", given.warm_up, "the same load before the clock starts (default: 0s)")->check(not_empty);
  app.add_option("--prepare", given.prepare, "orders to make before anything (default: 10000 for pay, 1000 for read)")
    ->check(CLI::Range(1u, orders_max));
  app.add_option("--rate", given.rate, "N a second, whatever the node does (open loop), or max (closed loop, the default)")
    ->check(not_empty);
  app.add_option("--clients", given.clients, "closed loop: clients (default: 16)")->check(CLI::Range(1u, in_flight_max));
  app.add_option("--window", given.window, "closed loop: what a client has under way (default: 64)")
    ->check(CLI::Range(1u, in_flight_max));
  app.add_option("--pack", to.pack, "commands in one message, at most (default: an eighth of those under way, 128 at most)")
    ->check(CLI::Range(1u, pack_max));
  app.add_option("--replay", to.replay, "play the orders of FILE, as `daybook import` reads them, at their own pace")
    ->check(not_empty);
  app.add_option("--speed", given.speed, "the file's time runs so many times faster (default: 1)")->check(not_empty);
  app.add_option("--seed", to.seed, "makes the run repeatable (default: another each time)")->check(CLI::Range(0ul, ~0ul >> 1));
}

void add_results(CLI::App& app, load_options& to, words_given& given) {
  app.add_flag("--json", to.json, "print one JSON document");
  app.add_flag("--quiet", to.quiet, "show nothing while it runs");
  app.add_option("--html", to.html, "write a page with figures and charts to FILE")->check(not_empty);
  auto* none = app.add_flag("--no-check", given.no_check, "do not hold journal and view against the receipts");
  app.add_option("--view-wait", given.view_wait, "how long the check waits for the view (default: 1min)")->check(not_empty);
  app.add_option("--save-receipts", to.save_receipts, "keep the receipts in FILE, for --check")->check(not_empty);
  auto* check = app.add_option("--check", to.check_file, "no load: hold journal and view against the receipts in FILE");
  check->check(not_empty)->excludes(none);
}

result<done> read_time(const std::string& option, const std::string& text, std::chrono::milliseconds least,
                       std::chrono::milliseconds& into) {
  if (text.empty())
    return done{};
  const auto time = read_duration(text);
  if (!time || *time < least)
    return wrong(option + " is '" + text + "'; write a duration like 500ms, 5s or 2min");
  into = *time;
  return done{};
}

result<done> read_times(load_options& to, const words_given& given) {
  using std::chrono::milliseconds;
  milliseconds duration{0};
  for (auto read : {read_time("--timeout", given.timeout, milliseconds{1}, to.timeout),
                    read_time("--view-wait", given.view_wait, milliseconds{1}, to.view_wait),
                    read_time("--warm-up", given.warm_up, milliseconds{0}, to.warm_up),
                    read_time("--duration", given.duration, milliseconds{1}, duration)})
    if (!read)
      return read.error();
  if (duration.count() > 0)
    to.duration = duration;
  return done{};
}

result<done> read_pace(load_options& to, const words_given& given) {
  if (!given.rate.empty() && given.rate != "max") {
    const auto rate = read_count(given.rate);
    if (!rate || *rate == 0 || *rate > rate_max)
      return wrong("--rate is '" + given.rate + "'; write commands a second, 1 to 10000000, or max");
    to.rate = *rate;
  }
  if (to.rate && (given.clients || given.window))
    return wrong("--rate N sends whatever the answers do; --clients and --window belong to --rate max");
  to.clients = given.clients.value_or(to.clients);
  to.window = given.window.value_or(to.window);
  if (static_cast<std::uint64_t>(to.clients) * to.window > in_flight_max)
    return wrong("--clients times --window is " + std::to_string(static_cast<std::uint64_t>(to.clients) * to.window) +
                 "; at most " + std::to_string(in_flight_max) + " may be under way");
  if (!given.speed.empty()) {
    double speed = 0;
    const auto [end, failed] = std::from_chars(given.speed.data(), given.speed.data() + given.speed.size(), speed);
    if (failed != std::errc{} || end != given.speed.data() + given.speed.size() || !std::isfinite(speed) || speed <= 0)
      return wrong("--speed is '" + given.speed + "'; write a number above 0");
    to.speed = speed;
  }
  return done{};
}

/// What a mix can end with, and what it needs before.
result<done> read_mix(load_options& to, const words_given& given) {
  if (!given.mix_name.empty()) {
    const auto what = mix_from(given.mix_name);
    if (!what || *what == mix::replay)
      return wrong("--mix is '" + given.mix_name + "'; there are lifecycle, submit, read, mixed and pay");
    to.what = *what;
  }
  if (!to.replay.empty()) {
    if (!given.mix_name.empty())
      return wrong("--replay plays what the file holds, --mix makes something up: give one");
    if (!given.rate.empty() && to.speed)
      return wrong("--speed plays at the file's own pace, --rate at another: give one");
    if (to.warm_up.count() > 0)
      return wrong("--replay begins at the file's beginning: it has no --warm-up");
    to.what = mix::replay;
    if (given.rate.empty() && !to.speed)
      to.speed = 1;
    if (to.speed && (given.clients || given.window))
      return wrong("--replay sends at the file's own pace; --clients and --window belong to --rate max");
  } else if (to.speed) {
    return wrong("--speed belongs to --replay");
  }
  const bool makes_no_orders = to.what == mix::pay || to.what == mix::read;
  if (makes_no_orders && to.orders)
    return wrong("--mix " + std::string{name(to.what)} + " begins no orders: give --commands or --duration (and --prepare)");
  if (given.prepare && !makes_no_orders)
    return wrong("--prepare belongs to --mix pay and --mix read");
  to.prepare = given.prepare.value_or(to.what == mix::pay ? prepare_default_pay : 0);
  return done{};
}

result<done> judge(load_options& to, const words_given& given) {
  to.check = !given.no_check;
  const auto limits = (to.orders ? 1 : 0) + (to.commands ? 1 : 0) + (given.duration.empty() ? 0 : 1);
  if (limits > 1)
    return wrong("--orders, --commands and --duration each say when the run ends: give one");
  for (auto read : {read_times(to, given), read_pace(to, given), read_mix(to, given)})
    if (!read)
      return read.error();
  if (limits == 0 && to.what != mix::replay)
    to.duration = duration_default;
  if (!to.check_file.empty() && (limits > 0 || !given.mix_name.empty() || !to.replay.empty() || !given.rate.empty() ||
                                 !to.html.empty() || !to.save_receipts.empty() || to.seed || given.clients || given.window))
    return wrong("--check looks at the books and sends nothing: of the options of a load it takes none");
  return done{};
}

} // namespace

std::size_t load_options::in_flight() const noexcept {
  return rate || speed ? open_loop_in_flight : static_cast<std::size_t>(clients) * window;
}

std::size_t load_options::pack_size() const noexcept {
  if (pack != 0)
    return pack;
  return rate || speed ? 128 : std::clamp<std::size_t>(in_flight() / 8, 1, 128);
}

result<load_options> parse_load_options(const std::vector<std::string>& words) {
  load_options options;
  words_given given;
  CLI::App app{"Load simulation: drives a daybook as many clients would, measures, and checks the books afterwards.",
               "daybook-load"};
  app.set_version_flag("--version", "daybook-load " + std::string{version_text});
  add_target(app, options, given);
  add_load(app, options, given);
  add_results(app, options, given);
  auto reversed = words;
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    options.text = app.help();
    return options;
  } catch (const CLI::CallForVersion& version) {
    options.text = std::string{version.what()} + "\n";
    return options;
  } catch (const CLI::ParseError& problem) {
    std::string text = problem.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return wrong(text);
  }
  if (auto judged = judge(options, given); !judged)
    return judged.error();
  return options;
}

} // namespace daybook::load
