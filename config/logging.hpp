#pragma once

#include <memory>
#include <string>

#include <spdlog/logger.h>

#include "daybook/config/settings.hpp"
#include "daybook/domain/result.hpp"

namespace daybook {

/// A logger as the settings want it: to standard error or appended to a file, one line an entry: time (UTC), level, text.
/// Thread-safe. `io_error` when the file cannot be opened, `invalid_argument` for an unknown level.
result<std::shared_ptr<spdlog::logger>> make_log(const node_settings& settings);

} // namespace daybook
