#include "daybook/apps/journal_tools.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "daybook/apps/progress.hpp"
#include "daybook/apps/render_journal.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/persistence/input_file.hpp"
#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/journal_walk.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

namespace {

byte_progress shown_by(progress_bar& bar) {
  return [&bar](std::uint64_t done_bytes, std::uint64_t total) {
    bar.show(total == 0 ? -1.0 : static_cast<double>(done_bytes) / static_cast<double>(total), done_bytes >> 20);
  };
}

/// These commands work on files that a server does not give away.
std::optional<exit_code> refuse_remote(context with, const std::string& command, const std::string& instead) {
  if (with.source.settings().connect.empty())
    return std::nullopt;
  return report(with.to, {errc::invalid_argument, "journal " + command +
                                                    " works on a data directory: give it with --data on the "
                                                    "machine of the node" +
                                                    instead});
}

constexpr auto beside_node = "; it works while the node runs";

const std::filesystem::path& data_of(const context& with) {
  return with.source.settings().node.data_dir;
}

/// The report of a tool that needs no more, or its error.
template <class T>
exit_code tell(context with, const result<T>& made) {
  if (!made)
    return report(with.to, made.error());
  print(with.to, *made);
  return exit_code::done;
}

result<noted_digests> parse_receipts(const std::vector<std::string>& words) {
  noted_digests receipts;
  for (const auto& each : words) {
    const auto colon = each.find(':');
    position_t position = 0;
    const auto* end = each.data() + std::min(colon, each.size());
    const auto [stopped, failed] = std::from_chars(each.data(), end, position);
    const auto digest = colon == std::string::npos ? std::string{} : each.substr(colon + 1);
    const auto is_digit = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    };
    if (failed != std::errc{} || stopped != end || position == 0 || digest.size() != std::tuple_size<digest_text>::value ||
        !std::all_of(digest.begin(), digest.end(), is_digit))
      return error{errc::invalid_argument, "--expect is '" + each +
                                             "'; write POSITION:DIGEST as journal verify prints it, the "
                                             "digest being 43 characters"};
    receipts.emplace_back(position, digest);
  }
  return receipts;
}

} // namespace

// -- looking -------------------------------------------------------------------------------------------------------------

exit_code verify_journal_command(context with, const journal_words& words) {
  auto receipts = parse_receipts(words.expect);
  if (!receipts)
    return report(with.to, receipts.error());
  auto code = exit_code::done;
  const auto use = [&](const verify_report& found) {
    code = !found.intact ? exit_code::storage : found.unmet_position != 0 ? exit_code::refused : exit_code::done;
    print(with.to, found);
  };
  if (!with.source.settings().connect.empty()) {
    const auto asked = ask_and<verify_report>(with, use, verify_query{std::move(*receipts)});
    return asked == exit_code::done ? code : asked;
  }
  auto found = [&] {
    progress_bar bar{"verifying", "MiB"};
    return verify_journal(data_of(with), {std::move(*receipts), shown_by(bar)});
  }();
  if (!found)
    return report(with.to, found.error());
  use(*found);
  return code;
}

exit_code stat_journal_command(context with) {
  if (!with.source.settings().connect.empty())
    return ask_and<stat_report>(
      with, [&](const stat_report& found) { print(with.to, found); }, stat_query{});
  return tell(with, stat_journal(data_of(with)));
}

exit_code cat_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "cat", "; with --connect use: events"))
    return *refused;
  auto evidence = gather_evidence(data_of(with));
  if (!evidence)
    return report(with.to, evidence.error());
  auto walk = journal_walk::open(data_of(with), std::move(*evidence), posix_files(), words.from);
  if (!walk)
    return report(with.to, walk.error());
  const auto stream = std::string{order_rules::category} + "-" + words.order_id;
  for (scanned_commit commit;;) {
    auto verified = (*walk)->next(commit);
    if (!verified)
      return report(with.to, verified.error());
    if (!*verified)
      break;
    for (const auto& line : commit.events) {
      if (line.position < words.from || (words.to != 0 && line.position > words.to) ||
          (!words.order_id.empty() && line.stream != stream))
        continue;
      const auto event = to_recorded(line);
      with.to.out << (with.to.json ? to_json(event) + "\n" : to_text(event, with.to.style));
    }
    if (!with.to.out || (words.to != 0 && commit.last_position() >= words.to))
      return exit_code::done;
  }
  if (const auto& damage = (*walk)->damage())
    return report(with.to, damage_error(*damage, data_of(with)));
  return exit_code::done;
}

// -- files of the user's -------------------------------------------------------------------------------------------------

exit_code export_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "export", beside_node))
    return *refused;
  export_options options;
  options.format = words.format == "csv" ? export_format::csv : export_format::json_lines;
  options.from = words.from;
  options.to = words.to;
  // A pipe or a device is written to as it is; a file appears when it is whole.
  std::error_code ignored;
  const bool is_standard = words.file == "-";
  if (is_standard || (std::filesystem::exists(words.file, ignored) && !std::filesystem::is_regular_file(words.file, ignored))) {
    std::ofstream device;
    if (!is_standard)
      device.open(words.file, std::ios::binary);
    auto& out = is_standard ? with.to.out : device;
    const auto checked = [&]() -> result<done> {
      return out ? result<done>{done{}} : error{errc::io_error, "the export cannot be written to " + words.file};
    };
    const auto made = export_journal(data_of(with), options, [&](std::string_view piece) {
      out << piece;
      return checked();
    });
    out.flush();
    const auto written = made ? checked() : result<done>{made.error()};
    return written ? exit_code::done : report(with.to, written.error());
  }
  auto to = new_file::begin(words.file);
  if (!to)
    return report(with.to, to.error());
  auto made = [&] {
    progress_bar bar{"exporting", "MiB"};
    options.progress = shown_by(bar);
    return export_journal(data_of(with), options, [&](std::string_view piece) { return to->append(piece); });
  }();
  if (made)
    if (auto finished = to->finish(); !finished)
      return report(with.to, finished.error());
  return tell(with, made);
}

exit_code import_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "import", ""))
    return *refused;
  auto from = input_file::open(words.file);
  if (!from)
    return report(with.to, from.error());
  const auto made = [&] {
    progress_bar bar{"importing", "MiB"};
    import_options options;
    options.segment_bytes = with.source.settings().node.segment_bytes;
    options.now = system_now();
    options.progress = shown_by(bar);
    return import_journal(**from, data_of(with), options);
  }();
  return tell(with, made);
}

exit_code backup_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "backup", beside_node))
    return *refused;
  const auto made = [&] {
    progress_bar bar{"backing up", "MiB"};
    return backup_journal(data_of(with), words.directory, system_now(), shown_by(bar));
  }();
  return tell(with, made);
}

exit_code restore_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "restore", ""))
    return *refused;
  const auto made = [&] {
    progress_bar bar{"restoring", "MiB"};
    return restore_journal(words.directory, data_of(with), shown_by(bar));
  }();
  return tell(with, made);
}

exit_code repair_journal_command(context with, const journal_words& words) {
  if (const auto refused = refuse_remote(with, "repair", "; the node must be stopped"))
    return *refused;
  const auto made = [&] {
    progress_bar bar{"looking for damage", "MiB"};
    return repair_journal(data_of(with), {words.yes, words.backup, shown_by(bar)});
  }();
  const auto code = tell(with, made);
  return made && made->is_needed && !made->is_done ? exit_code::refused : code;
}

} // namespace daybook
