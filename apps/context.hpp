#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "daybook/apps/command_line.hpp"

namespace daybook {

/// What a command works with.
struct context {
  session_source& source;
  output& to;
};

/// The worse of two exit codes: a storage error says more than a refusal.
inline exit_code worse(exit_code a, exit_code b) noexcept {
  return static_cast<exit_code>(std::max(static_cast<int>(a), static_cast<int>(b)));
}

/// Asks the gateway; `use` prints the answer. An error is reported.
template <class Answer, class Use, class... Ts>
exit_code ask_and(context& with, Use use, Ts... message) {
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  auto answer = (*opened)->template ask<Answer>(std::move(message)...);
  if (!answer)
    return report(with.to, answer.error());
  use(*answer);
  return exit_code::done;
}

/// Prints one answer: a JSON document and a line feed, or text.
template <class T, class... Ts>
void print(output& to, const T& answer, const Ts&... how) {
  if (to.json)
    to.out << to_json(answer, how...) << '\n';
  else
    to.out << to_text(answer, how..., to.style);
}

/// Whether the user pressed Ctrl-C since `watch_interrupts` was made.
class interrupt_watch {
public:
  interrupt_watch();
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;
  bool interrupted() const noexcept;
};

} // namespace daybook
