#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/segment_file.hpp"

namespace daybook {

namespace format = journal_format;

std::string segment_name(position_t first) {
  return fmt::format("{:020}.jsonl", first);
}

position_t segment_first(const std::string& name) {
  if (name.size() != 26 || name.substr(20) != ".jsonl")
    return 0;
  position_t first = 0;
  for (const char c : name.substr(0, 20)) {
    if (c < '0' || c > '9')
      return 0;
    first = first * 10 + static_cast<position_t>(c - '0');
  }
  return first;
}

std::string describe(const recovery_report& report) {
  auto text = fmt::format("{} segment{} up to position {}, after {}, {} commits with {} bytes read and verified, {} indexes "
                          "made anew, {} ms",
                          report.segments, report.segments == 1 ? "" : "s", report.last_position,
                          report.was_clean ? "a clean stop" : "a stop without a farewell", report.scanned_commits,
                          report.scanned_bytes, report.rebuilt_indexes, report.duration_us / 1000);
  if (report.cut_bytes > 0)
    text += fmt::format("; a tail of {} bytes that was never acknowledged was cut from {} at byte {} and kept in {}",
                        report.cut_bytes, report.cut_segment, report.cut_offset, report.cut_kept_in);
  return text;
}

error file_journal::damage(const segment& in, std::uint64_t offset, position_t expected, const std::string& what) {
  const auto where = expected == 0 ? std::string{} : fmt::format(", position {}", expected);
  return {errc::journal_damaged, fmt::format("the journal is damaged in segment {} at byte {}{}: {}; nothing was changed; "
                                             "restore the segment from a copy, or run: daybook journal verify",
                                             in.name, offset, where, what)};
}

result<std::unique_ptr<file_journal>> file_journal::open(const std::filesystem::path& data_dir,
                                                         file_journal_options options, time_us now, os_files& files) {
  const auto begun = std::chrono::steady_clock::now();
  options.segment_bytes = std::min(options.segment_bytes, max_segment_bytes / 2);
  std::unique_ptr<file_journal> books{new file_journal{data_dir, options, files}};
  // What was not understood must not be written over: until it is, no index and no farewell.
  books->is_closed_ = true;
  if (auto recovered = books->recover(now); !recovered)
    return recovered.error();
  books->is_closed_ = false;
  books->mark_ = durable_mark::open(books->files_, books->index_dir_ / "durable");
  books->mark_durable();
  // What a start has read need not stay open: first it counts as read, then as read long ago.
  books->sealed_.close_unread();
  books->sealed_.close_unread();
  const auto passed = std::chrono::steady_clock::now() - begun;
  books->recovery_.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
  return books;
}

result<done> file_journal::recover(time_us now) {
  if (auto made = files_.make_directories(journal_dir_); !made)
    return made;
  auto lock = files_.lock(journal_dir_ / "lock");
  if (!lock)
    return lock.error();
  lock_ = std::move(*lock);
  if (auto made = files_.make_directory(index_dir_); !made)
    return made;
  const auto reserved = reserve_.take(0);
  is_full_ = !reserved && reserved.error().code == errc::disk_full;
  if (options_.ask_view)
    viewed_ = options_.ask_view();
  const auto mark = durable_mark::read(files_, index_dir_ / "durable");
  if (!mark)
    return mark.error();
  auto names = list_segments();
  if (!names)
    return names.error();
  digest_ = format::first_digest();
  if (names->empty()) {
    auto none_lost = check_none_lost(0, *mark);
    return none_lost ? create_first(now) : none_lost;
  }
  std::vector<found_segment> found;
  for (const auto& name : *names) {
    auto each = open_segment(name, name == names->back());
    if (!each)
      return each.error();
    found.push_back(std::move(*each));
  }
  if (auto none_lost = check_none_lost(found.back().in->first, *mark); !none_lost)
    return none_lost;
  if (*mark && (*mark)->journal_id == journal_id_)
    marked_ = journal_witness{(*mark)->position, std::string{view((*mark)->digest)}};
  // The heads of a clean stop serve when every index does; else they are made from the indexes, in order.
  const bool all_fit = std::all_of(found.begin(), found.end(), [](const auto& each) { return each.index.has_value(); });
  auto heads = all_fit ? read_heads(files_, index_dir_ / "heads", found.back().index->last_digest) : std::nullopt;
  const bool has_heads = heads.has_value();
  if (has_heads)
    heads_ = std::move(*heads);
  recovery_.was_clean = has_heads && found.back().index->segment_bytes == found.back().size;
  for (auto& each : found)
    if (auto taken = take_segment(each, &each == &found.back(), has_heads); !taken)
      return taken;
  recovery_.segments = segments_.size();
  recovery_.last_position = last_position_;
  return done{};
}

result<std::vector<std::string>> file_journal::list_segments() {
  auto names = files_.list(journal_dir_);
  if (!names)
    return names.error();
  std::vector<std::string> segments;
  for (const auto& name : *names) {
    if (segment_first(name) != 0) {
      segments.push_back(name);
    } else if (name.size() > 4 && name.compare(name.size() - 4, 4, ".new") == 0) {
      // A segment whose making a crash interrupted: no event is in it.
      if (auto removed = files_.remove(journal_dir_ / name); !removed)
        return removed.error();
    }
  }
  return segments;
}

/// An index file is made after its segment: one of this journal behind the last segment proves that segments are gone. So
/// does, where there is no segment at all, whoever remembers an event.
result<done> file_journal::check_none_lost(position_t last_first, const std::optional<durable_end>& mark) {
  if (last_first == 0 && ((mark && mark->position > 0) || (viewed_ && viewed_->position > 0)))
    return error{errc::journal_damaged,
                 fmt::format("there is no segment in {}, and {} remembers one with position {}; nothing was changed; restore "
                             "the journal from a copy, or remove the index and view directories to begin a new one",
                             journal_dir_.string(), mark ? "the durable mark" : "the view",
                             mark ? mark->position : viewed_->position)};
  auto names = files_.list(index_dir_);
  if (!names)
    return names.error();
  for (const auto& name : *names) {
    const bool is_index = name.size() == 24 && name.substr(20) == ".idx";
    const auto first = is_index ? segment_first(name.substr(0, 20) + ".jsonl") : 0;
    if (first <= last_first)
      continue;
    const auto index = read_index(files_, index_dir_ / name, 0);
    if (index && (journal_id_.empty() || index->journal_id == journal_id_))
      return error{errc::journal_damaged,
                   fmt::format("segment {} is missing in {}, its index is there; nothing was changed; restore it from a "
                               "copy, or remove the index directory to go on without it",
                               segment_name(first), journal_dir_.string())};
  }
  return done{};
}

result<done> file_journal::create_first(time_us now) {
  journal_id_ = options_.make_id(now);
  format::segment_header header;
  header.journal_id = journal_id_;
  header.created_at = now;
  header.previous = digest_;
  const auto line = format::encode_header(header);
  auto made = create_segment_file(1, line);
  if (!made)
    return made.error();
  auto first = std::make_shared<segment>();
  first->name = segment_name(1);
  first->data = std::move(*made);
  first->bytes = line.size();
  digest_ = header.digest;
  segments_.push_back(std::move(first));
  recovery_.segments = 1;
  recovery_.was_clean = true;
  return done{};
}

// -- one segment ---------------------------------------------------------------------------------------------------------

result<file_journal::found_segment> file_journal::open_segment(const std::string& name, bool is_last) {
  found_segment found;
  found.in = std::make_shared<segment>();
  found.in->name = name;
  found.in->first = segment_first(name);
  if (is_last) {
    auto data = files_.open(journal_dir_ / name, open_mode::write);
    if (!data)
      return data.error();
    found.in->data = std::move(*data);
  } else {
    found.in->data = sealed_.at(journal_dir_ / name);
  }
  auto size = found.in->data->size();
  if (!size)
    return size.error();
  auto end = is_last ? end_of_text(*found.in->data, *size) : size;
  if (!end)
    return end.error();
  found.size = *end;
  if (auto checked = check_header(found); !checked)
    return checked.error();
  // More entries than a segment of that size can have events say that it was longer.
  auto index = read_index(files_, index_path(found.in->first), found.size / format::min_event_bytes);
  if (!index || index->journal_id != journal_id_ || index->first_position != found.in->first
      || index->segment_bytes < found.header_bytes)
    return found;
  if (is_bound(*index, *found.in, found.size, is_last))
    found.index = std::move(index);
  else if (index->count > 0)
    found.indexed = journal_witness{found.in->first + index->count - 1, std::string{view(index->last_digest)}};
  return found;
}

/// Takes what the header says, if it is one of this journal and of this format.
result<done> file_journal::check_header(found_segment& found) {
  const auto& in = *found.in;
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(found.size, format::max_header_bytes)), '\0');
  auto got = in.data->read_at(0, bytes.data(), bytes.size());
  if (!got)
    return got.error();
  bytes.resize(*got);
  if (const auto version = format::version_of(bytes); version && *version != format::version)
    return error{errc::unsupported_format, fmt::format("segment {} has format version {}, this program knows {}; use the "
                                                       "version of daybook that wrote it, or a newer one",
                                                       in.name, *version, format::version)};
  const auto feed = bytes.find('\n');
  const auto line = std::string_view{bytes}.substr(0, feed);
  const auto header = feed == std::string::npos ? std::nullopt : format::parse_header(line);
  if (!header || !format::header_verifies(*header, line))
    return damage(in, 0, in.first, "its header does not verify");
  if (header->first_position != in.first)
    return damage(in, 0, in.first, fmt::format("its header says that it begins at position {}", header->first_position));
  if (journal_id_.empty())
    journal_id_ = header->journal_id;
  if (header->journal_id != journal_id_)
    return damage(in, 0, in.first, fmt::format("it belongs to journal {}, not to {}", header->journal_id, journal_id_));
  found.header_bytes = feed + 1;
  found.previous = header->previous;
  return done{};
}

