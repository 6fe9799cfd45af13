// The load simulation: drives a daybook as many clients would, measures, and checks the books afterwards.

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "daybook/apps/load_program.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/apps/standard_streams.hpp"
#include "daybook/persistence/order_view.hpp"

namespace {

using namespace daybook;

int run(const std::vector<std::string>& words) {
  output to{std::cout, std::cerr, false, {isatty(STDOUT_FILENO) != 0, terminal_width()}, "daybook-load"};
  auto options = load::parse_load_options(words);
  if (!options) {
    to.json = std::find(words.begin(), words.end(), "--json") != words.end();
    return static_cast<int>(report(to, options.error()));
  }
  if (!options->text.empty()) {
    std::cout << options->text;
    return 0;
  }
  to.json = options->json;
  to.style.colours = to.style.colours && !to.json;
  const auto code = load::run_load(*options, to);
  std::cout.flush();
  if (!std::cout)
    return static_cast<int>(report(to, {errc::io_error, "the standard output cannot be written to"}));
  return static_cast<int>(code);
}

} // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  forgo_sqlite_statistics();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << "daybook-load: " << problem.what() << " (internal)\n";
    return static_cast<int>(exit_code::storage);
  }
}
