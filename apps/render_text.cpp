#include "daybook/apps/render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <type_traits>
#include <variant>

#include "daybook/apps/render_journal.hpp"
#include "daybook/apps/text_table.hpp"
#include "daybook/domain/events.hpp"
#include "daybook/domain/reasons.hpp"
#include "daybook/domain/time.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook {
namespace {

using align = text_table::align;
using labels = std::vector<std::pair<std::string, std::string>>;

constexpr auto nothing = "–";

/// "22.08 GBP"; whoever reads an amount without its currency guesses.
std::string money(minor_units amount, const std::string& currency) {
  if (currency.empty())
    return std::to_string(amount) + " minor units";
  return format_amount(amount, currency) + " " + printable(currency);
}

std::string money(const std::optional<minor_units>& amount, const std::string& currency) {
  return amount ? money(*amount, currency) : nothing;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return grouped(count) + " " + std::string{count == 1 ? one : many};
}

std::string signed_grouped(std::int64_t number) {
  // Negated as unsigned: the smallest number has no positive counterpart.
  return number < 0 ? "-" + grouped(0 - static_cast<std::uint64_t>(number)) : grouped(static_cast<std::uint64_t>(number));
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024)
    return counted(bytes, "byte", "bytes");
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit)
    size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ", size);
  return text + std::string{units[unit]};
}

std::string status_text(std::string status) {
  std::replace(status.begin(), status.end(), '_', ' ');
  return printable(status);
}

ink ink_of(std::string_view status) {
  if (status == "rejected" || status == "undeliverable" || status == "cancelled")
    return ink::bad;
  if (status == "returned" || status == "partly_returned" || status == "requested")
    return ink::warning;
  return status == "unknown" ? ink::plain : ink::good;
}

std::string time_text(time_us at) {
  return at == 0 ? nothing : format_time(at);
}

/// "the customer is missing (missing_customer); the order has no lines (no_lines)"
std::string explained(const std::vector<std::string>& reasons) {
  std::string text;
  for (const auto& each : reasons) {
    const auto sentence = explain(each);
    text += (text.empty() ? "" : "; ") + sentence + (sentence == printable(each) ? "" : " (" + each + ")");
  }
  return text;
}

} // namespace

// -- reasons ----------------------------------------------------------------------------------------------------------

std::string explain(const std::string& reason) {
  struct sentence {
    std::string_view reason;
    std::string_view text;
  };
  static constexpr std::array<sentence, rejection_count + refusal_count - 1> sentences{{
    {"missing_customer", "the customer is missing"},
    {"no_lines", "the order has no lines"},
    {"missing_stock_code", "a line has no stock code"},
    {"malformed_quantity", "a quantity is not a whole number of at most 9 digits"},
    {"non_positive_quantity", "a quantity is not above zero"},
    {"malformed_price", "a price is not a decimal number like 2.55"},
    {"non_positive_price", "a price is not above zero"},
    {"sub_penny_price", "a price has more decimals than its currency"},
    {"unknown_currency", "the currency is not an ISO 4217 code with amounts, like GBP"},
    {"malformed_time", "the order's time is not a local time like 2010-12-01T08:26:00"},
    {"amount_too_large", "the total is above 10^12 minor units"},
    {"not_found", "there is no such order"},
    {"not_allowed", "the order's status does not allow this now"},
    {"order_exists", "an order with this id exists already, and ids are never free again; choose another one"},
    {"command_id_reused", "this command id was used for something else; leave it out or make a new one"},
    {"wrong_currency", "the amount's currency is not the order's"},
    {"malformed_amount", "the amount is not a decimal number like 22.08"},
    {"non_positive_amount", "the amount is not above zero"},
    {"sub_penny_amount", "the amount has more decimals than its currency"},
    {"unknown_line", "the order has no line of that number; lines count from 1"},
    {"returns_more_than_delivered", "more pieces would come back than are still with the customer"},
    {"refunds_more_than_due", "the refund is above what is due back"},
  }};
  const auto* found =
    std::find_if(sentences.begin(), sentences.end(), [&](const sentence& each) { return each.reason == reason; });
  return found == sentences.end() ? printable(reason) : std::string{found->text};
}

std::string to_text(const receipt& answer, const text_style& style) {
  const auto id = printable(answer.id);
  const auto status = status_text(answer.status);
  const auto place = " (version " + std::to_string(answer.version) + ", position " + std::to_string(answer.position) + ")";
  if (answer.reasons.empty() && !answer.refused)
    return "order " + id + " is " + paint(status, ink_of(answer.status), style) + paint(place, ink::faint, style) + "\n";
  if (!answer.refused)
    return "order " + id + " was " + paint("rejected", ink::bad, style) + ": " + explained(answer.reasons) + "\n";
  std::string text = paint("refused", ink::bad, style) + ": order " + id;
  if (answer.reasons == std::vector<std::string>{std::string{name(refusal::not_allowed)}})
    return text + " is " + status + ", so this is not possible now (not_allowed)\n";
  return text + ": " + explained(answer.reasons) + "\n";
}

