#include "daybook/apps/view_commands.hpp"

#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include "daybook/apps/progress.hpp"
#include "daybook/apps/query_commands.hpp"
#include "daybook/persistence/order_view.hpp"

namespace daybook {

exit_code show_view_status(context with) {
  return ask_and<view_status>(with, [&](const view_status& status) { print(with.to, status); }, view_status_query{});
}

exit_code rebuild_view(context with) {
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  auto position = (*opened)->ask<position_t>(rebuild_atom_v);
  if (!position)
    return report(with.to, position.error());
  auto status = (*opened)->ask<view_status>(view_status_query{{freshness::kind::at_least, *position}});
  if (!status)
    return report(with.to, status.error());
  print(with.to, *status);
  return exit_code::done;
}

namespace {

/// Cuts a page back to what had happened at that moment; false when it holds something later.
bool cut_to(const moment& at, std::vector<recorded_commit>& commits) {
  for (std::size_t i = 0; i < commits.size(); ++i) {
    auto& events = commits[i].events;
    std::size_t kept = 0;
    while (kept < events.size() && (at.position == 0 || events[kept].position <= at.position)
           && (at.time == 0 || events[kept].recorded_at <= at.time))
      ++kept;
    if (kept == events.size())
      continue;
    events.resize(kept);
    commits.resize(kept == 0 ? i : i + 1);
    return false;
  }
  return true;
}

result<position_t> fill_view(session& from, const moment& at, order_view_writer& view) {
  progress_bar bar{"building the view", "events"};
  commits_query question{1, 8192, std::chrono::milliseconds{0}};
  for (bool more = true; more;) {
    auto page = from.ask<commit_page>(question);
    if (!page)
      return page.error();
    const auto last = page->last_position;
    more = !page->commits.empty() && cut_to(at, page->commits);
    std::vector<const recorded_commit*> commits;
    for (const auto& each : page->commits)
      commits.push_back(&each);
    if (commits.empty())
      break;
    if (auto applied = view.apply(commits); !applied)
      return applied.error();
    question.from = commits.back()->last_position() + 1;
    bar.show(static_cast<double>(question.from) / static_cast<double>(last + 1), question.from - 1);
  }
  if (auto moved = view.checkpoint_wal(); !moved)
    return moved.error();
  return view.position().position;
}

} // namespace

exit_code build_view(context with, const std::string& at, const std::string& file) {
  const auto then = parse_moment(at);
  if (!then)
    return report(with.to, then.error());
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored))
    return report(with.to, {errc::invalid_argument, file + " exists; remove it, or name another file"});
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  auto view = order_view_writer::open(file);
  if (!view)
    return report(with.to, view.error());
  auto position = fill_view(**opened, *then, **view);
  view->reset();
  if (!position) {
    std::filesystem::remove(file, ignored);
    return report(with.to, position.error());
  }
  if (with.to.json) {
    auto reader = order_view_reader::open(file);
    auto status = reader ? (*reader)->status() : result<view_status>{reader.error()};
    if (!status)
      return report(with.to, status.error());
    print(with.to, *status);
  } else {
    with.to.out << file << " is the view as it was at position " << *position << "; ask it with --view " << file
                << " or with sqlite3\n";
  }
  return exit_code::done;
}

} // namespace daybook
