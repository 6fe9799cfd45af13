#include "daybook/persistence/journal_repair_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/journal_export.hpp"

namespace daybook {

namespace {

/// The beginning of one file, and what stands behind that in another: a segment put together, before anything is written.
class spliced_file final : public os_file {
public:
  spliced_file(std::shared_ptr<const file> front, std::uint64_t front_bytes, std::shared_ptr<const file> back,
               std::uint64_t size) :
      front_(std::move(front)),
      front_bytes_(front_bytes), back_(std::move(back)), size_(size) {
    // nop
  }

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    const bool in_front = offset < front_bytes_;
    const auto end = in_front ? front_bytes_ : size_;
    if (offset >= end)
      return 0;
    const auto got = (in_front ? front_ : back_)->read_at(offset, into, std::min<std::uint64_t>(size, end - offset));
    return got ? static_cast<os_outcome>(*got) : os_outcome{-EIO};
  }

  os_outcome write(std::uint64_t, const char*, std::size_t) override { return -EBADF; }
  os_outcome sync() override { return -EBADF; }
  os_outcome truncate(std::uint64_t) override { return -EBADF; }
  os_outcome allocate(std::uint64_t) override { return -EBADF; }
  os_outcome size() const override { return static_cast<os_outcome>(size_); }

private:
  std::shared_ptr<const file> front_;
  std::uint64_t front_bytes_;
  std::shared_ptr<const file> back_;
  std::uint64_t size_;
};

} // namespace

result<done> repair_plan::make() {
  auto evidence = gather_evidence(data_dir_, system_);
  if (!evidence)
    return evidence.error();
  evidence_ = std::move(*evidence);
  if (auto looked = look(); !looked)
    return looked;
  set_foreign_aside();
  remember_known();
  // Each round mends something or drops a memory that is wrong.
  for (auto rounds = 2 * (own_.size() + backup_.size()) + 8; rounds > 0; --rounds) {
    auto goes_on = find_damage();
    if (!goes_on)
      return goes_on.error();
    if (!*goes_on)
      break;
  }
  report_.is_needed = !report_.damages.empty();
  end_before_damage();
  return rescue();
}

result<done> repair_plan::look() {
  auto own = open_segments(system_, data_dir_ / "journal");
  if (!own)
    return own.error();
  own_ = std::move(*own);
  if (!options_.backup_dir.empty()) {
    auto backup = open_segments(system_, options_.backup_dir / "journal");
    if (!backup)
      return backup.error();
    backup_ = std::move(*backup);
  }
  return find_journal_id();
}

