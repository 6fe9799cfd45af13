#pragma once

#include <string>
#include <vector>

#include "daybook/apps/context.hpp"
#include "daybook/domain/commands.hpp"

namespace daybook {

/// Ids that a user may give to a command; empty ones are made.
struct command_ids {
  std::string command_id;
  std::string correlation_id;
};

/// Completes a command: ids that are missing, and this machine's clock.
order_command make_command(std::string order_id, order_action action, const command_ids& ids);

/// Sends one command and prints its receipt.
exit_code run_action(context with, const std::string& order_id, order_action action, const command_ids& ids);

/// `order submit`: one request, an array, or JSON Lines, from a file or "-".
exit_code submit_orders(context with, const std::string& file, const command_ids& ids);

/// Reads "LINE:QUANTITY" words.
result<std::vector<returned_line>> parse_returned_lines(const std::vector<std::string>& words);

/// Tallies outcomes of many commands and prints their receipts as they come.
class outcome_printer {
public:
  explicit outcome_printer(output& to) : to_(to) {
    // nop
  }
  void operator()(const std::string& order_id, const outcome& text);
  /// Something that could not even be sent.
  void unreadable(std::uint64_t line, const error& cause);
  exit_code worst() const noexcept { return worst_; }

private:
  output& to_;
  exit_code worst_ = exit_code::done;
};

} // namespace daybook
