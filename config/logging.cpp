#include "daybook/config/logging.hpp"

#include <exception>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace daybook {

result<std::shared_ptr<spdlog::logger>> make_log(const node_settings& settings) {
  const auto level = spdlog::level::from_str(settings.log_level);
  if (level == spdlog::level::off && settings.log_level != "off")
    return error{errc::invalid_argument, "log_level is '" + settings.log_level +
                                           "'; it must be trace, debug, info, warn, error, critical or off"};
  try {
    spdlog::sink_ptr sink;
    if (settings.log_file.empty())
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.log_file.string());
    auto log = std::make_shared<spdlog::logger>("daybook", std::move(sink));
    log->set_level(level);
    log->flush_on(spdlog::level::info);
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
    return log;
  } catch (const std::exception& problem) {
    return error{errc::io_error, "cannot write the log to " + settings.log_file.string() + ": " + problem.what()};
  }
}

} // namespace daybook
