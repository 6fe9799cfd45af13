#pragma once

namespace daybook::load {

/// The style sheet of a report's page.
extern const char* const page_style;

} // namespace daybook::load
