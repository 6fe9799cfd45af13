#pragma once

#include <random>

#include "ledger.hpp"
#include "remote.hpp"

namespace daybook::torture {

/// Reads what is new in the journal and holds it against the books; also that what was read earlier is still the same.
/// @param open_requests whether requests may be there that are not decided yet.
void read_journal(remote& node, ledger& books, bool open_requests = false);

/// Sends again what had no receipt, in order; every command is in the journal then.
void send_again(remote& node, ledger& books);

/// Repeats some commands that had receipts.
void repeat_some(remote& node, ledger& books, std::mt19937_64& random);

/// Holds the view, as it is asked for, against the books.
void check_view(remote& node, ledger& books, std::mt19937_64& random);

/// Every byte of the journal verifies, up to the same end.
void check_verify(remote& node, ledger& books);

/// All of it, as after a restart.
/// @param with_rebuild the view is made anew besides, and looked at again.
void check_all(remote& node, ledger& books, std::mt19937_64& random, bool with_rebuild = false);

} // namespace daybook::torture
