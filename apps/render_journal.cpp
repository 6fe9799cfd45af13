#include "daybook/apps/render_journal.hpp"

#include "daybook/apps/json_text.hpp"
#include "daybook/apps/text_table.hpp"
#include "daybook/domain/order.hpp"

namespace daybook {

namespace {

using labels = std::vector<std::pair<std::string, std::string>>;

std::string counted(std::uint64_t count, const std::string& one) {
  return grouped(count) + " " + one + (count == 1 ? "" : "s");
}

std::string text_of(const position_range& range) {
  return range.from == range.to ? std::to_string(range.from) : std::to_string(range.from) + " to " + std::to_string(range.to);
}

std::string joined(const std::vector<std::string>& texts, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < texts.size() && i < most; ++i)
    text += (i == 0 ? "" : ", ") + printable(texts[i]);
  return texts.size() > most ? text + " and " + grouped(texts.size() - most) + " more" : text;
}

} // namespace

std::string receipt_text(position_t position, const std::string& digest) {
  return position == 0 ? "–" : std::to_string(position) + ":" + printable(digest);
}

// -- JSON ----------------------------------------------------------------------------------------------------------------

std::string to_json(const export_report& report) {
  return dump({{"journal_id", report.journal_id},
               {"commits", report.commits},
               {"events", report.events},
               {"first_position", report.first_position},
               {"last_position", report.last_position},
               {"last_digest", or_null(report.last_digest)},
               {"size_bytes", report.bytes}});
}

std::string to_json(const import_report& report) {
  return dump({{"journal_id", report.journal_id},
               {"source_journal_id", report.source_journal_id},
               {"segments", report.segments},
               {"commits", report.commits},
               {"events", report.events},
               {"last_position", report.last_position},
               {"last_digest", report.last_digest},
               {"was_interrupted", report.was_interrupted}});
}

std::string to_json(const copy_report& report) {
  return dump({{"journal_id", report.journal_id},
               {"last_position", report.last_position},
               {"last_digest", or_null(report.last_digest)},
               {"segments", report.segments},
               {"copied_segments", report.copied_segments},
               {"copied_bytes", report.copied_bytes},
               {"was_interrupted", report.was_interrupted}});
}

std::string to_json(const repair_report& report) {
  auto steps = json::array();
  for (const auto& each : report.steps)
    steps.push_back({{"action", name(each.action)}, {"segment", each.segment}, {"kept_as", or_null(each.kept_as)}});
  auto lost = json::array();
  for (const auto& each : report.lost)
    lost.push_back({{"from", each.from}, {"to", each.to}});
  auto orders = json::array();
  for (const auto& each : report.lost_streams)
    orders.push_back(order_id_or_stream(each));
  return dump({{"needed", report.is_needed},
               {"done", report.is_done},
               {"journal_id", or_null(report.journal_id)},
               {"damages", report.damages},
               {"steps", steps},
               {"last_position", report.last_position},
               {"last_digest", or_null(report.last_digest)},
               {"lost", lost},
               {"lost_orders", orders},
               {"rescued_commits", report.rescued_commits},
               {"rescued_events", report.rescued_events},
               {"rescued_file", or_null(report.rescued_file)}});
}

// -- text ----------------------------------------------------------------------------------------------------------------

std::string to_text(const export_report& report, const text_style& style) {
  return labelled({{"exported", counted(report.events, "event") + " in " + counted(report.commits, "commit")},
                   {"positions", report.events == 0 ? "none" : text_of({report.first_position, report.last_position})},
                   {"receipt", receipt_text(report.last_position, report.last_digest)}},
                  style);
}

std::string to_text(const import_report& report, const text_style& style) {
  labels facts{{"imported", counted(report.events, "event") + " in " + counted(report.commits, "commit") + ", " +
                              counted(report.segments, "segment")},
               {"journal", printable(report.journal_id)},
               {"exported from", printable(report.source_journal_id)},
               {"receipt", receipt_text(report.last_position, report.last_digest)}};
  if (report.was_interrupted)
    facts.emplace_back("before", "an import that was interrupted; what it left was removed");
  return labelled(facts, style);
}

std::string to_text(const copy_report& report, const text_style& style) {
  labels facts{{"up to position", std::to_string(report.last_position)},
               {"copied", grouped(report.copied_segments) + " of " + counted(report.segments, "segment") + ", " +
                            counted(report.copied_bytes, "byte")},
               {"journal", printable(report.journal_id)},
               {"receipt", receipt_text(report.last_position, report.last_digest)}};
  if (report.was_interrupted)
    facts.emplace_back("before", "a restore that was interrupted; what it left was removed");
  return labelled(facts, style);
}

std::string to_text(const repair_report& report, const text_style& style) {
  if (!report.is_needed)
    return paint("nothing is to be repaired", ink::good, style) + "\n" +
           labelled({{"receipt", receipt_text(report.last_position, report.last_digest)}}, style);
  std::string text;
  for (const auto& each : report.damages)
    text += paint("damaged", ink::bad, style) + "  " + printable(each) + "\n";
  const std::string does = report.is_done ? "was " : "would be ";
  labels facts;
  for (const auto& each : report.steps) {
    const auto what = each.action == repair_action::cut                ? does + "cut before the damage"
                      : each.action == repair_action::take_from_backup ? does + "made whole from the backup"
                                                                       : does + "taken out of the journal";
    facts.emplace_back(printable(each.segment), what + (each.kept_as.empty() ? "" : "; as it was: " + printable(each.kept_as)));
  }
  facts.emplace_back("index and view",
                     (report.is_done ? "are removed" : "would be removed") + std::string{"; the next start makes them anew"});
  facts.emplace_back("the journal", (report.is_done ? "ends with position " : "would end with position ") +
                                      std::to_string(report.last_position));
  if (report.rescued_commits > 0)
    facts.emplace_back("rescued", counted(report.rescued_events, "event") + " in " + counted(report.rescued_commits, "commit") +
                                    " behind it that verify, in " + printable(report.rescued_file));
  std::string lost;
  for (const auto& each : report.lost)
    lost += (lost.empty() ? "positions " : ", ") + text_of(each);
  facts.emplace_back("lost", lost.empty() ? paint("nothing that is known of", ink::good, style) : paint(lost, ink::bad, style));
  if (!report.lost_streams.empty()) {
    std::vector<std::string> orders;
    for (const auto& each : report.lost_streams)
      orders.emplace_back(order_id_or_stream(each));
    facts.emplace_back("of orders", joined(orders, 20));
  }
  facts.emplace_back("receipt", receipt_text(report.last_position, report.last_digest));
  text += labelled(facts, style);
  return report.is_done ? text
                        : text + "Nothing was changed. With --yes it is done; --from DIR takes segments from a backup.\n";
}

} // namespace daybook
