#include "daybook/persistence/journal_backup.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daybook/domain/time.hpp"
#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_staging.hpp"
#include "daybook/persistence/journal_walk.hpp"

namespace daybook {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view manifest_format = "daybook-backup";
constexpr std::uint64_t manifest_version = 1;
constexpr std::uint64_t manifest_limit = std::uint64_t{64} << 10;

/// How far a backup goes.
struct backup_manifest {
  std::string journal_id;
  position_t position = 0;
  std::string digest;
};

std::filesystem::path manifest_path(const std::filesystem::path& backup_dir) {
  return backup_dir / "backup.json";
}

/// Replaces the manifest in one step.
result<done> write_manifest(const file_system& files, const std::filesystem::path& backup_dir, const backup_manifest& manifest,
                            time_us now) {
  const json text{{"format", manifest_format},     {"format_version", manifest_version}, {"journal_id", manifest.journal_id},
                  {"position", manifest.position}, {"digest", manifest.digest},          {"made_at", format_time(now)}};
  const auto path = manifest_path(backup_dir);
  auto fresh = path;
  fresh += ".new";
  {
    auto made = files.open(fresh, open_mode::create);
    if (!made)
      return made.error();
    if (auto written = (*made)->write_at(0, text.dump(2) + "\n"); !written)
      return written;
    if (auto synced = (*made)->sync(); !synced)
      return synced;
  }
  if (auto renamed = files.rename(fresh, path); !renamed)
    return renamed;
  return files.sync_directory(backup_dir);
}

/// Nothing where there is none; `journal_damaged` where there is something else.
result<std::optional<backup_manifest>> read_manifest(const file_system& files, const std::filesystem::path& backup_dir) {
  const auto path = manifest_path(backup_dir);
  auto opened = files.open(path, open_mode::read);
  if (!opened && opened.error().code == errc::not_found)
    return std::optional<backup_manifest>{};
  auto text = opened ? read_whole(**opened, manifest_limit) : result<std::string>{opened.error()};
  if (!text)
    return text.error();
  try {
    const auto found = json::parse(*text);
    if (found.at("format") == manifest_format && found.at("format_version") == manifest_version)
      return std::optional{backup_manifest{found.at("journal_id"), found.at("position"), found.at("digest")}};
  } catch (const json::exception&) {
    // Said below.
  }
  return error{errc::journal_damaged, path.string() +
                                        " is not what a backup writes; if the segments beside it verify (daybook "
                                        "--data " +
                                        backup_dir.string() + " journal verify), remove it and make the backup again"};
}

/// A backup that is being made.
class backup {
public:
  backup(std::filesystem::path data_dir, std::filesystem::path backup_dir, os_files& files) :
      data_dir_(std::move(data_dir)), backup_dir_(std::move(backup_dir)), dir_(backup_dir_ / "journal"), system_(files),
      files_(files) {
    // nop
  }

  result<copy_report> make(time_us now, const byte_progress& progress) {
    // Before the segments are listed; what it knows is in them.
    auto evidence = gather_evidence(data_dir_, system_);
    if (!evidence)
      return evidence.error();
    if (auto looked = look_at_source(); !looked)
      return looked.error();
    if (auto opened = open_backup(); !opened)
      return opened.error();
    auto from = find_first_to_copy();
    if (!from)
      return from.error();
    auto walk = journal_walk::open(data_dir_, std::move(*evidence), system_, *from);
    if (!walk)
      return walk.error();
    if (auto joined = check_join(**walk); !joined)
      return joined.error();
    auto copies = copy_segments(
      **walk, files_, dir_, ".new", [&](const auto& commit) { compare(commit); }, progress);
    const auto done = copies ? take_place(**walk, *copies, now) : result<copy_report>{copies.error()};
    if (!done)
      remove_unfinished();
    return done;
  }

private:
  /// Where the backup ended, by its manifest or its segments: the journal must have been there.
  struct earlier_end {
    position_t position = 0;
    std::string digest;
    bool is_met = false;
  };

  error refuse(const std::string& why) const {
    return {errc::invalid_argument,
            fmt::format("{} {}; nothing in it was changed: name another directory for the backup", backup_dir_.string(), why)};
  }

