#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daybook/apps/load/check_result.hpp"
#include "daybook/apps/load/receipts.hpp"
#include "daybook/apps/session.hpp"

namespace daybook::load {

/// Told now and then how far the check is: a share of the whole in 0…1 and what is being done.
using check_progress = std::function<void(double share, const std::string& what)>;

/// Reads the whole journal through a session and holds it against the receipts, and the view against the journal.
/// The view is waited for until it has every receipt, `view_wait` at the most (`view_behind`).
result<check_result> check_books(session& daybook, const run_names& names, std::vector<kept_receipt> receipts,
                                 std::chrono::milliseconds view_wait, const check_progress& tell);

} // namespace daybook::load
