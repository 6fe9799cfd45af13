#include "daybook/persistence/journal_verify.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/journal_scan.hpp"
#include "daybook/persistence/journal_walk.hpp"
#include "daybook/persistence/segment_file.hpp"

namespace daybook {

namespace {

/// Holds receipts against the commits that pass by.
class expectations {
public:
  explicit expectations(noted_digests expected) : expected_(std::move(expected)) {
    std::sort(expected_.begin(), expected_.end());
  }

  void take(const scanned_commit& commit, verify_report& into) {
    for (; next_ < expected_.size() && expected_[next_].first <= commit.last_position(); ++next_) {
      const auto& [position, digest] = expected_[next_];
      if (position < commit.last_position())
        tell(into, position, "no commit ends there: it is no position of a receipt of this journal");
      else if (digest != view(commit.digest))
        tell(into, position, fmt::format("the digest there is {} and not {}", view(commit.digest), digest));
      else if (into.unmet_position == 0)
        fits_ = position;
    }
  }

  void end(verify_report& into) {
    if (next_ < expected_.size())
      tell(into, expected_[next_].first,
           fmt::format("the journal {} position {}", into.intact ? "ends with" : "can be read only up to", into.last_position));
  }

private:
  void tell(verify_report& into, position_t position, const std::string& what) {
    if (into.unmet_position != 0)
      return;
    into.unmet_position = position;
    into.doubt_from = fits_ + 1;
    into.unmet = what;
  }

  noted_digests expected_;
  std::size_t next_ = 0;
  position_t fits_ = 0;
};

/// Takes position and time of a segment's last event, if it has one.
result<done> find_end(const segment_file& in, stat_report& report) {
  const auto head = read_head(in);
  if (!head)
    return head.error();
  if (!*head)
    return done{};
  commit_scanner scanner{*in.data, (*head)->bytes, in.size, (*head)->header.digest, commit_scanner::whole_segment};
  for (scanned_commit each;;) {
    auto verified = scanner.next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      return done{};
    report.last_position = std::max(report.last_position, each.last_position());
    report.last_recorded_at = each.events.back().recorded_at;
  }
}

/// A file that goes away meanwhile has none.
result<std::uint64_t> bytes_of_files(const file_system& system, const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  const auto names = system.list(directory);
  if (!names && names.error().code != errc::not_found)
    return names.error();
  for (const auto& name : names ? *names : std::vector<std::string>{}) {
    const auto opened = system.open(directory / name, open_mode::read);
    if (!opened && opened.error().code == errc::not_found)
      continue;
    const auto size = opened ? (*opened)->size() : result<std::uint64_t>{opened.error()};
    if (!size)
      return size.error();
    bytes += *size;
  }
  return bytes;
}

} // namespace

result<verify_report> verify_journal(const std::filesystem::path& data_dir, const verify_options& options, os_files& files) {
  auto evidence = gather_evidence(data_dir, files);
  if (!evidence)
    return evidence.error();
  auto walk = journal_walk::open(data_dir, std::move(*evidence), files);
  if (!walk)
    return walk.error();
  verify_report report;
  expectations expected{options.expected};
  for (scanned_commit each;;) {
    auto verified = (*walk)->next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    ++report.commits;
    report.events += each.events.size();
    expected.take(each, report);
    if (options.progress)
      options.progress((*walk)->verified_bytes(), (*walk)->total_bytes());
  }
  report.segments = (*walk)->segments_begun();
  report.bytes = (*walk)->verified_bytes();
  report.journal_id = (*walk)->journal_id();
  report.last_position = (*walk)->last_position();
  report.last_digest = (*walk)->last_digest();
  report.unfinished_bytes = (*walk)->unfinished_bytes();
  if (const auto& damage = (*walk)->damage()) {
    report.intact = false;
    report.damaged_segment = damage->segment;
    report.damaged_offset = damage->offset;
    report.damaged_position = damage->position;
    report.damage = damage->message;
  }
  expected.end(report);
  return report;
}

result<stat_report> stat_journal(const std::filesystem::path& data_dir, os_files& files) {
  const file_system system{files};
  auto segments = open_segments(files, data_dir / "journal");
  if (!segments && segments.error().code != errc::not_found)
    return segments.error();
  if (!segments || segments->empty())
    return error{errc::not_found,
                 "there is no journal in " + (data_dir / "journal").string() + "; give its data directory with --data"};
  stat_report report;
  report.segments = segments->size();
  for (const auto& each : *segments)
    report.bytes += each.size;
  auto first = read_head(segments->front());
  if (!first)
    return first.error();
  if (*first) {
    report.journal_id = (*first)->header.journal_id;
    report.created_at = (*first)->header.created_at;
  }
  // Only the last segment is walked through: where it ends is written nowhere else. One just begun may have no event yet;
  // the time of the last one is then in the segment before.
  report.last_position = segments->back().first - 1;
  for (auto each = segments->rbegin(); each != segments->rend() && report.last_recorded_at == 0; ++each)
    if (auto walked = find_end(*each, report); !walked)
      return walked.error();
  report.first_position = report.last_position == 0 ? 0 : segments->front().first;
  auto index_bytes = bytes_of_files(system, data_dir / "index");
  if (!index_bytes)
    return index_bytes.error();
  report.index_bytes = *index_bytes;
  return report;
}

} // namespace daybook
