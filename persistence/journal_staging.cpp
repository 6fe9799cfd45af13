#include "daybook/persistence/journal_staging.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook {

journal_staging::journal_staging(std::filesystem::path data_dir, os_files& files) :
    data_dir_(std::move(data_dir)), dir_(data_dir_ / "journal.new"), files_(files) {
  // nop
}

result<journal_staging> journal_staging::begin(const std::filesystem::path& data_dir, os_files& files) {
  journal_staging made{data_dir, files};
  if (auto empty = made.check_empty(); !empty)
    return empty.error();
  if (auto there = made.files_.make_directories(made.dir_); !there)
    return there.error();
  auto lock = made.files_.lock(made.dir_ / "lock");
  if (!lock)
    return lock.error();
  made.lock_ = std::move(*lock);
  auto cleared = made.clear();
  if (!cleared)
    return cleared.error();
  made.was_interrupted_ = *cleared;
  return made;
}

/// Nothing that could be lost, and nothing that remembers another journal.
result<done> journal_staging::check_empty() const {
  for (const auto* name : {"journal", "index", "view"}) {
    auto entries = files_.list(data_dir_ / name);
    if (!entries && entries.error().code == errc::not_found)
      continue;
    if (!entries)
      return entries.error();
    const auto is_lock = [&](const std::string& entry) { return entry == "lock"; };
    if (!std::all_of(entries->begin(), entries->end(), is_lock))
      return error{errc::invalid_argument, (data_dir_ / name).string() +
                                             " is not empty, and nothing is written over it; name another directory with "
                                             "--data, or move this one away first"};
  }
  return done{};
}

/// True when there was something.
result<bool> journal_staging::clear() const {
  auto names = files_.list(dir_);
  if (!names)
    return names.error();
  bool was_there = false;
  for (const auto& name : *names) {
    if (name == "lock")
      continue;
    was_there = true;
    if (auto removed = files_.remove(dir_ / name); !removed)
      return removed.error();
  }
  return was_there;
}

/// The empty directory of a start that came to nothing gives way.
result<done> journal_staging::make_way() const {
  const auto place = data_dir_ / "journal";
  auto names = files_.list(place);
  if (!names || names->empty())
    return done{};
  auto lock = files_.lock(place / "lock");
  if (!lock)
    return lock.error();
  if (auto empty = check_empty(); !empty)
    return empty;
  return files_.remove(place / "lock");
}

result<done> journal_staging::publish() {
  if (auto synced = files_.sync_directory(dir_); !synced)
    return synced;
  if (auto made = make_way(); !made)
    return made;
  if (auto renamed = files_.rename(dir_, data_dir_ / "journal"); !renamed)
    return renamed;
  return files_.sync_directory(data_dir_);
}

void journal_staging::give_up() {
  [[maybe_unused]] const auto cleared = clear();
}

} // namespace daybook
