#include "daybook/apps/order_commands.hpp"

#include <charconv>
#include <ostream>
#include <utility>

#include "daybook/apps/json_values.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

order_command make_command(std::string order_id, order_action action, const command_ids& ids) {
  order_command wish;
  wish.sent_at = system_now();
  wish.id = order_id.empty() ? make_uuid_v7(wish.sent_at) : std::move(order_id);
  wish.command_id = ids.command_id.empty() ? make_uuid_v7(wish.sent_at) : ids.command_id;
  wish.correlation_id = ids.correlation_id;
  wish.action = std::move(action);
  return wish;
}

exit_code run_action(context with, const std::string& order_id, order_action action, const command_ids& ids) {
  bool went_well = true;
  const auto use = [&](const receipt& answer) {
    print(with.to, answer);
    went_well = answer.reasons.empty();
  };
  const auto code = ask_and<receipt>(with, use, make_command(order_id, std::move(action), ids));
  return code == exit_code::done && !went_well ? exit_code::refused : code;
}

result<std::vector<returned_line>> parse_returned_lines(const std::vector<std::string>& words) {
  std::vector<returned_line> lines;
  for (const auto& word : words) {
    const auto* end = word.data() + word.size();
    returned_line each;
    const auto line = std::from_chars(word.data(), end, each.line);
    const bool has_colon = line.ec == std::errc{} && line.ptr != end && *line.ptr == ':';
    const auto quantity = has_colon ? std::from_chars(line.ptr + 1, end, each.quantity) : line;
    if (!has_colon || quantity.ec != std::errc{} || quantity.ptr != end)
      return error{errc::invalid_argument, "'" + word + "' is not LINE:QUANTITY; write 1:2 for two pieces of line 1"};
    lines.push_back(each);
  }
  return lines;
}

// -- many ----------------------------------------------------------------------------------------------------------------

void outcome_printer::operator()(const std::string& order_id, const outcome& text) {
  if (!text.answered) {
    worst_ = worse(worst_, report(to_, {text.code, "order " + order_id + ": " + text.message}));
    return;
  }
  print(to_, text.answer);
  to_.out.flush();
  if (!text.answer.reasons.empty())
    worst_ = worse(worst_, exit_code::refused);
}

void outcome_printer::unreadable(std::uint64_t line, const error& cause) {
  report(to_, {cause.code, "line " + std::to_string(line) + ": " + cause.message});
  worst_ = worse(worst_, exit_code::refused);
}

exit_code submit_orders(context with, const std::string& file, const command_ids& ids) {
  auto input = input_file::open(file);
  if (!input)
    return report(with.to, input.error());
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  outcome_printer printer{with.to};
  command_pipeline pipeline{**opened, [&](const auto& id, const auto& text) { printer(id, text); }};
  json_value_reader values{**input};
  for (std::uint64_t count = 0;;) {
    json_value value;
    auto more = values.next(value);
    if (!more)
      return report(with.to, more.error());
    if (!*more)
      break;
    auto request = value.problem.empty() ? parse_order_request(value.text)
                                         : result<order_request>{error{errc::unreadable_request, value.problem}};
    if (!request) {
      printer.unreadable(value.line, request.error());
      continue;
    }
    if (++count > 1 && !ids.command_id.empty())
      return report(with.to, {errc::invalid_argument, "--command-id names one command, but " + file + " has several requests"});
    pipeline.send(make_command(std::move(request->order_id), std::move(request->action), ids));
  }
  pipeline.finish();
  return printer.worst();
}

} // namespace daybook
