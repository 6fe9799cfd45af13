#include "daybook/apps/console.hpp"

#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include "daybook/apps/context.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/apps/text_table.hpp"
#include "daybook/apps/words.hpp"
#include "daybook/config/setting_values.hpp"
#include "daybook/domain/order.hpp"

namespace daybook {
namespace {

constexpr int history_entries = 1000;
constexpr std::uint32_t ids_offered = 50;
constexpr auto prompt = "daybook> ";
/// Short, so that Ctrl-C is heard soon.
constexpr auto watch_wait = std::chrono::milliseconds{250};

const std::vector<command_help>& own_commands() {
  static const std::vector<command_help> commands{
    {"help", "[COMMAND]", "what can be done, or all about one command"},
    {"watch", "[--interval T]", "show what happens, as it happens, until Ctrl-C"},
    {"history", "", "the lines that were entered"},
    {"clear", "", "clear the screen"},
    {"exit", "", "leave; so do quit and Ctrl-D"},
    {"quit", "", "leave"},
  };
  return commands;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const auto* commands : {&all_commands(), &own_commands()})
    for (const auto& each : *commands)
      names.push_back(each.words);
  return names;
}

// -- completion -------------------------------------------------------------------------------------------------------

const command_help* help_of(const std::string& name) {
  for (const auto* commands : {&all_commands(), &own_commands()})
    for (const auto& each : *commands)
      if (each.words == name)
        return &each;
  return nullptr;
}

std::vector<std::string> files_like(const std::string& begun) {
  const auto slash = begun.rfind('/');
  const auto directory = slash == std::string::npos ? std::string{} : begun.substr(0, slash + 1);
  std::vector<std::string> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator each{directory.empty() ? "." : directory, failed}, end; !failed && each != end;
       each.increment(failed)) {
    std::error_code ignored;
    files.push_back(directory + each->path().filename().string() + (each->is_directory(ignored) ? "/" : ""));
  }
  return files;
}

std::vector<std::string> values_of(const std::string& option, const std::string& begun, const id_finder& find_ids) {
  if (option == "--order" || option == "--after")
    return find_ids(begun);
  if (option == "--by")
    return {"country", "day", "customer", "product"};
  if (option == "--view")
    return files_like(begun);
  std::vector<std::string> values;
  if (option == "--status")
    for (int each = 1; each < order_status_count; ++each)
      values.emplace_back(name(static_cast<order_status>(each)));
  return values;
}

std::vector<std::string> candidates(const std::vector<std::string>& before, const std::string& begun,
                                    const id_finder& find_ids) {
  const auto names = command_names();
  if (!before.empty() && before.front() == "help")
    return next_words({before.begin() + 1, before.end()}, names);
  const auto* command = help_of(command_of(before, names));
  if (command == nullptr)
    return next_words(before, names);
  const auto name = split_words(command->words);
  const auto options = [&] { return options_in(command->arguments + " " + help_for(*name)); };
  if (begins_with(begun, "-"))
    return options();
  if (before.size() > name->size())
    return values_of(before.back(), begun, find_ids);
  // Only first arguments can be known; the others are numbers and texts of the user's own.
  std::vector<std::string> values;
  if (begins_with(command->arguments, "ID"))
    values = find_ids(begun);
  else if (begins_with(command->arguments, "FILE") || begins_with(command->arguments, "DIR"))
    values = files_like(begun);
  for (auto& each : next_words(before, names))
    values.push_back(std::move(each));
  return values.empty() && begun.empty() ? options() : values;
}

} // namespace

std::vector<std::string> complete_word(const std::vector<std::string>& before, const std::string& begun,
                                       const id_finder& find_ids) {
  auto found = candidates(before, begun, find_ids);
  found.erase(std::remove_if(found.begin(), found.end(), [&](const auto& each) { return !begins_with(each, begun); }),
              found.end());
  std::sort(found.begin(), found.end());
  return found;
}

namespace {

// -- commands ---------------------------------------------------------------------------------------------------------

/// Runs lines: the console's own words here, all others by `run_command`.
class line_runner {
public:
  line_runner(session_source& source, output& to) : source_(source), to_(to) {
    // nop
  }
  virtual ~line_runner() = default;

