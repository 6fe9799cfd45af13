#include "daybook/apps/command_line.hpp"

#include <csignal>
#include <exception>
#include <ostream>
#include <utility>

#include "daybook/apps/context.hpp"
#include "daybook/apps/parser.hpp"
#include "daybook/apps/text_table.hpp"

namespace daybook {

// -- exits and errors ----------------------------------------------------------------------------------------------------

exit_code exit_code_for(errc code) noexcept {
  switch (code) {
    case errc::unreadable_request:
    case errc::not_found:
    case errc::version_conflict:
      return exit_code::refused;
    case errc::illegal_id:
    case errc::invalid_argument:
      return exit_code::usage;
    case errc::unavailable:
    case errc::wrong_protocol:
    case errc::timed_out:
    case errc::overloaded:
    case errc::view_behind:
    case errc::directory_in_use:
    case errc::shutting_down:
    case errc::access_refused:
      return exit_code::unavailable;
    case errc::storage_failed:
    case errc::disk_full:
    case errc::journal_damaged:
    case errc::io_error:
    case errc::unsupported_format:
    case errc::view_failed:
    case errc::internal:
      return exit_code::storage;
  }
  return exit_code::storage;
}

exit_code report(output& to, const error& cause) {
  to.out.flush();
  // A message may show what a file holds, and that may be anything.
  const auto text = to.program + (": " + printable(cause.message)) + " (" + std::string{name(cause.code)} + ")";
  to.err << (to.json ? to_json(cause) : text) << '\n';
  to.err.flush();
  return exit_code_for(cause.code);
}

// -- the session ---------------------------------------------------------------------------------------------------------

session_source::session_source(session_settings settings) : settings_(std::move(settings)) {
  // nop
}

session_source::~session_source() = default;

result<session*> session_source::get() {
  if (!opened_) {
    auto opened = session::open(settings_);
    if (!opened)
      return opened.error();
    opened_ = std::move(*opened);
  }
  return opened_.get();
}

void session_source::close() {
  opened_.reset();
}

// -- interrupts ----------------------------------------------------------------------------------------------------------

namespace {

volatile std::sig_atomic_t interrupts = 0;

extern "C" void note_interrupt(int) {
  interrupts = 1;
}

struct sigaction old_action;

} // namespace

interrupt_watch::interrupt_watch() {
  interrupts = 0;
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, &old_action);
}

interrupt_watch::~interrupt_watch() {
  sigaction(SIGINT, &old_action, nullptr);
}

bool interrupt_watch::interrupted() const noexcept {
  return interrupts != 0;
}

// -- running -------------------------------------------------------------------------------------------------------------

exit_code run_command(session_source& source, const std::vector<std::string>& words, output& to) {
  try {
    auto parsed = parse_words(words, parse_for::console);
    if (!parsed)
      return report(to, parsed.error());
    output own{to.out, to.err, to.json || parsed->json, to.style};
    if (!parsed->text.empty()) {
      own.out << parsed->text;
      return exit_code::done;
    }
    if (!parsed->run)
      return report(own, {errc::invalid_argument, "say what to do; 'help' lists the commands"});
    return parsed->run(context{source, own});
  } catch (const std::exception& problem) {
    return report(to, {errc::internal, problem.what()});
  }
}

} // namespace daybook
