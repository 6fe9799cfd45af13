#include "daybook/apps/load/report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace daybook::load {

namespace {

using json = nlohmann::ordered_json;

json or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

/// Microseconds, rounded up: never better than it was.
std::uint64_t us(nanoseconds time) {
  return (time + 999) / 1000;
}

json latency_json(const histogram& of) {
  return {{"count", of.count()},
          {"least_us", us(of.least())},
          {"mean_us", us(of.mean())},
          {"p50_us", us(of.quantile(500'000))},
          {"p90_us", us(of.quantile(900'000))},
          {"p99_us", us(of.quantile(990'000))},
          {"p999_us", us(of.quantile(999'000))},
          {"p9999_us", us(of.quantile(999'900))},
          {"max_us", us(of.greatest())}};
}

json series_json(const statistics& figures) {
  auto points = json::array();
  for (const auto& each : figures.series.points())
    points.push_back({{"from_ms", each.begin / 1'000'000},
                      {"to_ms", each.end / 1'000'000},
                      {"answers", each.done},
                      {"failed", each.failed},
                      {"rate", std::round(each.rate())},
                      {"p50_us", us(each.p50)},
                      {"p90_us", us(each.p90)},
                      {"p99_us", us(each.p99)},
                      {"p999_us", us(each.p999)},
                      {"max_us", us(each.greatest)},
                      {"lag_events", each.lag_events},
                      {"lag_ms", each.lag / 1'000'000},
                      {"memory_bytes", each.memory_kib * 1024},
                      {"open_files", each.open_files}});
  return points;
}

json check_json(const check_result& check) {
  return {{"passed", check.passed()},
          {"receipts", check.receipts},
          {"events", check.events},
          {"orders", check.orders},
          {"orders_by_line", check.details},
          {"sales", check.is_whole},
          {"position", check.position},
          {"seconds", std::round(check.seconds * 1000) / 1000},
          {"differences", check.wrong.count()},
          {"first_differences", check.wrong.first()}};
}

json settings_json(const report& all) {
  auto settings = json::object();
  for (const auto& each : all.settings) {
    if (!each.number)
      settings[each.key] = each.text;
    else if (*each.number == std::floor(*each.number))
      settings[each.key] = static_cast<std::int64_t>(*each.number);
    else
      settings[each.key] = *each.number;
  }
  return settings;
}

json result_json(const report& all) {
  const auto& figures = all.figures;
  const auto seconds = seconds_of(figures);
  auto failures = json::object();
  for (const auto& [code, count] : figures.failures)
    failures[std::string{daybook::name(code)}] = count;
  const auto begun = static_cast<double>(figures.by_operation[static_cast<std::size_t>(operation_of(step::submit))].count());
  return {{"seconds", std::round(seconds * 1000) / 1000},
          {"rate", std::round(rate_of(figures) * 10) / 10},
          {"orders_rate", seconds > 0 ? std::round(begun / seconds * 10) / 10 : 0.0},
          {"orders_begun", all.orders_begun},
          {"messages", figures.messages},
          {"carried_out", figures.carried_out},
          {"rejected", figures.rejected},
          {"refused", figures.refused},
          {"failed", figures.failures_total},
          {"failures", std::move(failures)},
          {"ended_early", or_null(all.ended_early)}};
}

} // namespace

double seconds_of(const statistics& figures) noexcept {
  return figures.ended > figures.begun ? static_cast<double>(figures.ended - figures.begun) / 1e9 : 0.0;
}

std::vector<std::pair<std::string, histogram>> by_name(const statistics& figures) {
  std::vector<std::pair<std::string, histogram>> all;
  for (int i = 0; i < operation_count; ++i) {
    const auto& part = figures.by_operation[static_cast<std::size_t>(i)];
    if (part.empty())
      continue;
    const auto title = name(static_cast<operation>(i));
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.first == title; });
    if (same == all.end())
      all.emplace_back(title, part);
    else
      same->second.merge(part);
  }
  return all;
}

std::string time_text(nanoseconds time) {
  constexpr const char* units[] = {"ns", "µs", "ms", "s"};
  auto value = static_cast<double>(time);
  std::size_t unit = 0;
  for (; unit < 3 && value >= 999.5; ++unit)
    value /= 1000;
  const auto digits = value >= 99.95 || unit == 0 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, digits, units[unit]);
}

std::string to_json(const check_result& check) {
  return check_json(check).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_json(const report& all) {
  const auto& figures = all.figures;
  auto by_operation = json::object();
  for (const auto& [title, sum] : by_name(figures))
    by_operation[title] = latency_json(sum);
  const json document{
    {"version", all.version},
    {"started_at", format_time(all.started_at)},
    {"seed", all.seed},
    {"mix", name(all.what)},
    {"target", all.is_remote ? "server" : "in process"},
    {"place", all.place},
    {"durability", durability},
    {"settings", settings_json(all)},
    {"machine",
     {{"processor", all.on.processor},
      {"processors", all.on.processors},
      {"memory_bytes", all.on.memory_bytes},
      {"kernel", all.on.kernel},
      {"file_system", or_null(all.on.file_system)}}},
    {"result", result_json(all)},
    {"latency",
     {{"commands", latency_json(figures.of_commands())},
      {"questions", latency_json(figures.of_questions())},
      {"by_operation", std::move(by_operation)}}},
    {"view_lag",
     {{"max_events", figures.lag_events_max},
      {"p50_ms", figures.lag.quantile(500'000) / 1'000'000},
      {"p99_ms", figures.lag.quantile(990'000) / 1'000'000},
      {"max_ms", figures.lag.greatest() / 1'000'000}}},
    {"check", all.check ? check_json(*all.check) : json(nullptr)},
    {"series", series_json(figures)},
  };
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace daybook::load