// -- orders -----------------------------------------------------------------------------------------------------------

namespace {

std::string lines_text(const order_details& order, const text_style& style) {
  const auto& currency = order.summary.currency;
  text_table table{{{"line", align::right},
                    {"stock code", align::left, true},
                    {"description", align::left, true},
                    {"quantity", align::right, true},
                    {"unit price", align::right, true},
                    {"amount", align::right},
                    {"returned", align::right}}};
  for (const auto& each : order.lines) {
    const bool is_priced = each.quantity && each.unit_price;
    table.add({std::to_string(each.line), each.stock_code, each.description,
               each.quantity ? signed_grouped(*each.quantity) : each.requested_quantity,
               each.unit_price ? format_amount(*each.unit_price, currency) : each.requested_unit_price,
               is_priced ? format_amount(*each.quantity * *each.unit_price, currency) : nothing,
               each.returned == 0 ? "" : signed_grouped(each.returned)});
  }
  return table.empty() ? std::string{} : "\n" + table.text(style);
}

} // namespace

std::string to_text(const order_details& order, const text_style& style) {
  const auto& summary = order.summary;
  labels facts{{"customer", printable(summary.customer.empty() ? nothing : summary.customer)}};
  if (!summary.country.empty())
    facts.emplace_back("country", printable(summary.country));
  facts.emplace_back("ordered at", printable(summary.ordered_at));
  facts.emplace_back("total", money(summary.total, summary.currency));
  if (summary.paid != 0)
    facts.emplace_back("paid", money(summary.paid, summary.currency));
  if (summary.due_back != 0)
    facts.emplace_back("due back", paint(money(summary.due_back, summary.currency), ink::warning, style));
  if (summary.refunded != 0)
    facts.emplace_back("refunded", money(summary.refunded, summary.currency));
  for (const auto& each : summary.reasons)
    facts.emplace_back(&each == &summary.reasons.front() ? "rejected" : "", explained({each}));
  facts.emplace_back("version", std::to_string(summary.version) + ", position " + std::to_string(summary.position));
  return paint("order " + printable(summary.order_id), ink::bold, style) + "  " +
         paint(status_text(summary.status), ink_of(summary.status), style) + "\n" + labelled(facts, style) +
         lines_text(order, style);
}

std::string to_text(const std::vector<order_summary>& orders, const text_style& style) {
  if (orders.empty())
    return "no orders\n";
  text_table table{{{"order"},
                    {"status"},
                    {"customer", align::left, true},
                    {"country", align::left, true},
                    {"ordered at", align::left, true},
                    {"total", align::right},
                    {"due back", align::right}}};
  for (const auto& each : orders)
    table.add({each.order_id,
               {status_text(each.status), ink_of(each.status)},
               each.customer,
               each.country,
               each.ordered_at,
               money(each.total, each.currency),
               {each.due_back == 0 ? "" : money(each.due_back, each.currency), ink::warning}});
  return table.text(style);
}

// -- events -----------------------------------------------------------------------------------------------------------

namespace {

/// Says in a few words what a fact is about. `currency` is the order's, where it is known.
struct event_summary {
  std::string currency;

