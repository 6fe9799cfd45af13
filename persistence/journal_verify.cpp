#include "daybook/persistence/journal_verify.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/journal_scan.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

constexpr std::size_t scan_block = std::size_t{4} << 20;

struct opened_segment {
  std::string name;
  position_t first = 0;
  std::unique_ptr<file> data;
  /// When it was opened: a running node may write behind it meanwhile.
  std::uint64_t size = 0;
};

result<std::vector<opened_segment>> open_segments(const std::filesystem::path& data_dir, const file_system& files) {
  const auto dir = data_dir / "journal";
  auto names = files.list(dir);
  if (!names)
    return names.error();
  std::vector<opened_segment> segments;
  for (const auto& name : *names) {
    const auto first = segment_first(name);
    if (first == 0)
      continue;
    auto data = files.open(dir / name, open_mode::read);
    if (!data)
      return data.error();
    auto size = (*data)->size();
    if (!size)
      return size.error();
    segments.push_back({name, first, std::move(*data), *size});
  }
  if (segments.empty())
    return error{errc::not_found, "there is no journal in " + dir.string() + "; give its data directory with --data"};
  return segments;
}

result<std::optional<format::segment_header>> read_header(const opened_segment& in, std::uint64_t& bytes) {
  std::string text(format::max_header_bytes, '\0');
  auto got = in.data->read_at(0, text.data(), text.size());
  if (!got)
    return got.error();
  text.resize(*got);
  if (const auto version = format::version_of(text); version && *version != format::version)
    return error{errc::unsupported_format, "segment " + in.name + " has format version " + std::to_string(*version)
                                             + ", this program knows " + std::to_string(format::version)};
  const auto feed = text.find('\n');
  if (feed == std::string::npos)
    return std::optional<format::segment_header>{};
  bytes = feed + 1;
  const auto line = std::string_view{text}.substr(0, feed);
  auto header = format::parse_header(line);
  if (header && !format::header_verifies(*header, line))
    header.reset();
  return header;
}

/// Walks over a whole journal.
class verifier {
public:
  verifier(verify_report& report, const verify_progress& progress, std::uint64_t total)
    : report_(report), progress_(progress), total_(total), digest_(format::first_digest()) {
    // nop
  }

  /// False when it cannot go on behind this segment.
  result<bool> take(const opened_segment& in, bool is_last) {
    std::uint64_t header_bytes = 0;
    auto header = read_header(in, header_bytes);
    if (!header)
      return header.error();
    const auto expected = report_.last_position + 1;
    if (!*header)
      return damaged(in, 0, "its header does not verify");
    if (journal_id_.empty())
      journal_id_ = (*header)->journal_id;
    if ((*header)->journal_id != journal_id_)
      return damaged(in, 0, "it belongs to another journal");
    if (in.first != expected || (*header)->first_position != expected)
      return damaged(in, 0, "it does not begin at the position that follows");
    if ((*header)->previous != digest_)
      return damaged(in, 0, "its digest does not join the segment before it");
    digest_ = (*header)->digest;
    ++report_.segments;
    report_.bytes += header_bytes;
    return scan(in, header_bytes, is_last);
  }

private:
  result<bool> damaged(const opened_segment& in, std::uint64_t offset, const std::string& what) {
    report_.intact = false;
    report_.damaged_segment = in.name;
    report_.damaged_offset = offset;
    report_.damaged_position = report_.last_position + 1;
    report_.damage = what;
    return false;
  }

  result<bool> scan(const opened_segment& in, std::uint64_t from, bool is_last) {
    commit_scanner scanner{*in.data, from, in.size, digest_, scan_block};
    for (scanned_commit each;;) {
      auto verified = scanner.next(each);
      if (!verified)
        return verified.error();
      if (!*verified)
        break;
      if (each.first_position() != report_.last_position + 1)
        return damaged(in, each.offset, "position " + std::to_string(each.first_position()) + " is there instead");
      ++report_.commits;
      report_.events += each.events.size();
      report_.bytes += each.bytes;
      report_.last_position = each.last_position();
      report_.last_digest = view(each.digest);
      digest_ = each.digest;
      if (progress_)
        progress_(report_.bytes, total_);
    }
    if (scanner.problem().empty())
      return true;
    auto later = is_last ? later_evidence(*in.data, scanner.offset(), in.size, digest_, report_.last_position + 1)
                         : result<position_t>{position_t{1}};
    if (!later)
      return later.error();
    if (*later != 0)
      return damaged(in, scanner.offset(), scanner.problem());
    report_.unfinished_bytes = in.size - scanner.offset();
    return true;
  }

  verify_report& report_;
  const verify_progress& progress_;
  std::uint64_t total_;
  digest_text digest_;
  std::string journal_id_;
};

/// Takes position and time of a segment's last event, if it has one.
result<done> find_end(const opened_segment& in, stat_report& report) {
  std::uint64_t header_bytes = 0;
  const auto header = read_header(in, header_bytes);
  if (!header || !*header)
    return done{};
  commit_scanner scanner{*in.data, header_bytes, in.size, (*header)->digest, scan_block};
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

} // namespace

result<verify_report> verify_journal(const std::filesystem::path& data_dir, const verify_progress& progress,
                                     os_files& files) {
  auto segments = open_segments(data_dir, file_system{files});
  if (!segments)
    return segments.error();
  std::uint64_t total = 0;
  for (const auto& each : *segments)
    total += each.size;
  verify_report report;
  verifier walk{report, progress, total};
  for (const auto& each : *segments) {
    auto goes_on = walk.take(each, &each == &segments->back());
    if (!goes_on)
      return goes_on.error();
    if (!*goes_on)
      break;
  }
  return report;
}

result<stat_report> stat_journal(const std::filesystem::path& data_dir) {
  const file_system files{posix_files()};
  auto segments = open_segments(data_dir, files);
  if (!segments)
    return segments.error();
  stat_report report;
  report.segments = segments->size();
  for (const auto& each : *segments)
    report.bytes += each.size;
  std::uint64_t header_bytes = 0;
  auto first = read_header(segments->front(), header_bytes);
  if (!first)
    return first.error();
  if (*first) {
    report.journal_id = (*first)->journal_id;
    report.created_at = (*first)->created_at;
  }
  report.first_position = segments->front().first;
  // Only the last segment is walked through: where it ends is written nowhere else. One just begun may have no event yet;
  // the time of the last one is then in the segment before.
  report.last_position = segments->back().first - 1;
  for (auto each = segments->rbegin(); each != segments->rend() && report.last_recorded_at == 0; ++each)
    if (auto walked = find_end(*each, report); !walked)
      return walked.error();
  if (auto names = files.list(data_dir / "index"))
    for (const auto& name : *names)
      if (auto index = files.open(data_dir / "index" / name, open_mode::read))
        if (auto size = (*index)->size())
          report.index_bytes += *size;
  return report;
}

} // namespace daybook