/// Whether an index speaks of these very bytes: all of them, or, of the last segment, those up to its end.
bool file_journal::is_bound(const segment_index& index, const segment& in, std::uint64_t size, bool is_last) const {
  if (index.entries.size() != index.count)
    return false;
  if (index.segment_bytes > size || (!is_last && index.segment_bytes != size))
    return false;
  const auto digest = digest_before(*in.data, index.segment_bytes);
  return digest && *digest == index.last_digest;
}

/// The segment goes on where the one before ended.
result<done> file_journal::check_place(const found_segment& found) const {
  const auto& in = *found.in;
  if (in.first != last_position_ + 1)
    return damage(in, 0, last_position_ + 1,
                  in.first > last_position_ + 1
                    ? fmt::format("positions {} to {} are missing", last_position_ + 1, in.first - 1)
                    : fmt::format("it repeats positions from {} on", in.first));
  if (found.previous != digest_)
    return damage(in, 0, in.first, "it does not follow the segment before it: their digests do not join");
  return done{};
}

result<done> file_journal::take_segment(found_segment& found, bool is_last, bool has_heads) {
  auto& in = *found.in;
  if (auto placed = check_place(found); !placed)
    return placed;
  segments_.push_back(found.in);
  auto from = found.header_bytes;
  auto previous = digest_before(*in.data, from);
  if (!previous)
    return previous.error();
  digest_ = *previous;
  in.bytes = from;
  if (found.index) {
    if (!has_heads)
      take_entries(found);
    from = found.index->segment_bytes;
    digest_ = found.index->last_digest;
    if (!found.index->entries.empty())
      last_digest_ = digest_;
    last_recorded_at_ = found.index->last_recorded_at;
    in.count = found.index->entries.size();
    in.bytes = from;
    last_position_ = in.last();
    if (is_last)
      in.entries = std::move(found.index->entries);
    else
      in.index = sealed_.at(index_path(in.first));
    found.index.reset();
  } else {
    ++recovery_.rebuilt_indexes;
  }
  if (auto scanned = scan_rest(found, from, is_last); !scanned)
    return scanned;
  if (is_last)
    return in.count == 0 && !recovery_.was_clean ? make_again(in) : done{};
  // Without room for its index the entries stay in memory: whoever has a full disk may still read.
  if (auto sealed = in.index ? nullptr : seal(in))
    found.in = segments_.back() = std::move(sealed);
  return done{};
}

