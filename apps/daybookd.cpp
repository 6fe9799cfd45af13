// The node as a service: opens a data directory and serves it until it is told to stop.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/version.hpp"
#include "daybook/apps/command_line.hpp"
#include "daybook/apps/standard_streams.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/config/logging.hpp"

namespace {

using namespace daybook;

exit_code fail(const error& cause) {
  std::cerr << "daybookd: " << cause.message << " (" << name(cause.code) << ")" << std::endl;
  return exit_code_for(cause.code);
}

/// SIGTERM and SIGINT, for `wait`: blocked in every thread, so that only `wait` gets them.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  int wait() const {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
      // Interrupted: wait on.
    }
    return signal;
  }

private:
  sigset_t set_;
};

exit_code serve(const node_settings& settings, const stop_signals& signals) {
  auto log = make_log(settings);
  if (!log)
    return fail(log.error());
  (*log)->info("daybookd {} starts on {}", version_text, settings.data_dir.string());
  daybook_config config{settings, true};
  configure(config);
  caf::actor_system system{config};
  auto started = node::start(system, settings, *log);
  if (!started)
    return fail(started.error());
  auto port = (*started)->publish(settings.listen_host, settings.listen_port);
  if (!port) {
    (*log)->error("start refused: {}", port.error().message);
    return fail(port.error());
  }
  const bool is_ipv6 = settings.listen_host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? "[" + settings.listen_host + "]" : settings.listen_host;
  std::cout << "daybookd ready on " << host << ":" << *port << std::endl;
  const auto signal = signals.wait();
  (*log)->info("stopping on signal {}", signal);
  if ((*started)->stop())
    return exit_code::done;
  // What could not be finished in time may keep the actor system from ending; the journal does not need it to.
  (*log)->flush();
  std::_Exit(static_cast<int>(exit_code::unavailable));
}

/// Options of the service: one for each setting, under the setting's own name.
result<node_settings> parse(const std::vector<std::string>& words, std::string& text) {
  CLI::App app{"The daybook node as a service.", "daybookd"};
  app.set_version_flag("--version", "daybookd " + std::string{version_text});
  std::string data;
  std::string file;
  app.add_option("--data", data, "data directory, made when missing (default: daybook-data)");
  app.add_option("--config", file, "file with settings; the command line wins");
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& each : all_settings())
    if (each.name != "data")
      values.emplace_back(std::string{each.name}, "");
  std::size_t next = 0;
  for (const auto& each : all_settings())
    if (each.name != "data")
      app.add_option("--" + std::string{each.name}, values[next++].second,
                     std::string{each.description} + " (default: " + each.default_text + ")");
  auto reversed = words;
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    text = app.help();
  } catch (const CLI::CallForVersion& version) {
    text = std::string{version.what()} + "\n";
  } catch (const CLI::ParseError& problem) {
    return error{errc::invalid_argument, std::string{problem.what()} + "; see --help"};
  }
  node_settings settings;
  if (!file.empty())
    if (auto taken = read_settings_file(settings, file); !taken)
      return error{errc::invalid_argument, taken.error().message};
  if (!data.empty())
    settings.data_dir = data;
  for (const auto& [setting, value] : values)
    if (!value.empty())
      if (auto set = set_setting(settings, setting, value); !set)
        return set.error();
  if (auto valid = validate(settings); !valid)
    return valid.error();
  return settings;
}

} // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  const stop_signals signals;
  try {
    std::string text;
    const auto settings = parse({argv + 1, argv + argc}, text);
    if (!text.empty()) {
      std::cout << text;
      return 0;
    }
    if (!settings)
      return static_cast<int>(fail(settings.error()));
    return static_cast<int>(serve(*settings, signals));
  } catch (const std::exception& problem) {
    return static_cast<int>(fail({errc::internal, problem.what()}));
  }
}