  exit_code run(const std::string& line) {
    auto words = split_words(line);
    if (!words)
      return report(to_, words.error());
    // Whoever copies from a manual brings the program's name along.
    if (words->size() > 1 && words->front() == "daybook")
      words->erase(words->begin());
    if (words->empty())
      return exit_code::done;
    return run(*words);
  }

  bool has_ended() const noexcept { return has_ended_; }

protected:
  virtual void show_history() {}
  virtual bool is_interactive() const noexcept { return false; }

  session_source& source_;
  output& to_;

private:
  exit_code run(std::vector<std::string> words) {
    const auto& first = words.front();
    if (first == "exit" || first == "quit") {
      has_ended_ = true;
      return exit_code::done;
    }
    if (first == "help")
      return help({words.begin() + 1, words.end()});
    if (first == "watch")
      return watch(words);
    if (first == "clear")
      to_.out << (is_interactive() ? "\x1b[H\x1b[2J" : "");
    if (first == "history")
      show_history();
    if (first == "clear" || first == "history")
      return exit_code::done;
    if (const auto problem = unknown_command(words, command_names()); !problem.empty())
      return refuse(printable(problem));
    return run_command(source_, words, to_);
  }

  exit_code refuse(const std::string& problem) { return report(to_, {errc::invalid_argument, problem}); }

  exit_code help(const std::vector<std::string>& words) {
    const auto text = help_for(words);
    if (!words.empty() && !text.empty()) {
      to_.out << text;
      return exit_code::done;
    }
    const auto name = command_of(words, command_names());
    if (!words.empty() && name.empty())
      return refuse("there is no help for that; 'help' lists all commands");
    to_.out << text << (words.empty() ? "\nIn the console also:\n" : "");
    text_table table{{{""}, {"", text_table::align::left, true}}};
    for (const auto& each : own_commands())
      if (words.empty() || each.words == name)
        table.add({"  " + each.words + " " + each.arguments, each.sentence});
    to_.out << table.text(to_.style);
    return exit_code::done;
  }

  exit_code watch(const std::vector<std::string>& words) {
    std::chrono::milliseconds interval{0};
    if (words.size() > 1) {
      const auto first = words[1];
      const bool is_joined = begins_with(first, "--interval=");
      const auto text = is_joined ? first.substr(11) : words.size() == 3 && first == "--interval" ? words[2] : std::string{};
      const auto read = read_duration(text);
      if (!read || words.size() > (is_joined ? 2u : 3u))
        return refuse("watch takes --interval T only, e.g. --interval 2s");
      interval = *read;
    }
    auto opened = source_.get();
    if (!opened)
      return report(to_, opened.error());
    auto newest = (*opened)->ask<commit_page>(commits_query{1, 1, std::chrono::milliseconds{0}});
    if (!newest)
      return report(to_, newest.error());
    if (is_interactive() && !to_.json)
      to_.out << paint("watching from position " + std::to_string(newest->last_position + 1) + "; Ctrl-C ends it", ink::faint,
                       to_.style)
              << '\n';
    return follow(**opened, newest->last_position + 1, interval);
  }

  exit_code follow(session& from, position_t position, std::chrono::milliseconds interval) {
    interrupt_watch user;
    // A stream that failed: nobody reads any more.
    while (!user.interrupted() && to_.out) {
      auto page = from.ask<commit_page>(commits_query{position, 256, watch_wait});
      if (!page)
        return report(to_, page.error());
      for (const auto& commit : page->commits) {
        for (const auto& event : commit.events)
          to_.out << (to_.json ? to_json(event) + "\n" : to_text(event, to_.style));
        position = commit.last_position() + 1;
      }
      to_.out.flush();
      // Ctrl-C ends the pause, too.
      if (interval.count() > 0 && !user.interrupted())
        ::poll(nullptr, 0, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(interval).count()));
    }
    // The terminal wrote "^C" there.
    to_.out << (is_interactive() ? "\n" : "");
    return exit_code::done;
  }

  bool has_ended_ = false;
};

// -- a terminal -------------------------------------------------------------------------------------------------------

