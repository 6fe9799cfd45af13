#include "daybook/apps/load_program.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <ostream>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "daybook/actors/version.hpp"
#include "daybook/apps/context.hpp"
#include "daybook/apps/load_check.hpp"
#include "daybook/apps/load_driver.hpp"
#include "daybook/apps/load_render.hpp"
#include "daybook/apps/load_replay.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/config/setting_values.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook::load {

namespace {

constexpr std::chrono::milliseconds redraw{200};
constexpr std::uint32_t readable_max = 10'000;
constexpr std::uint32_t prepare_to_read = 1'000;
/// Points of a chart, about.
constexpr nanoseconds intervals_wanted = 300;
constexpr nanoseconds shortest_interval = 200'000'000;

/// Another one each time, short enough to be typed.
std::uint64_t some_seed() {
  return scramble(static_cast<std::uint64_t>(system_now())) >> 36;
}

nanoseconds ns(std::chrono::milliseconds time) {
  return static_cast<nanoseconds>(time.count()) * 1'000'000;
}

result<session_settings> session_for(const load_options& options) {
  session_settings settings;
  settings.node.log_level = "critical";
  if (!options.config.empty())
    if (auto taken = read_settings_file(settings.node, options.config); !taken)
      return error{errc::invalid_argument, taken.error().message};
  if (!options.data.empty())
    settings.node.data_dir = options.data;
  settings.connect = options.connect;
  settings.timeout = options.timeout;
  return settings;
}

pace pace_of(const load_options& options, std::vector<nanoseconds> times) {
  pace speed;
  speed.rate = options.rate;
  speed.times = std::move(times);
  speed.in_flight = options.in_flight();
  speed.pack = options.pack_size();
  speed.warm_up = ns(options.warm_up);
  speed.duration = options.duration ? ns(*options.duration) : 0;
  speed.interval = std::max(shortest_interval, speed.duration / intervals_wanted);
  speed.timeout = options.timeout;
  speed.is_remote = !options.connect.empty();
  return speed;
}

// -- what a report says about the options --------------------------------------------------------------------------------

void add_setting(std::vector<shown_setting>& to, const std::string& key, const std::string& title, std::string text) {
  to.push_back({key, title, std::move(text), std::nullopt});
}

void add_setting(std::vector<shown_setting>& to, const std::string& key, const std::string& title, double number) {
  to.push_back({key, title, fmt::format("{:.15g}", number), number});
}

void add_time(std::vector<shown_setting>& to, const std::string& key, const std::string& title,
              std::chrono::milliseconds time) {
  to.push_back({key, title, write_duration(time), static_cast<double>(time.count())});
}

std::vector<shown_setting> settings_of(const load_options& options, std::uint32_t prepared) {
  std::vector<shown_setting> all;
  if (options.rate)
    add_setting(all, "rate", "rate (open loop)", static_cast<double>(*options.rate));
  else if (options.speed)
    add_setting(all, "speed", "speed of the file's time", *options.speed);
  else {
    add_setting(all, "rate", "rate", std::string{"max (closed loop)"});
    add_setting(all, "clients", "clients", options.clients);
    add_setting(all, "window", "window of a client", options.window);
  }
  add_setting(all, "pack", "commands in a message, at most", static_cast<double>(options.pack_size()));
  if (!options.replay.empty())
    add_setting(all, "replay", "file", options.replay);
  if (options.orders)
    add_setting(all, "orders", "orders", *options.orders);
  if (options.commands)
    add_setting(all, "commands", "commands", static_cast<double>(*options.commands));
  if (options.duration)
    add_time(all, "duration_ms", "duration", *options.duration);
  if (options.warm_up.count() > 0)
    add_time(all, "warm_up_ms", "warm-up", options.warm_up);
  if (prepared > 0)
    add_setting(all, "prepare", "orders prepared", prepared);
  return all;
}

// -- a run ---------------------------------------------------------------------------------------------------------------

/// Ends with the worst of what happened; a check that failed says the most.
exit_code code_of(const report& all, const std::optional<error>& fatal) {
  if (all.check && !all.check->passed())
    return exit_code::refused;
  auto code = fatal ? exit_code_for(fatal->code) : exit_code::done;
  for (const auto& [why, count] : all.figures.failures)
    code = worse(code, exit_code_for(why));
  return code;
}

class load_session {
public:
  load_session(const load_options& options, output& to) :
      options_(options), to_(to), names_(std::make_unique<run_names>(options.seed.value_or(some_seed()))) {
    // nop
  }

