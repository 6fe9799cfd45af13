#include "daybook/apps/load_program.hpp"

#include <ostream>
#include <utility>

#include <caf/send.hpp>

#include <fmt/format.h>

#include "daybook/apps/context.hpp"
#include "daybook/apps/load_driver.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook::load {

namespace {

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

pace pace_of(const load_options& options) {
  pace speed;
  speed.rate = options.rate;
  speed.in_flight = options.in_flight();
  speed.pack = options.pack_size();
  const auto ns = [](std::chrono::milliseconds time) { return static_cast<nanoseconds>(time.count()) * 1'000'000; };
  speed.warm_up = ns(options.warm_up);
  speed.duration = options.duration ? ns(*options.duration) : 0;
  speed.timeout = options.timeout;
  speed.is_remote = !options.connect.empty();
  return speed;
}

} // namespace

exit_code run_load(const load_options& options, output& to) {
  auto settings = session_for(options);
  if (!settings)
    return report(to, settings.error());
  auto opened = session::open(*settings);
  if (!opened)
    return report(to, opened.error());
  auto& daybook = **opened;
  const run_names names{options.seed.value_or(static_cast<std::uint64_t>(system_now()))};
  workload_settings work;
  work.what = options.what;
  work.orders = options.orders;
  work.commands = options.commands;
  work.prepare = options.prepare;
  auto run = std::make_shared<load_run>(workload{std::move(work), names}, pace_of(options), std::make_unique<receipt_book>());
  const auto driver = daybook.system().spawn(load_driver, daybook.gateway(), run);
  interrupt_watch interrupts;
  while (!run->wait_until_over(std::chrono::milliseconds{200})) {
    if (interrupts.interrupted())
      caf::anon_send(driver, close_atom_v);
    const auto now = run->look();
    to.err << fmt::format("stage {} {:.1f} s, {} done, {:.0f}/s, p50 {} us, p99 {} us, lag {} ms\n", static_cast<int>(now.at),
                          now.elapsed / 1e9, now.done, now.last.rate(), now.last.p50 / 1000, now.last.p99 / 1000,
                          now.last.lag / 1000000);
  }
  if (run->fatal)
    return report(to, *run->fatal);
  const auto all = run->figures.of_commands();
  to.out << fmt::format("{:.0f}/s, p50 {} us, p99 {} us, p99.99 {} us, max {} us, failed {}\n", rate_of(run->figures),
                        all.quantile(500'000) / 1000, all.quantile(990'000) / 1000, all.quantile(999'900) / 1000,
                        all.greatest() / 1000, run->figures.failures_total);
  return exit_code::done;
}

} // namespace daybook::load
