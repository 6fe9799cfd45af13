// The node as a service: opens a data directory and serves it until it is told to stop.

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <caf/actor_system.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/version.hpp"
#include "daybook/apps/command_line.hpp"
#include "daybook/apps/open_files.hpp"
#include "daybook/apps/service_options.hpp"
#include "daybook/apps/standard_streams.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/config/logging.hpp"
#include "daybook/persistence/order_view.hpp"

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

} // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  allow_many_files();
  forgo_sqlite_statistics();
  std::signal(SIGPIPE, SIG_IGN);
  const stop_signals signals;
  try {
    const auto asked = parse_service_options({argv + 1, argv + argc});
    if (!asked)
      return static_cast<int>(fail(asked.error()));
    if (!asked->text.empty()) {
      std::cout << asked->text;
      return 0;
    }
    return static_cast<int>(serve(asked->settings, signals));
  } catch (const std::exception& problem) {
    return static_cast<int>(fail({errc::internal, problem.what()}));
  }
}