  result<done> look_at_source() {
    auto segments = open_segments(system_, data_dir_ / "journal");
    if (!segments && segments.error().code != errc::not_found)
      return segments.error();
    if (!segments || segments->empty())
      return error{errc::not_found,
                   "there is no journal in " + (data_dir_ / "journal").string() + "; give its data directory with --data"};
    source_ = std::move(*segments);
    auto head = read_head(source_.front());
    if (!head)
      return head.error();
    if (!*head || source_.front().first != 1)
      return damage_error({source_.front().name, 0, 1, "the journal does not begin with it, or its header does not verify"},
                          data_dir_);
    journal_id_ = (*head)->header.journal_id;
    return done{};
  }

  result<done> open_backup() {
    if (auto made = files_.make_directories(dir_); !made)
      return made;
    auto lock = files_.lock(dir_ / "lock");
    if (!lock)
      return lock.error();
    lock_ = std::move(*lock);
    auto manifest = read_manifest(files_, backup_dir_);
    if (!manifest)
      return manifest.error();
    if (*manifest && (*manifest)->journal_id != journal_id_)
      return refuse(fmt::format("holds a backup of journal {}, this is journal {}", (*manifest)->journal_id, journal_id_));
    if (*manifest && (*manifest)->position > 0)
      ends_.push_back({(*manifest)->position, (*manifest)->digest});
    auto segments = open_segments(system_, dir_);
    if (!segments)
      return segments.error();
    there_ = std::move(*segments);
    if (!*manifest && is_data_directory())
      return refuse("is a data directory and not a backup");
    return there_.empty() ? done{} : find_end_of_backup();
  }

  bool is_data_directory() const { return files_.list(backup_dir_ / "index").ok() || files_.list(backup_dir_ / "view").ok(); }

  /// An interrupted backup may have come further than the manifest says.
  result<done> find_end_of_backup() {
    const auto& last = there_.back();
    auto head = read_head(last);
    if (!head || !*head)
      return head ? result<done>{done{}} : head.error();
    const auto& header = (*head)->header;
    if (header.journal_id != journal_id_)
      return refuse(fmt::format("holds a backup of journal {}, this is journal {}", header.journal_id, journal_id_));
    auto end = scan_segment(last, {journal_id_, last.first, header.previous});
    if (!end)
      return end.error();
    if (end->commits > 0)
      ends_.push_back({end->last_position, std::string{view(end->digest)}});
    return done{};
  }

  /// Passes over the sealed segments that the backup has: same name, same size, and the same digest at the end, which vouches
  /// for everything before it.
  result<position_t> find_first_to_copy() {
    for (const auto& each : source_) {
      const auto kept = std::find_if(there_.begin(), there_.end(), [&](const auto& x) { return x.name == each.name; });
      if (&each == &source_.back() || kept == there_.end() || kept->size != each.size)
        return each.first;
      auto wanted = digest_at_end(each);
      auto found = digest_at_end(*kept);
      if (!wanted || !found)
        return wanted ? found.error() : wanted.error();
      if (*wanted != *found || wanted->empty())
        return each.first;
      ++kept_segments_;
      const auto& next = *(&each + 1);
      kept_end_ = {next.first - 1, *wanted};
      for (auto& end : ends_)
        end.is_met = end.is_met || end.position < kept_end_.position || end.digest == kept_end_.digest;
    }
    return position_t{1};
  }

  /// The first segment that is copied follows what is kept.
  result<done> check_join(const journal_walk& walk) const {
    const auto& in = walk.segments()[walk.segment_number()];
    auto head = read_head(in);
    if (!head)
      return head.error();
    if (kept_segments_ > 0 && *head && view((*head)->header.previous) != kept_end_.digest)
      return damage_error({in.name, 0, in.first, "it does not follow the segment before it: their digests do not join"},
                          data_dir_);
    return done{};
  }

  void compare(const scanned_commit& commit) {
    for (auto& each : ends_)
      if (each.position == commit.last_position())
        each.is_met = each.digest == view(commit.digest);
  }

  result<done> check_history(position_t last) const {
    for (const auto& each : ends_) {
      if (each.is_met)
        continue;
      if (each.position > last)
        return refuse(fmt::format("is ahead of the journal: it has position {}, the journal ends with {}; the journal was "
                                  "replaced by an older copy",
                                  each.position, last));
      return refuse(fmt::format("has another history: the digest of its position {} is not the journal's", each.position));
    }
    for (const auto& each : there_)
      if (std::none_of(source_.begin(), source_.end(), [&](const auto& x) { return x.name == each.name; }))
        return refuse(fmt::format("has a segment that the journal does not have: {}", each.name));
    return done{};
  }