/// $XDG_STATE_HOME/daybook/history; empty when there is no place for it.
std::string history_file() {
  const auto value_of = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::filesystem::path{value == nullptr ? "" : value};
  };
  auto state = value_of("XDG_STATE_HOME");
  // The XDG specification: relative paths are to be ignored.
  if (!state.is_absolute()) {
    const auto home = value_of("HOME");
    if (home.empty())
      return {};
    state = home / ".local" / "state";
  }
  std::error_code ignored;
  std::filesystem::create_directories(state / "daybook", ignored);
  return (state / "daybook" / "history").string();
}

/// Between commands that watch it themselves, Ctrl-C must not end the program.
class interrupts_ignored {
public:
  interrupts_ignored() {
    struct sigaction action {};
    // A handler, not SIG_IGN: the latter would be inherited by programs that are started.
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, &old_);
  }
  ~interrupts_ignored() { sigaction(SIGINT, &old_, nullptr); }

private:
  struct sigaction old_ {};
};

class terminal_console final : public line_runner {
public:
  terminal_console(session_source& source, output& to) : line_runner(source, to), file_(history_file()) {
    // nop
  }

  exit_code loop() {
    if (!prepare())
      return report(to_, {errc::io_error, "the terminal cannot be used for editing; is TERM set?"});
    const interrupts_ignored ignored;
    if (const auto code = greet(); code != exit_code::done)
      return code;
    while (!has_ended()) {
      to_.out.flush();
      const auto line = read_line();
      if (!line)
        break;
      if (line->find_first_not_of(" \t") == std::string::npos)
        continue;
      remember(*line);
      to_.style.width = terminal_width();
      run(*line);
    }
    to_.out << (has_ended() ? "" : "\n");
    return exit_code::done;
  }

protected:
  bool is_interactive() const noexcept override { return true; }