  exit_code run() {
    if (auto ready = prepare(); !ready)
      return daybook::report(to_, ready.error());
    drive();
    check();
    if (auto written = write_page(); !written)
      return worse(print_all(), daybook::report(to_, written.error()));
    return print_all();
  }

private:
  result<done> prepare() {
    std::vector<nanoseconds> times;
    if (!options_.replay.empty()) {
      auto script = read_replay(options_.replay, options_.speed.value_or(1));
      if (!script)
        return script.error();
      if (script->left_out > 0)
        to_.err << "daybook-load: " << script->left_out << " rows or orders of " << options_.replay << " were left out\n";
      std::vector<std::string> ids;
      for (const auto& each : script->commands)
        ids.push_back(each.id);
      names_->use_ids(std::move(ids));
      work_.script = std::move(script->commands);
      times = options_.speed ? std::move(script->times) : times;
    }
    auto settings = session_for(options_);
    if (!settings)
      return settings.error();
    data_dir_ = settings->connect.empty() ? settings->node.data_dir : std::filesystem::path{};
    place_ = settings->connect.empty() ? settings->node.data_dir.string() : settings->connect;
    auto opened = session::open(*settings);
    if (!opened)
      return opened.error();
    daybook_ = std::move(*opened);
    for (auto step : {&load_session::check_view_follows, &load_session::check_new, &load_session::find_readable})
      if (auto went = (this->*step)(); !went)
        return went.error();
    return begin(std::move(times));
  }

  /// Said before the run, not after it.
  result<done> check_view_follows() {
    const auto node = daybook_->ask<node_status>(status_query{});
    if (!node)
      return node.error();
    if (options_.check && !node->projection)
      return error{errc::invalid_argument,
                   "the check holds the view against the journal, and the node's setting projection = off "
                   "keeps the view from following: give --no-check, or start the node with on"};
    return done{};
  }

  /// The same commands again would be answered with their first receipts, and the figures be those of nothing.
  result<done> check_new() {
    for (const auto in : {phase::measured, phase::warm_up, phase::prepared}) {
      const auto id = names_->order_id(number_of(in, 0));
      const auto found = daybook_->ask<std::vector<recorded_event>>(history_query{id});
      if (!found && found.error().code != errc::not_found)
        return found.error();
      if (found)
        return error{errc::invalid_argument, "the books have order " + id + " already, from a run with the same " +
                                               (options_.replay.empty() ? "seed: give another --seed, or" : "file: give") +
                                               " another data directory"};
    }
    return done{};
  }

  result<done> find_readable() {
    if (options_.what == mix::read && options_.prepare == 0) {
      list_query query;
      query.filter.limit = readable_max;
      query.fresh.wanted = freshness::kind::stale_ok;
      auto page = daybook_->ask<std::vector<order_summary>>(query);
      if (!page)
        return page.error();
      for (const auto& each : *page)
        work_.readable.push_back(each.order_id);
    }
    work_.prepare = options_.prepare;
    if (options_.what == mix::read && work_.readable.empty() && work_.prepare == 0)
      work_.prepare = prepare_to_read;
    return done{};
  }

