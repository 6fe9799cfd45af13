#include "daybook/apps/load_render.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daybook/apps/text_table.hpp"

namespace daybook::load {

namespace {

using align = text_table::align;

std::string percentiles_of(const histogram& of) {
  return fmt::format("p50 {}, p90 {}, p99 {}, p99.9 {}, p99.99 {}, max {}", time_text(of.quantile(500'000)),
                     time_text(of.quantile(900'000)), time_text(of.quantile(990'000)), time_text(of.quantile(999'000)),
                     time_text(of.quantile(999'900)), time_text(of.greatest()));
}

std::string by_operation(const statistics& figures, const text_style& style) {
  text_table table{{{"", align::left},
                    {"count", align::right},
                    {"p50", align::right},
                    {"p90", align::right},
                    {"p99", align::right},
                    {"p99.9", align::right},
                    {"p99.99", align::right},
                    {"max", align::right}}};
  for (const auto& [title, sum] : by_name(figures)) {
    std::vector<text_table::cell> row{title, grouped(sum.count())};
    for (const auto share : {500'000u, 900'000u, 990'000u, 999'000u, 999'900u})
      row.emplace_back(time_text(sum.quantile(share)));
    row.emplace_back(time_text(sum.greatest()));
    table.add(std::move(row));
  }
  return table.empty() ? "" : "\n" + table.text(style);
}

} // namespace

std::string to_text(const check_result& check, const text_style& style) {
  if (check.passed())
    return paint("books checked", ink::good, style) +
           fmt::format(": {} receipts, {} events, {} orders; every acknowledged command is in the journal once, and the view "
                       "equals the journal\n",
                       grouped(check.receipts), grouped(check.events), grouped(check.orders));
  auto text = paint("the books do not fit", ink::bad, style) +
              fmt::format(": {} differences in {} receipts, {} events, {} orders; the first ones:\n",
                          grouped(check.wrong.count()), grouped(check.receipts), grouped(check.events), grouped(check.orders));
  for (const auto& each : check.wrong.first())
    text += "  " + printable(each) + "\n";
  return text;
}

std::string to_text(const report& all, const text_style& style) {
  const auto& figures = all.figures;
  const auto commands = figures.of_commands();
  const auto questions = figures.of_questions();
  std::vector<std::pair<std::string, std::string>> pairs{
    {"load", fmt::format("{}, seed {}, {}", name(all.what), all.seed,
                         all.is_remote ? "server at " + all.place : "in process on " + all.place)},
    {"answered", fmt::format("{} in {:.1f} s: {}/s", grouped(figures.in_time), seconds_of(figures),
                             grouped(static_cast<std::uint64_t>(std::llround(rate_of(figures)))))}};
  if (!commands.empty())
    pairs.emplace_back("commands", percentiles_of(commands));
  if (!questions.empty())
    pairs.emplace_back("questions", percentiles_of(questions));
  pairs.emplace_back("outcomes",
                     fmt::format("{} carried out, {} rejected, {} refused, {} failed", grouped(figures.carried_out),
                                 grouped(figures.rejected), grouped(figures.refused), grouped(figures.failures_total)));
  for (const auto& [code, count] : figures.failures)
    pairs.emplace_back("failed", grouped(count) + " " + std::string{daybook::name(code)});
  pairs.emplace_back("view lag", fmt::format("p50 {}, p99 {}, max {} ({} events)", time_text(figures.lag.quantile(500'000)),
                                             time_text(figures.lag.quantile(990'000)), time_text(figures.lag.greatest()),
                                             grouped(figures.lag_events_max)));
  pairs.emplace_back("durability", durability);
  auto text = labelled(pairs, style) + by_operation(figures, style) + "\n";
  if (!all.ended_early.empty())
    text += paint("ended early", ink::bad, style) + ": " + printable(all.ended_early) + "\n";
  if (all.check)
    text += to_text(*all.check, style);
  else
    text += paint("books not checked", ink::warning, style) +
            (all.not_checked.empty() ? "" : ": " + printable(all.not_checked)) + "\n";
  return text;
}

std::string live_text(const glance& now, nanoseconds duration) {
  switch (now.at) {
    case stage::preparing: return "preparing orders";
    case stage::warming_up: return "warming up";
    case stage::draining: return "waiting for the last answers";
    case stage::over: return "done";
    case stage::measuring: break;
  }
  const auto seconds = static_cast<double>(now.elapsed) / 1e9;
  auto text = duration > 0 ? fmt::format("{:.0f} of {:.0f} s", seconds, static_cast<double>(duration) / 1e9)
                           : fmt::format("{:.0f} s", seconds);
  return text + fmt::format("  {}/s  p50 {}  p99 {}  {} answers  {} failed  view lag {}",
                            grouped(static_cast<std::uint64_t>(std::llround(now.last.rate()))), time_text(now.last.p50),
                            time_text(now.last.p99), grouped(now.done), grouped(now.failed), time_text(now.last.lag));
}

} // namespace daybook::load
