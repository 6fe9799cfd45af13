#include "daybook/persistence/journal_import.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/persistence/journal_staging.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

constexpr std::size_t write_block = std::size_t{1} << 20;

/// Writes the segments of a new journal. Nothing is synced before a segment ends: nobody is told of anything before all is.
class segment_writer {
public:
  segment_writer(const file_system& files, std::filesystem::path dir, const import_options& options) :
      files_(files), dir_(std::move(dir)), options_(options), journal_id_(make_uuid_v7(options.now)),
      limit_(std::min(options.segment_bytes, max_segment_bytes / 2)), digest_(format::first_digest()) {
    // nop
  }

  result<done> add(const commit& made, position_t first, time_us recorded_at) {
    if (!out_ || written_ + block_.size() >= limit_)
      if (auto begun = begin(first); !begun)
        return begun;
    format::append_commit(block_, made, {first, made.expected_version + 1, recorded_at, first}, hash_, digest_);
    return block_.size() < write_block ? result<done>{done{}} : write();
  }

  /// Returns when everything is on the device, read back and verified.
  result<done> finish() {
    if (auto ended = end(); !ended)
      return ended;
    segment_place place{journal_id_, 1, format::first_digest()};
    for (const auto first : segments_) {
      const auto name = segment_name(first);
      auto opened = files_.open(dir_ / name, open_mode::read);
      if (!opened)
        return opened.error();
      auto size = (*opened)->size();
      if (!size)
        return size.error();
      auto found = scan_segment({name, first, std::move(*opened), *size}, place);
      if (!found)
        return found.error();
      if (!found->problem.empty())
        return error{errc::storage_failed, fmt::format("{} is not read back as it was written: {}", name, found->problem)};
      place = {journal_id_, found->last_position + 1, found->digest};
    }
    return place.previous == digest_ ? result<done>{done{}}
                                     : error{errc::storage_failed, "what was written is not read back as it was written"};
  }

  const std::string& journal_id() const noexcept { return journal_id_; }
  std::string digest() const { return std::string{view(digest_)}; }
  std::uint64_t segments() const noexcept { return segments_.size(); }

private:
  result<done> begin(position_t first) {
    if (auto ended = end(); !ended)
      return ended;
    format::segment_header header;
    header.journal_id = journal_id_;
    header.first_position = first;
    header.created_at = options_.now;
    header.previous = digest_;
    block_ = format::encode_header(header);
    digest_ = header.digest;
    auto made = files_.open(dir_ / segment_name(first), open_mode::create);
    if (!made)
      return made.error();
    out_ = std::move(*made);
    written_ = 0;
    segments_.push_back(first);
    return done{};
  }

  result<done> write() {
    auto written = out_->write_at(written_, block_);
    written_ += block_.size();
    block_.clear();
    return written;
  }

  result<done> end() {
    if (!out_)
      return done{};
    if (auto written = write(); !written)
      return written;
    return out_->sync();
  }

  const file_system& files_;
  std::filesystem::path dir_;
  const import_options& options_;
  std::string journal_id_;
  std::uint64_t limit_;
  digest_text digest_;
  sha256 hash_;
  std::unique_ptr<file> out_;
  std::uint64_t written_ = 0;
  std::string block_;
  std::vector<position_t> segments_;
};

/// Puts commits together from an export's lines and lets nothing pass that does not follow.
class export_reader {
public:
  export_reader(input_file& from, segment_writer& to, import_report& report) : from_(from), to_(to), report_(report) {
    hash_.start();
  }

  result<done> read(const byte_progress& progress) {
    for (std::string line;;) {
      auto more = from_.next_line(line);
      if (!more)
        return more.error();
      if (!*more)
        return wrong("the export has no end: it was cut, or its making was interrupted");
      ++number_;
      if (auto end = parse_export_end(line))
        return finish(*end);
      if (auto taken = take(line); !taken)
        return taken;
      hash_.add(line).add("\n");
      if (progress)
        progress(from_.consumed_bytes(), from_.total_bytes());
    }
  }

private:
  error wrong(const std::string& what) const {
    return {errc::unreadable_request, fmt::format("line {}: {}; nothing was imported", number_, what)};
  }