  result<done> begin(std::vector<nanoseconds> times) {
    work_.what = options_.what;
    work_.orders = options_.orders;
    work_.commands = options_.commands;
    auto book = std::make_unique<receipt_book>();
    if (!options_.save_receipts.empty()) {
      auto made = receipt_book::create(options_.save_receipts, *names_);
      if (!made)
        return made.error();
      book = std::move(*made);
    }
    report_.version = version_text;
    report_.started_at = system_now();
    report_.seed = names_->seed();
    report_.what = options_.what;
    report_.is_remote = daybook_->is_remote();
    report_.place = place_;
    report_.settings = settings_of(options_, work_.prepare);
    report_.on = this_machine(data_dir_);
    run_ =
      std::make_shared<load_run>(workload{std::move(work_), *names_}, pace_of(options_, std::move(times)), std::move(book));
    return done{};
  }

  void drive() {
    const auto driver = daybook_->system().spawn(load_driver, daybook_->gateway(), run_);
    interrupt_watch interrupts;
    status_line line;
    bool is_closed = false;
    while (!run_->wait_until_over(redraw)) {
      if (interrupts.interrupted() && !std::exchange(is_closed, true))
        caf::anon_send(driver, close_atom_v);
      if (!options_.quiet)
        line.show(live_text(run_->look(), run_->speed.duration));
    }
    report_.figures = std::move(run_->figures);
    report_.orders_begun = run_->work.orders_begun();
    if (run_->fatal)
      report_.ended_early = run_->fatal->message;
    else if (is_closed)
      report_.ended_early = "interrupted";
  }

  void check() {
    // Also what is only kept has to be written.
    auto receipts = run_->receipts->finish();
    if (!receipts) {
      problem_ = receipts.error();
      report_.not_checked = receipts.error().message;
      return;
    }
    if (!options_.check)
      return;
    status_line line;
    const auto tell = [&](double share, const std::string& what) {
      if (!options_.quiet)
        line.show(fmt::format("checking: {}  {:.0f} %", what, share * 100));
    };
    auto checked = check_books(*daybook_, *names_, std::move(*receipts), options_.view_wait, tell);
    if (checked) {
      report_.check = std::move(*checked);
      return;
    }
    problem_ = checked.error();
    report_.not_checked = checked.error().message;
  }

  result<done> write_page() {
    if (options_.html.empty())
      return done{};
    std::ofstream page{options_.html, std::ios::binary};
    page << to_html(report_);
    page.close();
    if (!page)
      return error{errc::io_error, "the page cannot be written to " + options_.html};
    return done{};
  }

  exit_code print_all() {
    if (to_.json)
      to_.out << to_json(report_) << '\n';
    else
      to_.out << to_text(report_, to_.style);
    auto code = code_of(report_, run_->fatal);
    if (run_->fatal)
      daybook::report(to_, *run_->fatal);
    if (problem_)
      code = worse(code, daybook::report(to_, *problem_));
    return code;
  }

  const load_options& options_;
  output& to_;
  std::unique_ptr<run_names> names_;
  std::unique_ptr<session> daybook_;
  std::filesystem::path data_dir_;
  std::string place_;
  workload_settings work_;
  load_run_ptr run_;
  report report_;
  std::optional<error> problem_;
};

exit_code check_only(const load_options& options, output& to) {
  auto saved = read_receipts(options.check_file);
  if (!saved)
    return daybook::report(to, saved.error());
  auto settings = session_for(options);
  if (!settings)
    return daybook::report(to, settings.error());
  auto opened = session::open(*settings);
  if (!opened)
    return daybook::report(to, opened.error());
  auto checked = [&] {
    status_line line;
    const auto tell = [&](double share, const std::string& what) {
      if (!options.quiet)
        line.show(fmt::format("checking: {}  {:.0f} %", what, share * 100));
    };
    return check_books(**opened, *saved->names, std::move(saved->receipts), options.view_wait, tell);
  }();
  if (!checked)
    return daybook::report(to, checked.error());
  if (to.json)
    to.out << to_json(*checked) << '\n';
  else
    to.out << to_text(*checked, to.style);
  return checked->passed() ? exit_code::done : exit_code::refused;
}

} // namespace

exit_code run_load(const load_options& options, output& to) {
  if (!options.check_file.empty())
    return check_only(options, to);
  return load_session{options, to}.run();
}

} // namespace daybook::load