  std::string operator()(const order_requested& event) const {
    return (event.customer.empty() ? "no customer" : "customer " + event.customer) +
           (event.country.empty() ? "" : ", " + event.country) + ", " + counted(event.lines.size(), "line", "lines");
  }
  std::string operator()(const order_validated& event) const {
    return "total " + money(event.total, currency) + ", " + counted(event.lines.size(), "line", "lines");
  }
  std::string operator()(const order_rejected& event) const {
    std::string text;
    for (const auto each : event.reasons)
      text += (text.empty() ? "" : ", ") + std::string{name(each)};
    return text;
  }
  std::string operator()(const payment_recorded& event) const {
    return money(event.amount, event.currency) + (event.reference.empty() ? "" : ", " + event.reference);
  }
  std::string operator()(const refund_recorded& event) const {
    return money(event.amount, event.currency) + (event.reference.empty() ? "" : ", " + event.reference);
  }
  std::string operator()(const order_shipped& event) const {
    return event.carrier + (event.carrier.empty() || event.tracking.empty() ? "" : ", ") + event.tracking;
  }
  std::string operator()(const order_delivered&) const { return {}; }
  std::string operator()(const order_undeliverable& event) const { return event.reason; }
  std::string operator()(const order_cancelled& event) const { return event.reason; }
  std::string operator()(const items_returned& event) const {
    std::string text;
    for (const auto& each : event.lines)
      text += (text.empty() ? "" : ", ") + std::to_string(each.quantity) + " of line " + std::to_string(each.line);
    return text + ", worth " + money(event.value, currency) + (event.reason.empty() ? "" : ", " + event.reason);
  }
};

/// An event of a newer version is shown as it stands in the journal.
std::string summary_of(const recorded_event& event, const std::string& currency) {
  const auto decoded = order_codec::decode(event.type, event.data);
  return decoded ? std::visit(event_summary{currency}, *decoded) : event.data;
}

ink ink_of_type(std::string_view type) {
  if (type == "OrderRejected" || type == "OrderCancelled" || type == "OrderUndeliverable")
    return ink::bad;
  return type == "ItemsReturned" || type == "RefundRecorded" ? ink::warning : ink::good;
}

std::string currency_of(const recorded_event& event) {
  if (event.type != "OrderRequested")
    return {};
  const auto decoded = order_codec::decode(event.type, event.data);
  const auto* request = decoded ? std::get_if<order_requested>(&*decoded) : nullptr;
  return request == nullptr ? std::string{} : request->currency;
}

} // namespace

std::string to_text(const std::vector<recorded_event>& events, const text_style& style) {
  if (events.empty())
    return "no events\n";
  text_table table{
    {{"version", align::right}, {"position", align::right}, {"recorded at"}, {"event"}, {"", align::left, true}}};
  const auto currency = currency_of(events.front());
  for (const auto& each : events)
    table.add({std::to_string(each.version),
               std::to_string(each.position),
               format_time(each.recorded_at),
               {each.type, ink_of_type(each.type)},
               summary_of(each, currency)});
  return table.text(style);
}

std::string to_text(const recorded_event& event, const text_style& style) {
  const auto position = std::to_string(event.position);
  const auto time = format_time(event.recorded_at);
  const auto id = printable(order_id_or_stream(event.stream));
  const auto type = printable(event.type);
  const auto padded = [](std::string_view text, std::size_t width) {
    return std::string(width - std::min(width, display_width(text)), ' ');
  };
  // Fixed widths instead of a table: the next lines are not known yet.
  std::string line = padded(position, 8) + paint(position, ink::faint, style) + "  " + paint(time, ink::faint, style) + "  " +
                     id + padded(id, 12) + "  " + paint(type, ink_of_type(event.type), style);
  const auto used = std::max<std::size_t>(8, position.size()) + time.size() + std::max<std::size_t>(12, id.size()) + 6;
  const auto about = summary_of(event, currency_of(event));
  const auto type_width = std::max<std::size_t>(18, type.size());
  if (!about.empty())
    line +=
      padded(type, 18) + "  " +
      cut_to_width(about, std::max<std::size_t>(20, style.width - std::min<std::size_t>(style.width, used + type_width + 2)));
  return line + "\n";
}

// -- reports ----------------------------------------------------------------------------------------------------------

std::string to_text(const summary_report& report, const text_style& style) {
  labels facts{{"orders requested", signed_grouped(report.orders_requested)},
               {"validated", signed_grouped(report.orders_validated) + " with " + signed_grouped(report.validated_lines) +
                               " lines, " + signed_grouped(report.validated_units) + " pieces"},
               {"rejected", signed_grouped(report.orders_rejected)}};
  for (const auto& [currency, amount] : report.validated_total)
    facts.emplace_back("validated total", money(amount, currency));
  facts.emplace_back("as of position", std::to_string(report.position));
  std::string text = labelled(facts, style);
  text_table statuses{{{"status"}, {"orders", align::right}}};
  for (const auto& [status, count] : report.by_status)
    statuses.add({{status_text(status), ink_of(status)}, signed_grouped(count)});
  if (!statuses.empty())
    text += "\n" + statuses.text(style);
  text_table reasons{{{"rejected for"}, {"orders", align::right}, {"", align::left, true}}};
  for (const auto& [reason, count] : report.rejected_by_reason)
    if (count > 0)
      reasons.add({reason, signed_grouped(count), {explain(reason), ink::faint}});
  if (!reasons.empty())
    text += "\n" + reasons.text(style);
  return text;
}

