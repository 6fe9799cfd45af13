#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daybook/apps/command_line.hpp"

namespace daybook {

/// The console: reads commands line by line until `exit`, `quit` or the end of the input; the session stays open
/// between them. At a terminal with a prompt, history, completion and a greeting, and it ends with `done`. Without one it is a
/// script: lines that begin with `#` are comments, and the code is that of the last command that failed.
exit_code run_console(session_source& source, output& to);

/// Finds the order ids that begin with a text.
using id_finder = std::function<std::vector<std::string>(const std::string& prefix)>;

/// What may stand for the word that was begun as `begun`, after the words `before` it: commands, options, order ids,
/// the values of some options, files. A directory ends in `/`.
std::vector<std::string> complete_word(const std::vector<std::string>& before, const std::string& begun,
                                       const id_finder& find_ids);

} // namespace daybook
