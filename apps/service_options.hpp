#pragma once

#include <string>
#include <vector>

#include "daybook/config/settings.hpp"
#include "daybook/domain/result.hpp"

namespace daybook {

/// What a command line of `daybookd` asks for.
struct service_options {
  node_settings settings;
  /// Help or version, to be printed instead of serving; empty otherwise.
  std::string text;
};

/// Reads `--data`, `--config` and one option for each setting, under the setting's own name; the command line wins over the
/// file. `invalid_argument` names the option or the setting and what it may be.
result<service_options> parse_service_options(std::vector<std::string> words);

} // namespace daybook