  void show_history() override {
    HistEvent event{};
    int number = 0;
    for (int more = history(lines_.get(), &event, H_LAST); more >= 0; more = history(lines_.get(), &event, H_PREV)) {
      const auto text = std::to_string(++number);
      to_.out << std::string(text.size() < 5 ? 5 - text.size() : 0, ' ') << text << "  " << printable(event.str) << '\n';
    }
  }

private:
  bool prepare() {
    // libedit reads characters in the program's locale; without one, everything beyond ASCII would be lost.
    std::setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
      std::setlocale(LC_CTYPE, "C.UTF-8");
    lines_.reset(history_init());
    editor_.reset(el_init("daybook", stdin, stdout, stderr));
    if (!lines_ || !editor_)
      return false;
    HistEvent event{};
    history(lines_.get(), &event, H_SETSIZE, history_entries);
    history(lines_.get(), &event, H_SETUNIQUE, 1);
    if (!file_.empty())
      history(lines_.get(), &event, H_LOAD, file_.c_str());
    auto* editor = editor_.get();
    el_set(editor, EL_CLIENTDATA, this);
    el_set(editor, EL_PROMPT, &terminal_console::give_prompt);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_SIGNAL, 1);
    el_set(editor, EL_HIST, history, lines_.get());
    el_set(editor, EL_ADDFN, "daybook-complete", "complete the word", &terminal_console::on_tab);
    el_set(editor, EL_ADDFN, "daybook-cancel", "cancel the line", &terminal_console::on_cancel);
    el_set(editor, EL_ADDFN, "daybook-suspend", "suspend the program", &terminal_console::on_suspend);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(editor, nullptr);
    el_set(editor, EL_BIND, "^I", "daybook-complete", nullptr);
    // While a line is edited Ctrl-C and Ctrl-Z are keys: after a SIGINT, libedit takes the input for ended.
    el_set(editor, EL_SETTY, "-d", "-isig", nullptr);
    el_set(editor, EL_BIND, "^C", "daybook-cancel", nullptr);
    el_set(editor, EL_BIND, "^Z", "daybook-suspend", nullptr);
    return true;
  }

  exit_code greet() {
    auto opened = source_.get();
    if (!opened)
      return report(to_, opened.error());
    if (to_.json)
      return exit_code::done;
    const auto& settings = source_.settings();
    to_.out << paint("daybook", ink::bold, to_.style) << " at "
            << (settings.connect.empty() ? settings.node.data_dir.string() : settings.connect);
    if (auto status = (*opened)->ask<view_status>(view_status_query{}))
      to_.out << ", " << grouped(static_cast<std::uint64_t>(status->orders)) << (status->orders == 1 ? " order" : " orders");
    to_.out << "; 'help' lists the commands, TAB completes\n";
    return exit_code::done;
  }

  /// Nothing at the end of the input; a cancelled line is empty.
  std::optional<std::string> read_line() {
    int length = 0;
    is_cancelled_ = false;
    const char* line = el_gets(editor_.get(), &length);
    if (is_cancelled_ || line == nullptr || length <= 0)
      return is_cancelled_ ? std::optional<std::string>{""} : std::nullopt;
    std::string text{line, static_cast<std::size_t>(length)};
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
      text.pop_back();
    return text;
  }

  void remember(const std::string& line) {
    HistEvent event{};
    history(lines_.get(), &event, H_ENTER, line.c_str());
    // At once: a console that is killed keeps its history, too.
    if (!file_.empty())
      history(lines_.get(), &event, H_SAVE, file_.c_str());
  }

  // -- what libedit calls ---------------------------------------------------------------------------------------------

  static terminal_console& self(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<terminal_console*>(data);
  }

  static char* give_prompt(EditLine*) {
    // libedit wants a char* and does not write to it.
    return const_cast<char*>(prompt);
  }

  static unsigned char on_cancel(EditLine* editor, int) {
    self(editor).is_cancelled_ = true;
    std::fputs("^C\n", stdout);
    return CC_NEWLINE;
  }

  static unsigned char on_suspend(EditLine*, int) {
    // EL_SIGNAL sees to the terminal's mode before and after.
    std::raise(SIGTSTP);
    return CC_REFRESH;
  }

  static unsigned char on_tab(EditLine* editor, int) {
    try {
      return self(editor).complete();
    } catch (const std::exception&) {
      return CC_ERROR;
    }
  }

  unsigned char complete() {
    const auto* line = el_line(editor_.get());
    const std::string text{line->buffer, line->cursor};
    const auto space = text.find_last_of(" \t");
    const auto begun = space == std::string::npos ? text : text.substr(space + 1);
    const auto before = split_words(space == std::string::npos ? std::string{} : text.substr(0, space));
    // Inside of quotes it is the user's own text.
    if (!before || begun.find_first_of("'\"\\") != std::string::npos)
      return CC_ERROR;
    const auto found = complete_word(*before, begun, [this](const std::string& prefix) { return ids_like(prefix); });
    if (found.empty())
      return CC_ERROR;
    const auto common = common_start(found);
    if (found.size() == 1)
      return replace(begun, quote_word(common) + (common.back() == '/' ? "" : " "));
    if (common.size() > begun.size() && quote_word(common) == common)
      return replace(begun, common);
    std::fputs(("\n" + in_columns(found, terminal_width())).c_str(), stdout);
    return CC_REDISPLAY;
  }

  unsigned char replace(const std::string& begun, const std::string& with) {
    // The editor counts characters, not bytes.
    const auto characters = std::count_if(begun.begin(), begun.end(), [](char c) { return (c & 0xc0) != 0x80; });
    el_deletestr(editor_.get(), static_cast<int>(characters));
    return el_insertstr(editor_.get(), with.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  std::vector<std::string> ids_like(const std::string& prefix) {
    auto opened = source_.get();
    if (!opened)
      return {};
    auto ids = (*opened)->ask<std::vector<std::string>>(ids_query{prefix, ids_offered});
    return ids ? std::move(*ids) : std::vector<std::string>{};
  }

  std::string file_;
  std::unique_ptr<History, void (*)(History*)> lines_{nullptr, history_end};
  std::unique_ptr<EditLine, void (*)(EditLine*)> editor_{nullptr, el_end};
  bool is_cancelled_ = false;
};

// -- a script ---------------------------------------------------------------------------------------------------------

exit_code run_script(session_source& source, output& to) {
  line_runner runner{source, to};
  auto last_failure = exit_code::done;
  for (std::string line; !runner.has_ended() && std::getline(std::cin, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#')
      continue;
    if (const auto code = runner.run(line); code != exit_code::done)
      last_failure = code;
    to.out.flush();
  }
  return last_failure;
}

} // namespace

exit_code run_console(session_source& source, output& to) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return run_script(source, to);
  return terminal_console{source, to}.loop();
}

} // namespace daybook
