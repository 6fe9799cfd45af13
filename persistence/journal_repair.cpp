#include "daybook/persistence/journal_repair.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_repair_plan.hpp"
#include "daybook/persistence/journal_walk.hpp"
#include "daybook/persistence/view_files.hpp"

namespace daybook {

std::string_view name(repair_action action) noexcept {
  switch (action) {
    case repair_action::take_from_backup: return "take_from_backup";
    case repair_action::cut: return "cut";
    case repair_action::set_aside: return "set_aside";
  }
  return "";
}

namespace {

/// Does it. The order of the steps is such that a start refuses what an interruption leaves: first what is rescued, then the
/// segments that are kept, then those that are not, from the first to the last, so that positions are missing until the end;
/// last what remembers.
class repairer {
public:
  repairer(std::filesystem::path data_dir, repair_plan& plan, os_files& files) :
      data_dir_(std::move(data_dir)), dir_(data_dir_ / "journal"), plan_(plan), files_(files), system_(files) {
    // nop
  }

  /// Chooses the names under which things are kept.
  result<done> name_files() {
    auto names = files_.list(dir_);
    if (!names)
      return names.error();
    const std::set<std::string> taken{names->begin(), names->end()};
    const auto fresh = [&](const std::string& segment, const char* kind) {
      for (int i = 1;; ++i)
        if (const auto wanted = fmt::format("{}.{}-{}", segment, kind, i); taken.count(wanted) == 0)
          return wanted;
    };
    for (auto& each : plan_.report().steps)
      if (find(plan_.own(), each.segment) != nullptr)
        each.kept_as = fresh(each.segment, "damaged");
    if (!plan_.rescued().empty())
      plan_.report().rescued_file = "journal/" + fresh(plan_.report().steps.back().segment, "rescued");
    return done{};
  }

  result<done> carry_out() {
    if (auto kept = keep_rescued(); !kept)
      return kept;
    const auto& steps = plan_.report().steps;
    for (const auto& each : steps)
      if (each.action != repair_action::set_aside)
        if (auto replaced = replace(each); !replaced)
          return replaced;
    for (const auto& each : steps)
      if (each.action == repair_action::set_aside)
        if (auto renamed = files_.rename(dir_ / each.segment, dir_ / each.kept_as); !renamed)
          return renamed;
    if (auto synced = files_.sync_directory(dir_); !synced)
      return synced;
    if (auto forgotten = forget(); !forgotten)
      return forgotten;
    return check();
  }

private:
  static const segment_file* find(const std::vector<segment_file>& in, const std::string& name) {
    const auto found = std::find_if(in.begin(), in.end(), [&](const auto& each) { return each.name == name; });
    return found == in.end() ? nullptr : &*found;
  }

  result<done> keep_rescued() {
    if (plan_.rescued().empty())
      return done{};
    auto out = new_file::begin(data_dir_ / plan_.report().rescued_file, system_);
    if (!out)
      return out.error();
    if (auto written = out->append(plan_.rescued()); !written)
      return written;
    return out->finish();
  }

  /// What was there is copied first, so that there is a segment of that name at every moment.
  result<done> replace(const repair_step& step) {
    if (const auto* before = find(plan_.own(), step.segment))
      if (auto kept = copy_bytes(files_, *before->data, before->size, dir_ / step.kept_as); !kept)
        return kept;
    const auto* wanted = find(plan_.wanted(), step.segment);
    const auto fresh = dir_ / (step.segment + ".new");
    if (auto made = copy_bytes(files_, *wanted->data, wanted->size, fresh); !made)
      return made;
    if (auto synced = files_.sync_directory(dir_); !synced)
      return synced;
    return files_.rename(fresh, dir_ / step.segment);
  }

  result<done> forget() {
    const auto index_dir = data_dir_ / "index";
    const auto names = files_.list(index_dir);
    for (const auto& name : names ? *names : std::vector<std::string>{})
      if (auto removed = files_.remove(index_dir / name); !removed)
        return removed;
    return files_.list(data_dir_ / "view") ? view_files{data_dir_}.remove_all() : done{};
  }

  /// Reads what was made.
  result<done> check() {
    if (plan_.wanted().empty())
      return done{};
    auto walk = journal_walk::open(data_dir_, {}, system_);
    if (!walk)
      return walk.error();
    for (scanned_commit each;;) {
      auto verified = (*walk)->next(each);
      if (!verified)
        return verified.error();
      if (!*verified)
        break;
    }
    if ((*walk)->damage())
      return error{errc::storage_failed, "the repaired journal does not verify: " + describe(*(*walk)->damage())};
    return done{};
  }

  std::filesystem::path data_dir_;
  std::filesystem::path dir_;
  repair_plan& plan_;
  file_system files_;
  os_files& system_;
};

} // namespace

result<repair_report> repair_journal(const std::filesystem::path& data_dir, const repair_options& options, os_files& files) {
  const file_system system{files};
  if (auto there = system.list(data_dir / "journal"); !there)
    return there.error().code != errc::not_found
             ? there.error()
             : error{errc::not_found,
                     "there is no journal in " + (data_dir / "journal").string() + "; give its data directory with --data"};
  auto lock = system.lock(data_dir / "journal" / "lock");
  if (!lock)
    return lock.error();
  repair_plan plan{data_dir, options, files};
  if (auto made = plan.make(); !made)
    return made.error();
  repairer work{data_dir, plan, files};
  if (auto named = work.name_files(); !named)
    return named.error();
  if (options.carry_out && plan.report().is_needed) {
    if (auto carried = work.carry_out(); !carried)
      return carried.error();
    plan.report().is_done = true;
  }
  return plan.report();
}

} // namespace daybook