  result<done> take(const std::string& text) {
    const auto line = parse_export_line(text);
    if (!line)
      return wrong("this is no line of a journal's export");
    const auto& event = line->event;
    if (event.position != next_)
      return wrong(fmt::format("position {} is expected, {} is there", next_, event.position));
    if (line->commit == next_) {
      if (auto written = write(); !written)
        return written;
      if (auto begun = begin(event); !begun)
        return begun;
    } else if (commit_.events.empty() || line->commit != first_) {
      return wrong(fmt::format("commit {} is not where it begins", line->commit));
    } else if (event.stream != commit_.stream || event.recorded_at != recorded_at_ || event.command_id != commit_.command_id ||
               event.command_hash != commit_.command_hash || event.correlation_id != commit_.correlation_id ||
               event.causation_id != commit_.causation_id) {
      return wrong(fmt::format("it is not of one commit with position {}", first_));
    }
    if (event.version != version_ + 1)
      return wrong(fmt::format("version {} of {} is expected, {} is there", version_ + 1, event.stream, event.version));
    commit_.events.push_back({std::string{event.type}, std::string{event.data}, event.open});
    version_ = event.version;
    ++next_;
    return done{};
  }

  result<done> begin(const format::event_line& event) {
    if (event.recorded_at < recorded_at_)
      return wrong("its time is before that of the event before it");
    first_ = next_;
    recorded_at_ = event.recorded_at;
    commit_ = {};
    commit_.stream = event.stream;
    commit_.command_id = event.command_id;
    commit_.correlation_id = event.correlation_id;
    commit_.causation_id = event.causation_id;
    commit_.command_hash = event.command_hash;
    const auto head = heads_.find(salted_hash(event.stream));
    commit_.expected_version = version_ = head ? head->version : 0;
    return done{};
  }

  /// Names that were chosen for their common hash have different ones behind something that nobody knew then.
  std::uint64_t salted_hash(std::string_view stream) const { return stream_hash(to_.journal_id() + std::string{stream}); }

  /// The commit that was gathered.
  result<done> write() {
    if (commit_.events.empty())
      return done{};
    if (auto legal = format::check(commit_); !legal)
      return wrong("the commit before it cannot be kept: " + legal.error().message);
    heads_.put(salted_hash(commit_.stream), {next_ - 1, version_, false});
    ++report_.commits;
    report_.events += commit_.events.size();
    return to_.add(commit_, first_, recorded_at_);
  }

  result<done> finish(const export_end& end) {
    if (auto written = write(); !written)
      return written;
    if (end.events != report_.events || end.first_position != 1 || end.last_position != next_ - 1)
      return wrong(fmt::format("the export says that it has {} events from position {} to {}, but {} from 1 to {} were read",
                               end.events, end.first_position, end.last_position, report_.events, next_ - 1));
    if (end.sha256 != to_hex(hash_.finish()))
      return wrong("the lines before it are not those that were exported: their SHA-256 is another");
    std::string rest;
    auto more = from_.next_line(rest);
    if (!more)
      return more.error();
    ++number_;
    if (*more)
      return wrong("there is something behind the export's end");
    report_.source_journal_id = end.journal_id;
    report_.last_position = end.last_position;
    return done{};
  }

  input_file& from_;
  segment_writer& to_;
  import_report& report_;
  sha256 hash_;
  std::uint64_t number_ = 0;
  position_t next_ = 1;
  /// Of the commit that is being gathered.
  commit commit_;
  position_t first_ = 0;
  time_us recorded_at_ = 0;
  version_t version_ = 0;
  stream_heads heads_;
};

result<import_report> import_into(const journal_staging& place, input_file& from, const import_options& options,
                                  os_files& system) {
  const file_system files{system};
  import_report report;
  segment_writer writer{files, place.dir(), options};
  if (auto read = export_reader{from, writer, report}.read(options.progress); !read)
    return read.error();
  if (auto finished = writer.finish(); !finished)
    return finished.error();
  report.journal_id = writer.journal_id();
  report.last_digest = writer.digest();
  report.segments = writer.segments();
  report.was_interrupted = place.was_interrupted();
  return report;
}

} // namespace

result<import_report> import_journal(input_file& from, const std::filesystem::path& data_dir, const import_options& options,
                                     os_files& files) {
  auto place = journal_staging::begin(data_dir, files);
  if (!place)
    return place.error();
  auto report = import_into(*place, from, options, files);
  if (!report) {
    place->give_up();
    return report.error();
  }
  if (auto published = place->publish(); !published)
    return published.error();
  return report;
}

} // namespace daybook
