#include "daybook/apps/load/report_page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "daybook/apps/load/chart.hpp"
#include "daybook/apps/load/report.hpp"

namespace daybook::load {

namespace {

/// 1234567 as "1,234,567".
std::string grouped_text(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

/// An axis' number: 1500 as "1.5k".
std::string short_text(double value) {
  if (value >= 1e6)
    return fmt::format("{:.3g}M", value / 1e6);
  return value >= 1e3 ? fmt::format("{:.3g}k", value / 1e3) : fmt::format("{:.3g}", value);
}

/// An axis' time, of nanoseconds.
std::string axis_time(double value) {
  if (value <= 0)
    return "0";
  if (value >= 1e9)
    return fmt::format("{:.3g} s", value / 1e9);
  if (value >= 1e6)
    return fmt::format("{:.3g} ms", value / 1e6);
  return value >= 1e3 ? fmt::format("{:.3g} µs", value / 1e3) : fmt::format("{:.3g} ns", value);
}

std::string figure(const std::string& value, const std::string& unit, const std::string& what) {
  return "<div class=\"card figure\"><span class=\"soft\">" + escaped(what) + "</span><b>" + escaped(value) +
         (unit.empty() ? "" : " <small>" + escaped(unit) + "</small>") + "</b></div>";
}

std::string time_figure(nanoseconds time, const std::string& what) {
  const auto text = time_text(time);
  const auto space = text.find(' ');
  return figure(text.substr(0, space), text.substr(space + 1), what);
}

/// What the percentiles over time are of.
histogram main_histogram(const report& all) {
  return all.what == mix::read ? all.figures.of_questions() : all.figures.of_commands();
}

const char* noun_of(const report& all) {
  return all.what == mix::read ? "questions" : all.what == mix::mixed ? "commands and questions" : "commands";
}

std::string figures_of(const report& all) {
  const auto& figures = all.figures;
  const auto main = main_histogram(all);
  const std::string of = all.what == mix::read ? "question" : "command";
  std::string html = "<section class=\"figures\" aria-label=\"Key figures\">";
  html += figure(grouped_text(static_cast<std::uint64_t>(std::llround(rate_of(figures)))), "/s",
                 std::string{noun_of(all)} + " answered");
  html += time_figure(main.quantile(500'000), "median latency of a " + of);
  html += time_figure(main.quantile(990'000), "99 % are faster");
  html += time_figure(main.quantile(999'900), "99.99 % are faster");
  html += time_figure(main.greatest(), "slowest of all");
  html += time_figure(figures.lag.greatest(), "view behind, at most");
  html += figure(grouped_text(main.count()), "", of + "s measured");
  html += figure(grouped_text(figures.failures_total), "", "without a receipt or answer");
  return html + "</section>";
}

std::string legend_of(const chart& what) {
  std::string html = "<ul class=\"legend\">";
  for (const auto& line : what.lines)
    html += "<li class=\"" + line.look + "\">" + escaped(line.title) + "</li>";
  return html + "</ul>";
}

std::string chart_card(const std::string& title, const chart& what) {
  return "<section class=\"card\"><h2>" + escaped(title) + "</h2>" + legend_of(what) + to_svg(what) + "</section>";
}

/// A chart along the measured time; a point stands in the middle of its interval.
template <class Value>
chart_line line_of(const report& all, const std::string& title, const std::string& look, Value value) {
  chart_line line{title, look, {}, false, false};
  for (const auto& each : all.figures.series.points())
    if (const double y = value(each); y >= 0)
      line.points.emplace_back(static_cast<double>(each.begin + each.end) / 2e9, y);
  return line;
}

chart over_time(const report& all, const std::string& description) {
  chart made;
  made.description = description;
  const auto& points = all.figures.series.points();
  made.x_end = points.empty() ? 1 : static_cast<double>(points.back().end) / 1e9;
  made.x_ticks = time_ticks(made.x_end);
  return made;
}

/// A latency in an interval without answers is none.
template <class Member>
auto latency(Member member) {
  return [member](const interval_point& each) { return each.done == 0 ? -1.0 : static_cast<double>(each.*member); };
}

std::string charts_over_time(const report& all) {
  auto rate = over_time(all, "Answers a second over time");
  rate.y_text = short_text;
  rate.lines = {line_of(all, std::string{noun_of(all)} + " a second", "c1", [](const auto& each) { return each.rate(); })};
  rate.lines[0].is_filled = true;
  auto failed = line_of(all, "failed a second", "c3", [](const interval_point& each) {
    return each.end > each.begin ? static_cast<double>(each.failed) * 1e9 / static_cast<double>(each.end - each.begin) : 0.0;
  });
  if (all.figures.failures_total > 0)
    rate.lines.push_back(std::move(failed));
  auto times = over_time(all, "Latency percentiles over time");
  times.is_logarithmic = true;
  times.y_text = axis_time;
  times.lines = {line_of(all, "slowest", "c4", latency(&interval_point::greatest)),
                 line_of(all, "99.9 %", "c3", latency(&interval_point::p999)),
                 line_of(all, "99 %", "c2", latency(&interval_point::p99)),
                 line_of(all, "median", "c1", latency(&interval_point::p50))};
  return "<div class=\"pair\">" + chart_card("Throughput", rate) + chart_card("Latency over time", times) + "</div>";
}

/// Percentiles along the nines: 0, 90, 99, 99.9 … %, each as far from the next.
chart distribution(const report& all) {
  const auto main = main_histogram(all);
  chart made;
  made.description = "Latency by percentile";
  made.is_logarithmic = true;
  made.y_text = axis_time;
  made.x_end = 5;
  // Where a single value begins to decide, the line ends.
  const auto nines = main.empty() ? 0.0 : std::min(5.0, std::log10(static_cast<double>(main.count())));
  chart_line line{"latency that so many percent do not exceed", "c1", {}, true, false};
  for (double x = 0; x <= nines + 1e-9 && !main.empty(); x += 0.05)
    line.points.emplace_back(
      x, static_cast<double>(main.quantile(static_cast<millionths>(std::llround(1e6 * (1 - std::pow(10.0, -x)))))));
  made.lines = {std::move(line)};
  made.x_ticks = {{0, "0"}, {1, "90"}, {2, "99"}, {3, "99.9"}, {4, "99.99"}, {5, "99.999"}};
  return made;
}

std::string charts_of_view(const report& all) {
  auto lag = over_time(all, "How far the view is behind the journal over time");
  lag.y_text = axis_time;
  lag.lines = {line_of(all, "the view is behind by", "c2", [](const auto& each) { return static_cast<double>(each.lag); })};
  lag.lines[0].is_filled = true;
  if (all.figures.lag.greatest() == 0)
    lag.lines[0].points.clear();
  return "<div class=\"pair\">" + chart_card("Latency distribution", distribution(all)) + chart_card("View lag", lag) +
         "</div>";
}

std::string row_of(const std::string& title, const histogram& of) {
  auto html = "<tr><th scope=\"row\">" + escaped(title) + "</th><td>" + grouped_text(of.count()) + "</td>";
  for (const auto share : {500'000u, 900'000u, 990'000u, 999'000u, 999'900u})
    html += "<td>" + time_text(of.quantile(share)) + "</td>";
  return html + "<td>" + time_text(of.greatest()) + "</td></tr>";
}

std::string operations_of(const report& all) {
  std::string html = "<section class=\"card wide\"><h2>By command</h2><div class=\"scroll\"><table><thead><tr>";
  for (const auto* title : {"", "count", "median", "90 %", "99 %", "99.9 %", "99.99 %", "slowest"})
    html += std::string{"<th scope=\"col\">"} + title + "</th>";
  html += "</tr></thead><tbody>";
  for (const auto& [title, sum] : by_name(all.figures))
    html += row_of(title, sum);
  return html + "</tbody></table></div></section>";
}

std::string list_of(const std::string& title, const std::vector<std::pair<std::string, std::string>>& pairs) {
  auto html = "<section class=\"card\"><h2>" + escaped(title) + "</h2><dl>";
  for (const auto& [key, value] : pairs)
    if (!value.empty())
      html += "<dt>" + escaped(key) + "</dt><dd>" + escaped(value) + "</dd>";
  return html + "</dl></section>";
}

std::string conditions_of(const report& all) {
  std::vector<std::pair<std::string, std::string>> settings{
    {"durability", durability},
    {"node", all.is_remote ? "server at " + all.place : "in the same process, " + all.place},
    {"seed", std::to_string(all.seed)}};
  for (const auto& each : all.settings)
    settings.emplace_back(each.title, each.text);
  const auto memory = static_cast<double>(all.on.memory_bytes) / static_cast<double>(std::uint64_t{1} << 30);
  return "<div class=\"pair\">" + list_of("Settings", settings) +
         list_of("Machine", {{"processor", all.on.processor},
                             {"processors", std::to_string(all.on.processors)},
                             {"memory", fmt::format("{:.1f} GiB", memory)},
                             {"kernel", all.on.kernel},
                             {"file system", all.on.file_system},
                             {"daybook", all.version}}) +
         "</div>";
}

std::string outcome_of(const report& all) {
  const auto& figures = all.figures;
  std::vector<std::pair<std::string, std::string>> counts{{"measured time", fmt::format("{:.1f} s", seconds_of(figures))},
                                                          {"orders begun", grouped_text(all.orders_begun)},
                                                          {"messages sent", grouped_text(figures.messages)},
                                                          {"carried out", grouped_text(figures.carried_out)},
                                                          {"rejected", grouped_text(figures.rejected)},
                                                          {"refused", grouped_text(figures.refused)}};
  for (const auto& [code, count] : figures.failures)
    counts.emplace_back("failed: " + std::string{daybook::name(code)}, grouped_text(count));
  if (!all.ended_early.empty())
    counts.emplace_back("ended early", all.ended_early);
  return list_of("Outcome", counts);
}

std::string check_of(const report& all) {
  std::string html = "<section class=\"card\"><h2>Check of the books</h2>";
  if (!all.check)
    return html + "<p class=\"soft\">" + escaped(all.not_checked.empty() ? "Not asked for." : all.not_checked) +
           "</p></section>";
  const auto& check = *all.check;
  html += "<p class=\"soft\">";
  html += check.passed()
            ? "Every acknowledged command is in the journal once, as its receipt says, and the view equals the journal."
            : grouped_text(check.wrong.count()) + " differences; the first ones:";
  html += "</p>";
  if (!check.passed()) {
    html += "<ul class=\"wrong\">";
    for (const auto& each : check.wrong.first())
      html += "<li>" + escaped(each) + "</li>";
    html += "</ul>";
  }
  html += "<dl><dt>receipts</dt><dd>" + grouped_text(check.receipts) + "</dd><dt>events read</dt><dd>" +
          grouped_text(check.events) + "</dd><dt>orders compared</dt><dd>" + grouped_text(check.orders) + ", line by line " +
          grouped_text(check.details) + "</dd><dt>up to position</dt><dd>" + grouped_text(check.position) +
          "</dd></dl></section>";
  return html;
}

std::string verdict_of(const report& all) {
  if (!all.check)
    return "<span class=\"verdict\">not checked</span>";
  return all.check->passed() ? "<span class=\"verdict good\">✓ books checked</span>"
                             : "<span class=\"verdict bad\">✗ books do not fit</span>";
}

} // namespace

std::string to_html(const report& all) {
  const auto title = "Daybook under load: " + std::string{name(all.what)};
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/><title>";
  html += escaped(title) + "</title><style>" + page_style + "</style></head>\n<body><main><header><div><h1>" + escaped(title) +
          "</h1><p class=\"soft\">" + format_time(all.started_at).substr(0, 10) + " " +
          format_time(all.started_at).substr(11, 5) + " UTC · " +
          escaped(all.is_remote ? "server at " + all.place : "in process") + " · " +
          fmt::format("{:.0f} s measured", seconds_of(all.figures)) + " · " + durability + "</p></div>" + verdict_of(all) +
          "</header>\n";
  html += figures_of(all) + "\n" + charts_over_time(all) + "\n" + charts_of_view(all) + "\n";
  html += operations_of(all) + "\n<div class=\"pair\">" + outcome_of(all) + check_of(all) + "</div>\n" + conditions_of(all);
  html +=
    "\n<footer>Latencies count from the moment when a command should have been sent. Percentiles are at most 0.8 % above the "
    "exact ones. Written by daybook-load " +
    escaped(all.version) + ".</footer></main></body></html>\n";
  return html;
}

} // namespace daybook::load