  /// Everything is copied, verified and durable: now, and only now, it replaces what was there.
  result<copy_report> take_place(const journal_walk& walk, const std::vector<segment_copy>& copies, time_us now) {
    if (const auto& damage = walk.damage())
      return damage_error(*damage, data_dir_);
    copy_report report;
    report.journal_id = journal_id_;
    report.last_position = copies.empty() ? kept_end_.position : walk.last_position();
    report.last_digest = copies.empty() ? kept_end_.digest : walk.last_digest();
    if (auto same = check_history(report.last_position); !same)
      return same.error();
    for (const auto& each : copies) {
      if (auto renamed = files_.rename(each.path, dir_ / each.name); !renamed)
        return renamed.error();
      report.copied_bytes += each.end.bytes;
    }
    if (auto synced = files_.sync_directory(dir_); !synced)
      return synced.error();
    if (auto written = write_manifest(files_, backup_dir_, {journal_id_, report.last_position, report.last_digest}, now);
        !written)
      return written.error();
    report.copied_segments = copies.size();
    report.segments = kept_segments_ + copies.size();
    return report;
  }

  void remove_unfinished() {
    const auto names = files_.list(dir_);
    for (const auto& name : names ? *names : std::vector<std::string>{})
      if (name.size() > 4 && name.compare(name.size() - 4, 4, ".new") == 0) [[maybe_unused]]
        const auto removed = files_.remove(dir_ / name);
  }

  std::filesystem::path data_dir_;
  std::filesystem::path backup_dir_;
  std::filesystem::path dir_;
  os_files& system_;
  file_system files_;
  std::unique_ptr<directory_lock> lock_;
  std::string journal_id_;
  std::vector<segment_file> source_;
  std::vector<segment_file> there_;
  std::vector<earlier_end> ends_;
  std::uint64_t kept_segments_ = 0;
  journal_witness kept_end_;
};

result<copy_report> restore(const std::filesystem::path& backup_dir, const journal_staging& place,
                            const byte_progress& progress, os_files& system) {
  const file_system files{system};
  auto manifest = read_manifest(files, backup_dir);
  if (!manifest)
    return manifest.error();
  if (!*manifest)
    return error{errc::not_found, "there is no finished backup in " + backup_dir.string() + ": it has no backup.json"};
  auto walk = journal_walk::open(backup_dir, {}, system);
  if (!walk)
    return walk.error();
  bool has_end = (*manifest)->position == 0;
  const auto compare = [&](const scanned_commit& commit) {
    has_end = has_end || (commit.last_position() == (*manifest)->position && view(commit.digest) == (*manifest)->digest);
  };
  auto copies = copy_segments(**walk, files, place.dir(), "", compare, progress);
  if (!copies)
    return copies.error();
  if (const auto& damage = (*walk)->damage())
    return damage_error(*damage, backup_dir);
  if (!has_end || (*walk)->journal_id() != (*manifest)->journal_id)
    return error{errc::journal_damaged,
                 fmt::format("the backup in {} does not hold what its backup.json says: position {} with digest {}",
                             backup_dir.string(), (*manifest)->position, (*manifest)->digest)};
  copy_report report;
  report.journal_id = (*walk)->journal_id();
  report.last_position = (*walk)->last_position();
  report.last_digest = (*walk)->last_digest();
  report.segments = report.copied_segments = copies->size();
  for (const auto& each : *copies)
    report.copied_bytes += each.end.bytes;
  return report;
}

} // namespace

result<copy_report> backup_journal(const std::filesystem::path& data_dir, const std::filesystem::path& backup_dir, time_us now,
                                   const byte_progress& progress, os_files& files) {
  return backup{data_dir, backup_dir, files}.make(now, progress);
}

result<copy_report> restore_journal(const std::filesystem::path& backup_dir, const std::filesystem::path& data_dir,
                                    const byte_progress& progress, os_files& files) {
  auto place = journal_staging::begin(data_dir, files);
  if (!place)
    return place.error();
  auto report = restore(backup_dir, *place, progress, files);
  if (!report) {
    place->give_up();
    return report.error();
  }
  if (auto published = place->publish(); !published)
    return published.error();
  report->was_interrupted = place->was_interrupted();
  return report;
}

} // namespace daybook
