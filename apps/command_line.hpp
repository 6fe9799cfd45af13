#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "daybook/apps/render.hpp"
#include "daybook/apps/session.hpp"
#include "daybook/domain/result.hpp"

namespace daybook {

/// What a program of ours exits with.
enum class exit_code : int { done = 0, refused = 1, usage = 2, unavailable = 3, storage = 4 };

/// The exit code that a cause belongs to.
exit_code exit_code_for(errc code) noexcept;

/// Where a command's words go, and how.
struct output {
  std::ostream& out;
  std::ostream& err;
  bool json = false;
  text_style style;
  /// Who says what is wrong.
  const char* program = "daybook";
};

/// Prints a cause on the error stream (as JSON where that was asked for) and gives its exit code.
exit_code report(output& to, const error& cause);

/// Gives the session, opening it at the first call: some commands need none.
class session_source {
public:
  explicit session_source(session_settings settings);
  ~session_source();
  const session_settings& settings() const noexcept { return settings_; }
  result<session*> get();
  /// Stops and closes, so that the directory is free.
  void close();

private:
  session_settings settings_;
  std::unique_ptr<session> opened_;
};

/// Runs one command of the contract, e.g. {"order", "show", "536365"}. `--json` and the like may be among the words.
/// Never throws; interrupts (SIGINT) end following and watching commands with `done`.
exit_code run_command(session_source& source, const std::vector<std::string>& words, output& to);

/// A command for help and completion: its words and a sentence.
struct command_help {
  std::string words;
  std::string arguments;
  std::string sentence;
};

/// Every command that `run_command` knows, in the order in which help lists them.
const std::vector<command_help>& all_commands();

/// The help of one command (all options, an example), or of all when `words` is empty; empty when there is no such command.
std::string help_for(const std::vector<std::string>& words);

} // namespace daybook
