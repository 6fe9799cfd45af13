#pragma once

#include <string>
#include <vector>

#include "daybook/actors/messages.hpp"
#include "daybook/domain/receipt.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/domain/views.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_verify.hpp"

namespace daybook {

// -- JSON, as scripts read it: one document without a line feed; shapes in docs/cli.md -------------------------------------

std::string to_json(const receipt& answer);
std::string to_json(const order_details& order);
std::string to_json(const order_summary& order);
std::string to_json(const recorded_event& event);
std::string to_json(const summary_report& report);
std::string to_json(const std::vector<sales_row>& rows, sales_key by);
std::string to_json(const node_status& status);
std::string to_json(const view_status& status);
std::string to_json(const verify_report& report);
std::string to_json(const stat_report& report);
std::string to_json(const error& cause);

// -- text, as people read it: whole lines, each with its line feed --------------------------------------------------------

/// How text may look. Colours only ever go to a terminal.
struct text_style {
  bool colours = false;
  /// Columns of the terminal; tables cut long texts to fit.
  unsigned width = 100;
};

/// One line: what became of the command, and for every reason what it means and what to do.
std::string to_text(const receipt& answer, const text_style& style);
std::string to_text(const order_details& order, const text_style& style);
/// An aligned table with a head line; a sentence when there are none.
std::string to_text(const std::vector<order_summary>& orders, const text_style& style);
std::string to_text(const std::vector<recorded_event>& events, const text_style& style);
/// One line, for lists that grow while one looks (`events --follow`, `watch`).
std::string to_text(const recorded_event& event, const text_style& style);
std::string to_text(const summary_report& report, const text_style& style);
std::string to_text(const std::vector<sales_row>& rows, sales_key by, const text_style& style);
std::string to_text(const node_status& status, const text_style& style);
std::string to_text(const view_status& status, const text_style& style);
std::string to_text(const verify_report& report, const text_style& style);
std::string to_text(const stat_report& report, const text_style& style);

/// A rejection or refusal in a sentence, e.g. "the customer is missing"; the name itself when it is not known.
std::string explain(const std::string& reason);

} // namespace daybook
