#pragma once

#include "daybook/apps/command_line.hpp"
#include "daybook/apps/load_options.hpp"

namespace daybook::load {

/// Carries out what the options say: prepares, drives, checks, and prints.
exit_code run_load(const load_options& options, output& to);

} // namespace daybook::load
