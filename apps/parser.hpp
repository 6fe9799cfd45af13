#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daybook/apps/command_line.hpp"
#include "daybook/apps/context.hpp"
#include "daybook/apps/session.hpp"

namespace daybook {

/// Words as they were understood.
struct invocation {
  session_settings settings;
  bool json = false;
  /// Help or version: to be printed instead of anything else.
  std::string text;
  /// What to do; nothing when the words name no command (the console).
  std::function<exit_code(context)> run;
};

/// Whose words they are: in the console, the session is open already and its options are refused.
enum class parse_for { program, console };

/// Reads a command line without its program's name. `invalid_argument` says what is wrong and where help is.
result<invocation> parse_words(const std::vector<std::string>& words, parse_for whom);

} // namespace daybook