result<done> repair_plan::find_journal_id() {
  std::map<std::string, std::size_t> ids;
  for (const auto& each : own_) {
    auto head = read_head(each);
    if (!head)
      return head.error();
    heads_.push_back(*head ? (*head)->header.journal_id : std::string{});
    if (*head)
      ++ids[heads_.back()];
  }
  const auto most = std::max_element(ids.begin(), ids.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (evidence_.mark)
    report_.journal_id = evidence_.mark->journal_id;
  else if (most != ids.end())
    report_.journal_id = most->first;
  for (const auto& each : backup_) {
    auto head = read_head(each);
    if (!head)
      return head.error();
    if (*head && report_.journal_id.empty())
      report_.journal_id = (*head)->header.journal_id;
    if (*head && (*head)->header.journal_id != report_.journal_id)
      return error{errc::invalid_argument,
                   fmt::format("{} is a backup of journal {}, this is journal {}", options_.backup_dir.string(),
                               (*head)->header.journal_id, report_.journal_id)};
  }
  return done{};
}

void repair_plan::set_foreign_aside() {
  for (std::size_t i = 0; i < own_.size(); ++i) {
    const bool is_foreign = !heads_[i].empty() && heads_[i] != report_.journal_id;
    if (!is_foreign) {
      wanted_.push_back(own_[i]);
      continue;
    }
    foreign_.insert(own_[i].name);
    report_.damages.push_back(
      fmt::format("segment {}: it belongs to journal {}, not to {}", own_[i].name, heads_[i], report_.journal_id));
  }
}

void repair_plan::remember_known() {
  if (evidence_.mark)
    known_last_ = std::max(known_last_, evidence_.mark->position);
  if (evidence_.view)
    known_last_ = std::max(known_last_, evidence_.view->position);
  for (const auto& each : evidence_.indexes)
    if (each.journal_id == report_.journal_id)
      known_last_ = std::max(known_last_, each.end.position);
}

result<bool> repair_plan::find_damage() {
  walk_ = journal_walk::over(wanted_, data_dir_, evidence_, system_);
  for (scanned_commit each;;) {
    auto verified = walk_->next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    if (options_.progress)
      options_.progress(walk_->verified_bytes(), walk_->total_bytes());
  }
  const auto damage = walk_->damage();
  if (!damage)
    return false;
  // Who remembers a place and what stands there are one damage.
  if (!last_damage_ || last_damage_->segment != damage->segment || last_damage_->offset != damage->offset)
    report_.damages.push_back(describe(*damage));
  last_damage_ = damage;
  auto healed = heal(*damage);
  if (!healed || *healed)
    return healed;
  return damage->verdict != tail_verdict::damaged && forget(*damage);
}

bool repair_plan::forget(const journal_damage& damage) {
  const auto before = evidence_.indexes.size();
  const auto first = segment_first(damage.segment);
  const bool is_last = wanted_.empty() || first >= wanted_.back().first;
  const auto is_wrong = [&](const auto& each) { return each.first == first || (is_last && each.first > first); };
  auto& indexes = evidence_.indexes;
  indexes.erase(std::remove_if(indexes.begin(), indexes.end(), is_wrong), indexes.end());
  const bool knew = indexes.size() != before || (is_last && (evidence_.mark || evidence_.view));
  if (is_last) {
    evidence_.mark.reset();
    evidence_.view.reset();
  }
  return knew;
}

const segment_file* repair_plan::find(const std::vector<segment_file>& in, position_t first) const {
  const auto found = std::find_if(in.begin(), in.end(), [&](const auto& each) { return each.first == first; });
  return found == in.end() ? nullptr : &*found;
}

result<bool> repair_plan::heal(const journal_damage& damage) {
  if (damage.offset > 0) {
    auto healed = heal_segment(segment_first(damage.segment), walk_->last_position(), walk_->digest());
    if (!healed || *healed)
      return healed;
  }
  return heal_segment(walk_->last_position() + 1, 0, {});
}

result<bool> repair_plan::heal_segment(position_t first, position_t last, const digest_text& digest) {
  const auto* from = find(backup_, first);
  if (from == nullptr || healed_.count(from->name) != 0)
    return false;
  segment_place place{report_.journal_id, first, walk_->digest()};
  const auto* own = find(wanted_, first);
  if (last != 0) {
    auto head = read_head(*own);
    if (!head || !*head)
      return head ? result<bool>{false} : head.error();
    place.previous = (*head)->header.previous;
  }
  bool joins = last < first;
  auto end = scan_segment(*from, place, [&](const scanned_commit& commit) {
    joins = joins || (commit.last_position() == last && commit.digest == digest);
  });
  if (!end)
    return end.error();
  if (!joins || end->commits == 0 || end->last_position <= last)
    return false;
  auto made = splice(*from, *end, own);
  if (!made)
    return made.error();
  healed_.insert(made->name);
  const auto at = std::lower_bound(wanted_.begin(), wanted_.end(), first,
                                   [](const auto& each, position_t wanted) { return each.first < wanted; });
  if (own != nullptr)
    wanted_[static_cast<std::size_t>(at - wanted_.begin())] = std::move(*made);
  else
    wanted_.insert(at, std::move(*made));
  return true;
}

result<segment_file> repair_plan::splice(const segment_file& from, const segment_end& end, const segment_file* own) {
  bool follows = false;
  if (own != nullptr && own->size > end.bytes) {
    commit_scanner scanner{*own->data, end.bytes, own->size, end.digest, std::size_t{1} << 16};
    scanned_commit next;
    auto verified = scanner.next(next);
    if (!verified)
      return verified.error();
    follows = *verified && next.first_position() == end.last_position + 1;
  }
  const auto size = follows ? own->size : end.bytes;
  auto spliced = std::make_unique<spliced_file>(from.data, end.bytes, follows ? own->data : from.data, size);
  return segment_file{from.name, from.first, std::make_shared<const file>(std::move(spliced), from.name), size};
}

void repair_plan::end_before_damage() {
  report_.last_position = walk_->last_position();
  report_.last_digest = walk_->last_digest();
  const auto& damage = walk_->damage();
  auto keep = wanted_.size();
  if (damage && damage->verdict == tail_verdict::damaged) {
    keep = walk_->segment_number() + (damage->offset > 0 ? 1 : 0);
    if (damage->offset > 0)
      cut_at_ = damage->offset;
  } else if (report_.is_needed && walk_->unfinished_bytes() > 0) {
    // The rest of what somebody remembers: the next start would take it for a tail that nobody was told of.
    cut_at_ = wanted_.back().size - walk_->unfinished_bytes();
  }
  for (const auto& each : own_) {
    const auto at = std::find_if(wanted_.begin(), wanted_.end(), [&](const auto& x) { return x.name == each.name; });
    const auto number = static_cast<std::size_t>(at - wanted_.begin());
    const bool is_cut = cut_at_ > 0 && number + 1 == keep;
    if (at == wanted_.end() || number >= keep)
      report_.steps.push_back({repair_action::set_aside, each.name, ""});
    else if (healed_.count(each.name) == 0 && is_cut)
      report_.steps.push_back({repair_action::cut, each.name, ""});
  }
  for (std::size_t i = 0; i < keep; ++i)
    if (healed_.count(wanted_[i].name) != 0)
      report_.steps.push_back({repair_action::take_from_backup, wanted_[i].name, ""});
  wanted_.resize(keep);
  if (cut_at_ > 0)
    wanted_.back().size = cut_at_;
}

result<done> repair_plan::rescue() {
  std::set<std::pair<position_t, std::string>> seen;
  std::vector<position_range> there;
  for (const auto& each : own_) {
    const bool is_touched =
      std::any_of(report_.steps.begin(), report_.steps.end(), [&](const auto& step) { return step.segment == each.name; });
    if (!is_touched || foreign_.count(each.name) != 0)
      continue;
    const auto* kept = find(wanted_, each.first);
    const bool is_cut = kept != nullptr && cut_at_ > 0 && kept == &wanted_.back();
    const auto digest = walk_->digest();
    auto found = find_commits(each, is_cut ? cut_at_ : 0, is_cut ? &digest : nullptr, [&](const scanned_commit& commit) {
      if (commit.first_position() <= report_.last_position ||
          !seen.emplace(commit.first_position(), std::string{view(commit.digest)}).second)
        return;
      there.push_back({commit.first_position(), commit.last_position()});
      for (const auto& event : commit.events)
        append_export_line(rescued_, commit.first_position(), event);
      ++report_.rescued_commits;
      report_.rescued_events += commit.events.size();
    });
    if (!found)
      return found;
  }
  return tell_lost(std::move(there));
}

result<done> repair_plan::tell_lost(std::vector<position_range> there) {
  std::sort(there.begin(), there.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  auto next = report_.last_position + 1;
  for (const auto& each : there) {
    if (each.from > next)
      report_.lost.push_back({next, each.from - 1});
    next = std::max(next, each.to + 1);
  }
  if (known_last_ >= next)
    report_.lost.push_back({next, known_last_});
  std::set<std::string> streams;
  for (const auto& each : own_) {
    if (report_.lost.empty() || foreign_.count(each.name) != 0)
      continue;
    auto found = find_streams(each, report_.lost);
    if (!found)
      return found.error();
    streams.insert(found->begin(), found->end());
  }
  report_.lost_streams.assign(streams.begin(), streams.end());
  return done{};
}

} // namespace daybook