/// A segment without a commit may be one whose header, or whose name, a failed sync lost: the kernel shows them, and would say
/// success over them. Nobody relies on it yet, so it is made once more, and what is written into it is under a durable name.
result<done> file_journal::make_again(segment& in) {
  std::string header(static_cast<std::size_t>(in.bytes.load()), '\0');
  auto got = in.data->read_at(0, header.data(), header.size());
  if (!got)
    return got.error();
  auto made = create_segment_file(in.first, header);
  if (made) {
    const std::unique_lock guard{mutex_};
    in.data = std::move(*made);
    is_unsure_ = false;
    return done{};
  }
  // A full device is not in the way of a start: it waits until there is room, as all that is written does.
  is_unsure_ = !has_failed_ && made.error().code == errc::disk_full;
  return is_unsure_ ? result<done>{done{}} : made.error();
}

/// Heads as they were after the entries, counted up in order.
void file_journal::take_entries(const found_segment& found) {
  auto position = found.in->first;
  for (const auto& each : found.index->entries) {
    const auto head = heads_.find(each.hash);
    const bool is_shared = each.shares_hash() || (head && head->is_shared());
    heads_.put(each.hash, {position++, is_shared ? shared_hash : (head ? head->version : 0) + 1, each.open()});
  }
}

} // namespace daybook
