#include "daybook/apps/load_replay.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "daybook/apps/json_values.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/online_retail.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::load {

namespace {

class script_reader {
public:
  explicit script_reader(double speed) : speed_(speed) {}

  void take(order_command wish) {
    // The run gives another one.
    wish.command_id = "replay";
    if (!seen_.insert(wish.id).second || !order_codec::check_readable(wish)) {
      ++script_.left_out;
      return;
    }
    const auto& when = std::get<submit_order>(wish.action).ordered_at;
    if (when && is_local_time(*when))
      if (const auto at = parse_time(*when)) {
        first_ = first_.value_or(*at);
        const auto since = static_cast<double>(std::max<time_us>(0, *at - *first_)) * 1000 / speed_;
        last_ = std::max(last_, static_cast<nanoseconds>(std::min(since, 9e18)));
      }
    script_.times.push_back(last_);
    script_.commands.push_back(std::move(wish));
  }

  void leave_out() { ++script_.left_out; }

  result<done> read_retail(input_file& file) {
    const auto sink = [this](order_command wish) {
      take(std::move(wish));
      return true;
    };
    const auto totals = read_online_retail(file, sink, [this](const import_problem&) { leave_out(); });
    if (!totals)
      return totals.error();
    return done{};
  }

  result<done> read_requests(input_file& file) {
    json_value_reader values{file};
    for (json_value value;;) {
      const auto more = values.next(value);
      if (!more)
        return more.error();
      if (!*more)
        return done{};
      auto request = value.problem.empty() ? parse_order_request(value.text)
                                           : result<order_request>{error{errc::unreadable_request, value.problem}};
      if (!request) {
        leave_out();
        continue;
      }
      order_command wish;
      wish.id = request->order_id.empty() ? "replay-line-" + std::to_string(value.line) : std::move(request->order_id);
      wish.action = std::move(request->action);
      take(std::move(wish));
    }
  }

  replay_script& script() { return script_; }

private:
  double speed_;
  replay_script script_;
  std::unordered_set<std::string> seen_;
  std::optional<time_us> first_;
  nanoseconds last_ = 0;
};

} // namespace

result<replay_script> read_replay(const std::string& file, double speed) {
  if (file == "-")
    return error{errc::invalid_argument, "--replay reads a file, not the standard input"};
  auto look = input_file::open(file);
  if (!look)
    return look.error();
  std::string head;
  if (const auto line = (*look)->next_line(head); !line)
    return line.error();
  auto opened = input_file::open(file);
  if (!opened)
    return opened.error();
  script_reader reader{speed};
  const bool is_retail = head.find("InvoiceNo") != std::string::npos && head.find('{') == std::string::npos;
  const auto went = is_retail ? reader.read_retail(**opened) : reader.read_requests(**opened);
  if (!went)
    return went.error();
  if (reader.script().commands.empty())
    return error{errc::unreadable_request, file + " holds no order that could be played; `daybook import` says what is wrong"};
  return std::move(reader.script());
}

} // namespace daybook::load
