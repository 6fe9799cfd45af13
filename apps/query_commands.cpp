#include "daybook/apps/query_commands.hpp"

#include <charconv>
#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

#include "daybook/domain/order.hpp"
#include "daybook/domain/time.hpp"
#include "daybook/persistence/order_view.hpp"

namespace daybook {

namespace {

result<std::unique_ptr<order_view_reader>> open_built_view(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return error{errc::not_found, "there is no view " + file + "; 'view build' makes one"};
  return order_view_reader::open(file);
}

/// Asks a view that was built, or else the node.
template <class Answer, class Ask, class Query>
exit_code ask_view(context& with, const query_options& options, Ask ask, Query question) {
  const auto use = [&](const Answer& answer) { print(with.to, answer); };
  if (options.view_file.empty())
    return ask_and<Answer>(with, use, std::move(question));
  auto view = open_built_view(options.view_file);
  if (!view)
    return report(with.to, view.error());
  result<Answer> answer = ask(**view);
  if (!answer)
    return report(with.to, answer.error());
  use(*answer);
  return exit_code::done;
}

} // namespace

freshness query_options::fresh() const {
  if (stale_ok)
    return {freshness::kind::stale_ok, 0};
  if (at_least > 0)
    return {freshness::kind::at_least, at_least};
  return {};
}

result<moment> parse_moment(const std::string& text) {
  moment at;
  if (text.empty())
    return at;
  const auto* end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, at.position);
  if (number.ec == std::errc{} && number.ptr == end && at.position > 0)
    return at;
  at.position = 0;
  const auto time = parse_time(text);
  if (!time || *time <= 0)
    return error{errc::invalid_argument, "'" + text + "' is neither a position (1, 2, 3 …) nor a time like " +
                                           "2026-11-23T10:15:00Z"};
  at.time = *time;
  return at;
}

exit_code show_order(context with, const std::string& order_id, const std::string& at, const query_options& options) {
  const auto then = parse_moment(at);
  if (!then)
    return report(with.to, then.error());
  if (!then->is_now() && !options.view_file.empty())
    return report(with.to, {errc::invalid_argument, "--at asks the journal, --view a view that was built: give one of them"});
  const auto ask = [&](order_view_reader& view) -> result<order_details> {
    auto found = view.show(order_id);
    if (!found)
      return found.error();
    if (!*found)
      return error{errc::not_found, "there is no order " + order_id + " in " + options.view_file};
    return std::move(**found);
  };
  return ask_view<order_details>(with, options, ask, show_query{order_id, options.fresh(), *then});
}

exit_code show_history(context with, const std::string& order_id) {
  const auto use = [&](const std::vector<recorded_event>& events) {
    if (!with.to.json)
      with.to.out << to_text(events, with.to.style);
    else
      for (const auto& each : events)
        with.to.out << to_json(each) << '\n';
  };
  return ask_and<std::vector<recorded_event>>(with, use, history_query{order_id});
}

namespace {

/// A bound for `ordered_at`, which is compared as text: the shortest way to write it, so that equal times are never below.
result<std::string> read_bound(const std::string& option, std::string text) {
  if (text.empty() || is_local_time(text + "T00:00:00"))
    return text;
  if (!is_local_time(text))
    return error{errc::invalid_argument, option + " is '" + text + "'; write a local time or a day, as orders have it: " +
                                           "2010-12-01T08:26:00 or 2010-12-01"};
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text;
}

} // namespace

exit_code list_orders(context with, order_filter filter, const query_options& options) {
  const auto use = [&](const std::vector<order_summary>& orders) {
    if (!with.to.json)
      with.to.out << to_text(orders, with.to.style);
    else
      for (const auto& each : orders)
        with.to.out << to_json(each) << '\n';
  };
  if (!filter.status.empty() && !order_status_from(filter.status))
    return report(with.to, {errc::invalid_argument, "there is no status '" + filter.status + "'"});
  auto from = read_bound("--from", filter.from);
  auto to = read_bound("--to", filter.to);
  if (!from || !to)
    return report(with.to, (from ? to : from).error());
  filter.from = std::move(*from);
  filter.to = std::move(*to);
  if (options.view_file.empty())
    return ask_and<std::vector<order_summary>>(with, use, list_query{filter, options.fresh()});
  auto view = open_built_view(options.view_file);
  if (!view)
    return report(with.to, view.error());
  auto orders = (*view)->list(filter);
  if (!orders)
    return report(with.to, orders.error());
  use(*orders);
  return exit_code::done;
}

exit_code report_summary(context with, const query_options& options) {
  return ask_view<summary_report>(
    with, options, [](order_view_reader& view) { return view.summary(); }, summary_query{options.fresh()});
}

exit_code report_sales(context with, sales_key by, std::uint32_t limit, const query_options& options) {
  const auto use = [&](const std::vector<sales_row>& rows) { print(with.to, rows, by); };
  if (options.view_file.empty())
    return ask_and<std::vector<sales_row>>(with, use, sales_query{by, limit, options.fresh()});
  auto view = open_built_view(options.view_file);
  if (!view)
    return report(with.to, view.error());
  auto rows = (*view)->sales(by, limit);
  if (!rows)
    return report(with.to, rows.error());
  use(*rows);
  return exit_code::done;
}

exit_code show_status(context with) {
  return ask_and<node_status>(with, [&](const node_status& status) { print(with.to, status); }, status_query{});
}

// -- events --------------------------------------------------------------------------------------------------------------

exit_code show_events(context with, const events_options& options) {
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  interrupt_watch user;
  const auto stream = std::string{order_rules::category} + "-" + options.order_id;
  const auto is_wanted = [&](const recorded_event& event) {
    return event.position >= options.from && (options.order_id.empty() || event.stream == stream);
  };
  const auto print_event = [&](const recorded_event& event) {
    if (is_wanted(event))
      with.to.out << (with.to.json ? to_json(event) + "\n" : to_text(event, with.to.style));
  };
  commits_query question{options.from, 1024, std::chrono::milliseconds{0}};
  if (!options.order_id.empty() && !options.follow) {
    const auto use = [&](const std::vector<recorded_event>& events) {
      for (const auto& each : events)
        print_event(each);
    };
    return ask_and<std::vector<recorded_event>>(with, use, history_query{options.order_id});
  }
  // A reader that has had enough (`events --follow | head`) ends it too.
  while (!user.interrupted() && with.to.out) {
    auto page = (*opened)->ask<commit_page>(question);
    if (!page)
      return report(with.to, page.error());
    for (const auto& commit : page->commits)
      for (const auto& event : commit.events)
        print_event(event);
    with.to.out.flush();
    if (!page->commits.empty())
      question.from = page->commits.back().last_position() + 1;
    else if (!options.follow)
      break;
    // Short waits, so that Ctrl-C is heard soon.
    question.wait = std::chrono::milliseconds{options.follow ? 250 : 0};
  }
  return exit_code::done;
}

} // namespace daybook
