#include "daybook/persistence/journal_walk.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/persistence/order_view.hpp"
#include "daybook/persistence/view_files.hpp"

namespace daybook {

namespace {

/// A mark that is being written while it is read does not verify, once.
constexpr int mark_attempts = 5;

std::optional<journal_witness> memory_of_view(const std::filesystem::path& data_dir) {
  std::error_code ignored;
  const auto link = view_files{data_dir}.link();
  if (!std::filesystem::exists(link, ignored))
    return std::nullopt;
  const auto opened = order_view_reader::open(link);
  const auto seen = opened ? (*opened)->position() : result<checkpoint>{opened.error()};
  if (!seen)
    return std::nullopt;
  return journal_witness{seen->position, seen->digest};
}

} // namespace

result<journal_evidence> gather_evidence(const std::filesystem::path& data_dir, os_files& files) {
  const file_system system{files};
  const auto index_dir = data_dir / "index";
  journal_evidence found;
  for (int i = 0; i < mark_attempts && !found.mark; ++i) {
    auto mark = durable_mark::read(system, index_dir / "durable");
    if (!mark)
      return mark.error();
    found.mark = std::move(*mark);
  }
  found.view = memory_of_view(data_dir);
  const auto names = system.list(index_dir);
  if (!names && names.error().code != errc::not_found)
    return names.error();
  for (const auto& name : names ? *names : std::vector<std::string>{}) {
    if (name.size() != 24 || name.substr(20) != ".idx" || segment_first(name.substr(0, 20) + ".jsonl") == 0)
      continue;
    // Only where it ends is asked for.
    const auto index = read_index(system, index_dir / name, 0);
    if (index && index->count > 0)
      found.indexes.push_back({index->journal_id, index->first_position,
                               {index->first_position + index->count - 1, std::string{view(index->last_digest)}}});
  }
  return found;
}

std::string describe(const journal_damage& damage) {
  return fmt::format("segment {} at byte {}, position {}: {}", damage.segment, damage.offset, damage.position, damage.message);
}

journal_walk::journal_walk(std::filesystem::path data_dir, journal_evidence evidence, os_files& files) :
    data_dir_(std::move(data_dir)), evidence_(std::move(evidence)), system_(files), files_(files),
    digest_(journal_format::first_digest()) {
  // nop
}

result<std::unique_ptr<journal_walk>> journal_walk::open(const std::filesystem::path& data_dir, journal_evidence evidence,
                                                         os_files& files, position_t from) {
  std::unique_ptr<journal_walk> walk{new journal_walk{data_dir, std::move(evidence), files}};
  if (auto listed = walk->list(); !listed)
    return listed.error();
  walk->skip_to(from);
  return walk;
}

std::unique_ptr<journal_walk> journal_walk::over(std::vector<segment_file> segments, const std::filesystem::path& data_dir,
                                                 journal_evidence evidence, os_files& files) {
  std::unique_ptr<journal_walk> walk{new journal_walk{data_dir, std::move(evidence), files}};
  walk->segments_ = std::move(segments);
  walk->has_ended_ = walk->segments_.empty();
  walk->is_running_ = false;
  walk->skip_to(1);
  return walk;
}

result<done> journal_walk::list() {
  const auto dir = data_dir_ / "journal";
  auto opened = open_segments(system_, dir);
  if (!opened && opened.error().code != errc::not_found)
    return opened.error();
  if (!opened || opened->empty()) {
    const bool was_there = (evidence_.mark && evidence_.mark->position > 0) ||
                           (evidence_.view && evidence_.view->position > 0) || !evidence_.indexes.empty();
    if (was_there)
      return error{errc::journal_damaged, "there is no segment in " + dir.string() +
                                            ", but what is beside it remembers one; restore the journal from a backup"};
    return error{errc::not_found, "there is no journal in " + dir.string() + "; give its data directory with --data"};
  }
  segments_ = std::move(*opened);
  return done{};
}

void journal_walk::skip_to(position_t from) {
  while (number_ + 1 < segments_.size() && segments_[number_ + 1].first <= from)
    ++number_;
  for (auto i = number_; i < segments_.size(); ++i)
    total_bytes_ += segments_[i].size;
}

result<bool> journal_walk::next(scanned_commit& into) {
  while (!has_ended_) {
    if (!scanner_) {
      auto begun = begin_segment();
      if (!begun || !*begun)
        return begun;
    }
    auto verified = scanner_->next(into);
    if (!verified)
      return verified.error();
    if (*verified) {
      if (into.first_position() != last_position_ + 1)
        return end_with(into.offset, fmt::format("position {} is there instead", into.first_position()));
      if (is_being_written(into))
        return end_unfinished(into.offset);
      take(into);
      return true;
    }
    auto goes_on = end_segment();
    if (!goes_on || !*goes_on)
      return goes_on;
  }
  return false;
}

/// False when the segment's head is not what must follow.
result<bool> journal_walk::begin_segment() {
  const auto& in = segments_[number_];
  auto head = read_head(in);
  if (!head)
    return head.error();
  const bool is_first = !std::exchange(has_begun_, true);
  if (is_first && number_ > 0)
    last_position_ = in.first - 1;
  if (!*head)
    return end_with(0, "its header does not verify");
  const auto& header = (*head)->header;
  if (header.first_position != in.first)
    return end_with(0, fmt::format("its header says that it begins at position {}", header.first_position));
  if (is_first) {
    journal_id_ = header.journal_id;
    if (number_ > 0)
      digest_ = header.previous;
    call_witnesses();
  }
  if (header.journal_id != journal_id_)
    return end_with(0, fmt::format("it belongs to journal {}, not to {}", header.journal_id, journal_id_));
  if (in.first > last_position_ + 1)
    return end_with(0, fmt::format("positions {} to {} are missing", last_position_ + 1, in.first - 1));
  if (in.first <= last_position_)
    return end_with(0, fmt::format("it repeats positions from {} on", in.first));
  if (header.previous != digest_)
    return end_with(0, "it does not follow the segment before it: their digests do not join");
  digest_ = header.digest;
  ++segments_begun_;
  verified_bytes_ += (*head)->bytes;
  scanner_.emplace(*in.data, (*head)->bytes, in.size, digest_, commit_scanner::whole_segment);
  return true;
}

/// Only those of this journal have something to say.
void journal_walk::call_witnesses() {
  if (evidence_.mark && evidence_.mark->journal_id == journal_id_ && evidence_.mark->position > 0)
    witnesses_.push_back({"the durable mark", {evidence_.mark->position, std::string{view(evidence_.mark->digest)}}});
  if (evidence_.view && evidence_.view->position > 0)
    witnesses_.push_back({"the view", *evidence_.view});
  for (const auto& each : evidence_.indexes)
    if (each.journal_id == journal_id_)
      witnesses_.push_back({"the index", each.end, each.first});
}

void journal_walk::take(const scanned_commit& commit) {
  const auto segment = segments_[number_].first;
  for (auto& each : witnesses_)
    if (each.memory.position >= commit.first_position() && each.memory.position <= commit.last_position() &&
        (each.segment == 0 || each.segment == segment))
      each.differs = each.memory.position != commit.last_position() || each.memory.digest != view(commit.digest);
  last_position_ = commit.last_position();
  digest_ = commit.digest;
  last_digest_ = view(commit.digest);
  verified_bytes_ += commit.bytes;
}

/// Whether a node writes the journal and has not said yet that this commit is durable. Where no process has the directory open,
/// what verifies counts, as it does for a start.
bool journal_walk::is_being_written(const scanned_commit& commit) {
  const auto& mark = evidence_.mark;
  if (!mark || mark->journal_id != journal_id_ || commit.last_position() <= mark->position)
    return false;
  if (!is_running_) {
    const auto lock = files_.lock(data_dir_ / "journal" / "lock");
    is_running_ = !lock && lock.error().code == errc::directory_in_use;
  }
  return *is_running_;
}

bool journal_walk::end_unfinished(std::uint64_t offset) {
  has_ended_ = true;
  for (auto i = number_; i < segments_.size(); ++i)
    unfinished_bytes_ += segments_[i].size - (i == number_ ? offset : 0);
  return false;
}

bool journal_walk::end_with(std::uint64_t offset, const std::string& what, tail_verdict verdict) {
  has_ended_ = true;
  damage_ = journal_damage{segments_[number_].name, offset, last_position_ + 1, what, verdict};
  return false;
}

tail_findings journal_walk::findings_of(const commit_scanner& scanner) const {
  tail_findings found;
  found.is_last = number_ + 1 == segments_.size();
  found.has_rest = !scanner.problem().empty();
  for (const auto& each : witnesses_) {
    const bool is_index = each.segment != 0;
    if (is_index ? each.segment != segments_[number_].first : !found.is_last)
      continue;
    found.digest_differs = found.digest_differs || each.differs;
    auto& knows_more = is_index                          ? found.index_knows_more
                       : each.name == "the durable mark" ? found.mark_knows_more
                                                         : found.view_knows_more;
    knows_more = each.memory.position > last_position_;
  }
  return found;
}

std::string journal_walk::reason_of(const tail_rule& rule, const std::string& problem) const {
  const auto segment = segments_[number_].first;
  const auto before = problem.empty() ? std::string{} : problem + ", and ";
  for (const auto& each : witnesses_) {
    if (each.segment != 0 && each.segment != segment)
      continue;
    if (rule.verdict == tail_verdict::replaced && each.differs)
      return fmt::format("{}{}, as {} remembers by its digest of position {}", before, rule.because, each.name,
                         each.memory.position);
    if (rule.verdict == tail_verdict::lost && each.memory.position > last_position_)
      return fmt::format("{}{} knows of more: position {} {}", before, each.name, each.memory.position,
                         problem.empty() ? "was there and is gone" : "was durable");
  }
  return before + std::string{rule.because};
}

/// The same rules as at a start decide; false when this was the end.
result<bool> journal_walk::end_segment() {
  const auto& in = segments_[number_];
  auto found = findings_of(*scanner_);
  const auto offset = scanner_->offset();
  const auto problem = scanner_->problem();
  // Its window goes before the rest is looked through, which takes another.
  scanner_.reset();
  if (found.has_rest && found.is_last) {
    auto later = later_evidence(*in.data, offset, in.size, digest_, last_position_ + 1);
    if (!later)
      return later.error();
    found.has_later_write = *later != 0;
  }
  const auto& rule = rule_for(found);
  if (rule.verdict == tail_verdict::cut)
    return end_unfinished(offset);
  if (rule.verdict != tail_verdict::whole)
    return end_with(offset, reason_of(rule, problem), rule.verdict);
  if (found.is_last) {
    has_ended_ = true;
    check_none_lost();
    return false;
  }
  ++number_;
  return true;
}

/// An index is made after its segment: one behind the last segment shows that segments are gone.
void journal_walk::check_none_lost() {
  for (const auto& each : witnesses_)
    if (each.segment > segments_.back().first) {
      damage_ = journal_damage{segment_name(each.segment), 0, last_position_ + 1, "the segment is missing, its index is there",
                               tail_verdict::lost};
      return;
    }
}

} // namespace daybook
