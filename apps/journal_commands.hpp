#pragma once

#include <string>

#include "daybook/apps/context.hpp"

namespace daybook {

/// `journal verify` and `journal stat`: read the files themselves, also beside a running node, or ask a server.
exit_code verify_journal_command(context with);
exit_code stat_journal_command(context with);

/// `view status`, `view rebuild`, `view build`.
exit_code show_view_status(context with);
exit_code rebuild_view(context with);

/// Makes the view as it was, in a file of the client's own, from the journal's events.
exit_code build_view(context with, const std::string& at, const std::string& file);

} // namespace daybook
