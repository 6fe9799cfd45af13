#include "daybook/apps/journal_tools.hpp"

#include <CLI/CLI.hpp>

namespace daybook {

void add_journal_commands(const journal_leaf& leaf, const std::shared_ptr<journal_words>& words) {
  const auto w = words;
  const auto run = [w](exit_code (*command)(context, const journal_words&)) {
    return [w, command](context with) { return command(with, *w); };
  };
  const auto position = CLI::Range(1ul, ~0ul);
  const auto add_range = [&](CLI::App* to, const char* from_text, const char* to_text) {
    to->add_option("--from", w->from, from_text)->check(position);
    to->add_option("--to", w->to, to_text)->check(position);
  };
  auto* verify = leaf("verify", "verify every byte of the journal; also beside a running node", run(verify_journal_command));
  verify->add_option("--expect", w->expect, "POSITION:DIGEST of an earlier verification; the journal must still fit it")
    ->expected(1)
    ->take_all();
  leaf("stat", "sizes and ends of the journal; also beside a running node", stat_journal_command);
  auto* cat = leaf("cat", "print the journal's events without a node, up to damage", run(cat_journal_command));
  add_range(cat, "first position (default: 1)", "last position (default: the end)");
  cat->add_option("--order", w->order_id, "only of this order");
  auto* exporting = leaf("export", "write the journal's events into a file, verified", run(export_journal_command));
  exporting->add_option("--format", w->format, "jsonl or csv (default: jsonl)")->check(CLI::IsMember({"jsonl", "csv"}));
  add_range(exporting, "begin with the commit that holds this position", "end with the commit that holds this position");
  exporting->add_option("FILE", w->file, "file, or - for standard output (default: -)");
  auto* importing =
    leaf("import", "make a journal of an export (.jsonl or .jsonl.gz) in an empty data directory", run(import_journal_command));
  importing->add_option("FILE", w->file, "file, or - for standard input")->required();
  auto* backup =
    leaf("backup", "copy what is new of the journal into a backup; also beside a running node", run(backup_journal_command));
  backup->add_option("DIR", w->directory, "the backup's directory, made when missing")->required();
  auto* restore = leaf("restore", "bring a backup into an empty data directory", run(restore_journal_command));
  restore->add_option("DIR", w->directory, "the backup's directory")->required();
  auto* repair =
    leaf("repair", "show what is damaged and how it would be mended; with --yes, mend it", run(repair_journal_command));
  repair->add_flag("--yes", w->yes, "do it");
  repair->add_option("--from", w->backup, "a backup's directory to take segments from");
}

} // namespace daybook
