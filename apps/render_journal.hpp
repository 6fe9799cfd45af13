#pragma once

#include <string>

#include "daybook/apps/render.hpp"
#include "daybook/persistence/journal_backup.hpp"
#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_import.hpp"
#include "daybook/persistence/journal_repair.hpp"

namespace daybook {

// The reports of the journal's tools; shapes of the JSON in docs/cli.md.

std::string to_json(const export_report& report);
std::string to_json(const import_report& report);
std::string to_json(const copy_report& report);
std::string to_json(const repair_report& report);

std::string to_text(const export_report& report, const text_style& style);
std::string to_text(const import_report& report, const text_style& style);
std::string to_text(const copy_report& report, const text_style& style);
std::string to_text(const repair_report& report, const text_style& style);

/// Position and digest as `journal verify --expect` takes them; "–" for an empty journal.
std::string receipt_text(position_t position, const std::string& digest);

} // namespace daybook
