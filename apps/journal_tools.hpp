#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daybook/apps/context.hpp"
#include "daybook/persistence/journal.hpp"

// Its header takes seconds to compile; only the grammar needs it.
namespace CLI {
class App;
} // namespace CLI

namespace daybook {

/// What the words of a journal command say.
struct journal_words {
  /// POSITION:DIGEST, as they were given.
  std::vector<std::string> expect;
  std::string format = "jsonl";
  position_t from = 1;
  /// 0: to the end.
  position_t to = 0;
  std::string order_id;
  std::string file = "-";
  std::string directory;
  std::string backup;
  bool yes = false;
};

/// Makes a command of the group `journal`: its name, a sentence, what runs.
using journal_leaf = std::function<CLI::App*(const std::string&, const std::string&, std::function<exit_code(context)>)>;

/// The commands of the group `journal`. They work on the files of a data directory, without a node; verify and stat also ask a
/// server.
void add_journal_commands(const journal_leaf& leaf, const std::shared_ptr<journal_words>& words);

exit_code verify_journal_command(context with, const journal_words& words);
exit_code stat_journal_command(context with);
/// Prints events as people read them, up to the end or to damage.
exit_code cat_journal_command(context with, const journal_words& words);
exit_code export_journal_command(context with, const journal_words& words);
exit_code import_journal_command(context with, const journal_words& words);
exit_code backup_journal_command(context with, const journal_words& words);
exit_code restore_journal_command(context with, const journal_words& words);
/// Without `yes` it only says what it would do; `refused` when there is something.
exit_code repair_journal_command(context with, const journal_words& words);

} // namespace daybook
