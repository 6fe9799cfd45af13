#pragma once

#include <string>

#include "daybook/apps/context.hpp"

namespace daybook {

/// `view status`, `view rebuild`, `view build`.
exit_code show_view_status(context with);
exit_code rebuild_view(context with);

/// Makes the view as it was, in a file of the client's own, from the journal's events.
exit_code build_view(context with, const std::string& at, const std::string& file);

} // namespace daybook
