// The console and the scriptable client: one command of the command line, or, without one, the interactive console.

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include "daybook/apps/command_line.hpp"
#include "daybook/apps/console.hpp"
#include "daybook/apps/parser.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/apps/standard_streams.hpp"
#include "daybook/persistence/order_view.hpp"

namespace {

using namespace daybook;

/// Whether whoever read our output has gone away; what it did not want to read is no failure.
bool has_no_reader(int descriptor) {
  pollfd asked{descriptor, POLLOUT, 0};
  return poll(&asked, 1, 0) > 0 && (asked.revents & POLLERR) != 0;
}

int run(const std::vector<std::string>& words) {
  output to{std::cout, std::cerr, false, {isatty(STDOUT_FILENO) != 0, terminal_width()}};
  auto parsed = parse_words(words, parse_for::program);
  if (!parsed) {
    to.json = std::find(words.begin(), words.end(), "--json") != words.end();
    return static_cast<int>(report(to, parsed.error()));
  }
  if (!parsed->text.empty()) {
    std::cout << parsed->text;
    return 0;
  }
  to.json = parsed->json;
  to.style.colours = to.style.colours && !to.json;
  session_source source{parsed->settings};
  const auto code = parsed->run ? parsed->run(context{source, to}) : run_console(source, to);
  std::cout.flush();
  if (!std::cout && !has_no_reader(STDOUT_FILENO))
    return static_cast<int>(report(to, {errc::io_error, "the standard output cannot be written to"}));
  return static_cast<int>(code);
}

} // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  forgo_sqlite_statistics();
  // A reader that goes away (`daybook events | head`) is no reason to die in the middle of a write to the journal.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << "daybook: " << problem.what() << " (internal)\n";
    return static_cast<int>(exit_code::storage);
  }
}