std::string to_text(const std::vector<sales_row>& rows, sales_key by, const text_style& style) {
  if (rows.empty())
    return "no sales\n";
  if (by == sales_key::product) {
    text_table table{{{"stock code", align::left, true}, {"quantity", align::right}}};
    for (const auto& each : rows)
      table.add({each.key, signed_grouped(each.quantity)});
    return table.text(style);
  }
  const auto* title = by == sales_key::country ? "country" : by == sales_key::day ? "day" : "customer";
  text_table table{{{title, align::left, true}, {"orders", align::right}, {"total", align::right}}};
  for (const auto& each : rows)
    table.add({each.key, signed_grouped(each.orders), money(each.total, each.currency)});
  return table.text(style);
}

// -- operation --------------------------------------------------------------------------------------------------------

std::string to_text(const node_status& status, const text_style& style) {
  const bool is_behind = status.view_position < status.journal_position;
  const auto view = "at position " + std::to_string(status.view_position) +
                    (is_behind ? ", " + grouped(status.journal_position - status.view_position) + " behind" : ", up to date") +
                    (status.projection ? "" : ", projection is off");
  labels facts{{"daybook", printable(status.version)},
               {"journal", printable(status.journal_id) + ", position " + std::to_string(status.journal_position)},
               {"started at", time_text(status.started_at)},
               {"writing", status.journal_failure.empty()
                             ? paint("works", ink::good, style)
                             : paint("ended: " + printable(status.journal_failure), ink::bad, style)},
               {"view", paint(view, is_behind ? ink::warning : ink::good, style)},
               {"orders in memory", grouped(status.resident_orders)},
               {"commands", grouped(status.commands_in_flight) + " in flight of at most " + grouped(status.admission_limit)},
               {"restarts", grouped(status.restarts)}};
  if (status.parked_orders > 0)
    facts.emplace_back("parked orders", paint(grouped(status.parked_orders) + "; see `view status`", ink::bad, style));
  if (!status.recovery.empty())
    facts.emplace_back("last start", printable(status.recovery));
  return labelled(facts, style);
}

std::string to_text(const view_status& status, const text_style& style) {
  labels facts{{"position", std::to_string(status.position)},
               {"orders", signed_grouped(status.orders)},
               {"digest", status.digest.empty() ? nothing : printable(status.digest)}};
  if (status.parked.empty())
    facts.emplace_back("parked orders", "none");
  auto text = labelled(facts, style);
  if (status.parked.empty())
    return text;
  text_table table{{{"parked order"}, {"position", align::right}, {"why", align::left, true}}};
  for (const auto& each : status.parked)
    table.add({std::string{order_id_or_stream(each.stream)}, std::to_string(each.position), {each.error, ink::bad}});
  return text + "\n" + table.text(style) + "repair the cause, then run `view rebuild`\n";
}

std::string to_text(const verify_report& report, const text_style& style) {
  auto text =
    report.intact ? paint("the journal is intact", ink::good, style) : paint("the journal is damaged", ink::bad, style);
  text += "\n";
  labels facts;
  if (!report.intact) {
    facts.emplace_back("damage", printable(report.damage));
    facts.emplace_back("segment", printable(report.damaged_segment) + ", byte " + std::to_string(report.damaged_offset));
    facts.emplace_back("expected there", "position " + std::to_string(report.damaged_position));
  }
  facts.emplace_back(report.intact ? "verified" : "intact before it",
                     counted(report.events, "event", "events") + " in " + counted(report.commits, "commit", "commits") + ", " +
                       counted(report.segments, "segment", "segments") + ", " + size_text(report.bytes));
  facts.emplace_back("last position", std::to_string(report.last_position));
  if (!report.last_digest.empty())
    facts.emplace_back("receipt", receipt_text(report.last_position, report.last_digest));
  if (report.unfinished_bytes > 0)
    facts.emplace_back("unfinished", size_text(report.unfinished_bytes) +
                                       " behind the last commit: being written now, or cut by the next start");
  if (report.unmet_position > 0) {
    facts.emplace_back("unmet receipt", paint("position " + std::to_string(report.unmet_position), ink::bad, style) + ": " +
                                          printable(report.unmet));
    facts.emplace_back("in doubt", "positions " + std::to_string(report.doubt_from) + " to " +
                                     std::to_string(report.unmet_position));
  }
  return text + labelled(facts, style);
}

std::string to_text(const stat_report& report, const text_style& style) {
  const bool is_empty = report.last_position == 0;
  return labelled(
    {{"journal", printable(report.journal_id)},
     {"created at", time_text(report.created_at)},
     {"last event at", time_text(report.last_recorded_at)},
     {"positions",
      is_empty ? "none yet" : std::to_string(report.first_position) + " to " + std::to_string(report.last_position)},
     {"size", counted(report.segments, "segment", "segments") + ", " + size_text(report.bytes)},
     {"index", size_text(report.index_bytes)}},
    style);
}

} // namespace daybook
