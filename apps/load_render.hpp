#pragma once

#include <string>

#include "daybook/apps/load/report.hpp"
#include "daybook/apps/load_driver.hpp"
#include "daybook/apps/render.hpp"

namespace daybook::load {

/// The end of a run, for people: figures, a table by command, the check.
std::string to_text(const report& all, const text_style& style);

/// What a check found, for people.
std::string to_text(const check_result& check, const text_style& style);

/// The line that is shown while it runs.
std::string live_text(const glance& now, nanoseconds duration);

} // namespace daybook::load
