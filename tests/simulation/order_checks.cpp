#include <map>
#include <utility>

#include "daybook/domain/reasons.hpp"
#include "daybook/persistence/order_view.hpp"
#include "daybook/tests/simulation/order_workload.hpp"
#include "daybook/tests/simulation/view_rows.hpp"

namespace daybook::simulation {

namespace {

constexpr auto view_is_fold = "the view is the fold of the journal";

std::string text_of(const order_summary& order) {
  auto text = order.order_id + "|" + order.status + "|" + order.customer + "|" + order.country + "|" + order.currency + "|"
              + order.ordered_at + "|" + (order.total ? std::to_string(*order.total) : "none") + "|"
              + std::to_string(order.paid) + "|" + std::to_string(order.due_back) + "|" + std::to_string(order.refunded) + "|v"
              + std::to_string(order.version) + "@" + std::to_string(order.position);
  for (const auto& each : order.reasons)
    text += " " + each;
  return text;
}

std::string text_of(const order_details& order) {
  auto text = text_of(order.summary);
  for (const auto& line : order.lines)
    text += "\n  " + std::to_string(line.line) + "|" + line.stock_code + "|" + line.description + "|" + line.requested_quantity
            + "|" + line.requested_unit_price + "|" + (line.quantity ? std::to_string(*line.quantity) : "none") + "|"
            + (line.unit_price ? std::to_string(*line.unit_price) : "none") + "|" + std::to_string(line.returned);
  return text;
}

std::string text_of(const summary_report& report) {
  auto text = std::to_string(report.orders_requested) + "|" + std::to_string(report.orders_validated) + "|"
              + std::to_string(report.orders_rejected);
  for (const auto& [reason, count] : report.rejected_by_reason)
    if (count > 0)
      text += " " + reason + "=" + std::to_string(count);
  for (const auto& [currency, total] : report.validated_total)
    text += " " + currency + "=" + std::to_string(total);
  std::map<std::string, std::int64_t> by_status{report.by_status.begin(), report.by_status.end()};
  for (const auto& [status, count] : by_status)
    text += " " + status + "=" + std::to_string(count);
  return text;
}

std::string text_of(const std::vector<sales_row>& rows) {
  std::string text;
  for (const auto& row : rows)
    text += row.key + "|" + row.currency + "|" + std::to_string(row.orders) + "|" + std::to_string(row.total) + "|"
            + std::to_string(row.quantity) + "\n";
  return text;
}

/// An aggregate's version when the journal had come to a position.
version_t version_at(const order_model::aggregate& told, position_t position) {
  version_t version = 0;
  while (version < told.version() && told.events[version]->position <= position)
    ++version;
  return version;
}

summary_report summary_of(const order_model& model, position_t position) {
  summary_report report;
  std::map<std::string, std::int64_t> reasons, totals, statuses;
  for (const auto& [id, told] : model.all()) {
    const auto version = version_at(told, position);
    if (version == 0)
      continue;
    const auto& state = told.states[version];
    ++report.orders_requested;
    ++statuses[std::string{name(state.status)}];
    report.orders_rejected += state.status == order_status::rejected;
    for (const auto reason : state.rejections)
      ++reasons[std::string{name(reason)}];
    if (!state.was_validated())
      continue;
    ++report.orders_validated;
    totals[state.request.currency] += state.total;
  }
  report.by_status.assign(statuses.begin(), statuses.end());
  report.validated_total.assign(totals.begin(), totals.end());
  for (int i = 0; i < rejection_count; ++i) {
    const std::string each{name(static_cast<rejection>(i))};
    report.rejected_by_reason.emplace_back(each, reasons[each]);
  }
  return report;
}

/// Asks and lets everybody run until the answer is there; asks again where a healthy node may say "later".
template <class Answer, class Message>
result<Answer> ask_now(world& in, const Message& message) {
  for (int i = 0;; ++i) {
    std::optional<result<Answer>> got;
    in.ask<Answer>(message, [&got](result<Answer> answer) { got.emplace(std::move(answer)); });
    in.run_until([&] { return got.has_value() || in.is_dead(); }, in.patience() + std::chrono::seconds{1});
    if (!got)
      return error{errc::timed_out, "nothing came"};
    if (got->ok() || i >= 200 || (got->error().code != errc::view_behind && got->error().code != errc::unavailable))
      return std::move(*got);
    in.pass_time(std::chrono::milliseconds{100});
  }
}

/// 6, from its tables: a view made from nothing says the same.
void tables_are_fold(world& in, const journal_facts& facts) {
  const auto fresh = in.data_dir() / "fresh.db";
  std::filesystem::remove(fresh);
  std::vector<const recorded_commit*> commits;
  for (const auto& each : facts.commits)
    commits.push_back(&each);
  {
    auto writer = order_view_writer::open(fresh);
    if (!writer || !(*writer)->apply(commits) || !(*writer)->checkpoint_wal())
      return in.broken.add(view_is_fold, "a new view cannot be made");
  }
  const auto expected = view_rows(fresh);
  const auto found = view_rows(in.view_dir() / "orders.db");
  if (found != expected)
    in.broken.add(view_is_fold, "its tables differ from those of a new one:\n" + found + "instead of\n" + expected);
  auto reader = order_view_reader::open(fresh);
  for (const auto by : {sales_key::country, sales_key::day, sales_key::customer, sales_key::product}) {
    const auto wanted = (*reader)->sales(by, 0);
    const auto answer = ask_now<std::vector<sales_row>>(in, sales_query{by, 0, {}});
    if (!answer || !wanted || text_of(*answer) != text_of(*wanted))
      in.broken.add(view_is_fold, "a sales report differs");
  }
  std::filesystem::remove(fresh);
}

/// 6, as clients see it.
void queries_are_fold(world& in, const order_model& model, position_t last) {
  for (const auto& [id, told] : model.all()) {
    const auto wanted = text_of(details_of(told.last(), id, told.version(), told.events.back()->position));
    const auto answer = ask_now<order_details>(in, show_query{id, {}, {}});
    if (!answer || text_of(*answer) != wanted)
      in.broken.add(view_is_fold, (answer ? text_of(*answer) : answer.error().message) + "\ninstead of\n" + wanted);
  }
  const auto summary = ask_now<summary_report>(in, summary_query{});
  if (!summary || summary->position != last || text_of(*summary) != text_of(summary_of(model, last)))
    in.broken.add(view_is_fold, "the summary differs: " + (summary ? text_of(*summary) : summary.error().message));
}

} // namespace

void order_workload::check_journal(const journal_facts& facts, bool after_start, complaints& broken) {
  const order_model model{facts, broken};
  model.journalled_before_checked(broken);
  if (after_start)
    model.decided_without_client(broken);
  model.states_are_folds(requests_, broken);
  model.same_receipt(requests_, broken);
  model.refusals_are_legal(requests_, broken);
  seen_.are_in(facts, broken);
  for (const auto& each : shown_) {
    const auto& got = each.details.summary;
    const auto* told = model.find(got.order_id);
    const bool was = told != nullptr && got.version >= 1 && got.version <= told->version()
                     && (each.at == 0 || version_at(*told, each.at) == got.version);
    if (!was) {
      broken.add("what was shown stays", text_of(got) + " is not in the journal");
      continue;
    }
    const auto wanted = details_of(told->states[got.version], got.order_id, got.version,
                                   told->events[got.version - 1]->position);
    const bool same = each.details.lines.empty() ? text_of(got) == text_of(wanted.summary)
                                                 : text_of(each.details) == text_of(wanted);
    if (!same)
      broken.add(view_is_fold, text_of(each.details) + "\ninstead of\n" + text_of(wanted));
  }
  for (const auto& each : summarised_) {
    if (each.report.position < each.at_least)
      broken.add("a query sees what was acknowledged before it", "a summary is too old");
    if (each.report.position > facts.last_position())
      broken.add("what was shown stays", "a summary of position " + std::to_string(each.report.position));
    else if (text_of(each.report) != text_of(summary_of(model, each.report.position)))
      broken.add(view_is_fold, "the summary at " + std::to_string(each.report.position) + ": " + text_of(each.report)
                                 + " instead of " + text_of(summary_of(model, each.report.position)));
  }
}

void order_workload::check_view(world& in, const journal_facts& facts) {
  const order_model model{facts, in.broken};
  queries_are_fold(in, model, facts.last_position());
  tables_are_fold(in, facts);
}

void order_workload::check_works(world& in) {
  const auto wish = generator_.flawless(in.wall());
  const auto number = remember(in, wish);
  const auto answer = ask_now<receipt>(in, wish);
  requests_.answered(number, answer);
  if (!answer || answer->status != "validated")
    in.broken.add("a healthy node works", answer ? "an order without fault is " + answer->status
                                                 : std::string{name(answer.error().code)} + ": " + answer.error().message);
}

} // namespace daybook::simulation
