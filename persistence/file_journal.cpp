#include "daybook/persistence/file_journal.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

#include "daybook/persistence/file_journal_segment.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

/// Memory that is kept from one batch to the next; larger batches are rare.
constexpr std::size_t spare_bytes_max = std::size_t{8} << 20;

/// Room that must be free, besides the reserve and what is to be written, before a full device is written to again: for a
/// segment's header, for the index, for the view.
constexpr std::uint64_t room_besides = std::uint64_t{256} << 10;

/// Files of sealed segments that stay open, two a segment: far fewer than the 1,024 that many shells allow, for a host has
/// files of its own.
constexpr std::size_t most_sealed_open = 128;

/// The last event takes its texts over, those before it get copies.
recorded_commit to_recorded(commit&& wanted, const format::placement& place) {
  if (wanted.correlation_id.empty())
    wanted.correlation_id = wanted.command_id;
  if (wanted.causation_id.empty())
    wanted.causation_id = wanted.command_id;
  recorded_commit recorded;
  recorded.events.resize(wanted.events.size());
  for (std::size_t i = 0; i < wanted.events.size(); ++i) {
    auto& event = recorded.events[i];
    const auto take = [is_last = i + 1 == wanted.events.size()](std::string& text) {
      return is_last ? std::move(text) : text;
    };
    event.position = place.first_position + i;
    event.stream = take(wanted.stream);
    event.version = place.first_version + static_cast<version_t>(i);
    event.type = std::move(wanted.events[i].type);
    event.recorded_at = place.recorded_at;
    event.command_id = take(wanted.command_id);
    event.correlation_id = take(wanted.correlation_id);
    event.causation_id = take(wanted.causation_id);
    event.command_hash = wanted.command_hash;
    event.open = wanted.events[i].open;
    event.data = std::move(wanted.events[i].data);
  }
  return recorded;
}

error no_room(const std::string& cause) {
  return {errc::disk_full, "there is no room for more events; free some, the journal goes on by itself: " + cause};
}

} // namespace

/// A stream's name with its hash, which is needed anyway; the name as well, as two may have one hash.
struct file_journal::stream_key {
  struct hasher {
    std::size_t operator()(const stream_key& key) const noexcept { return static_cast<std::size_t>(key.hash); }
  };

  std::uint64_t hash;
  std::string_view name;

  friend bool operator==(const stream_key& lhs, const stream_key& rhs) noexcept { return lhs.name == rhs.name; }
};

/// A batch on its way to the disk.
struct file_journal::draft {
  struct event {
    std::uint64_t hash;
    std::uint64_t offset;
    version_t version;
    bool open;
  };
  std::string bytes;
  std::vector<result<recorded_commit>> outcomes;
  std::vector<event> events;
  /// Versions of streams that the batch has changed. The names are those of the events in `outcomes`.
  std::unordered_map<stream_key, version_t, stream_key::hasher> versions;
  digest_text digest{};
  position_t next = 1;
  time_us recorded_at = 0;
};

file_journal::file_journal(const std::filesystem::path& data_dir, file_journal_options options, os_files& files) :
    files_(files), sealed_(files, most_sealed_open), options_(std::move(options)), journal_dir_(data_dir / "journal"),
    index_dir_(data_dir / "index"), reserve_(files_, data_dir / "reserve", options_.reserve_bytes) {
  // nop
}

file_journal::~file_journal() {
  // Whoever wants to know what became of it calls close.
  try {
    [[maybe_unused]] const auto closed = close();
  } catch (const std::bad_alloc&) {
    // An index that there was no memory for is made by the next start.
  }
}

std::filesystem::path file_journal::index_path(position_t first) const {
  return index_dir_ / (segment_name(first).substr(0, 20) + ".idx");
}

// -- appending -----------------------------------------------------------------------------------------------------------

/// Whatever needs memory happens before the first byte is written: behind it nothing may fail but the disk.
std::vector<result<recorded_commit>> file_journal::append(std::vector<commit> batch, time_us now) {
  draft what;
  const auto fail_all = [&](const error& cause) {
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (i >= what.outcomes.size())
        what.outcomes.emplace_back(cause);
      else if (what.outcomes[i])
        what.outcomes[i] = cause;
    return std::move(what.outcomes);
  };
  if (has_failed_)
    return fail_all({errc::storage_failed, failure_});
  if (is_closed_)
    return fail_all({errc::shutting_down, "the journal is closed"});
  if (auto room = find_room(batch); !room)
    return fail_all(room.error());
  if (is_unsure_)
    if (auto made = make_again(*segments_.back()); !made || is_unsure_)
      return fail_all(made ? no_room("for a new segment") : fail_for_good(made.error()));
  if (segments_.back()->bytes >= options_.segment_bytes && segments_.back()->count > 0)
    if (auto begun = begin_segment(now); !begun)
      return fail_all(begun.error());
  what.bytes = std::exchange(spare_bytes_, {});
  what.bytes.clear();
  assemble(batch, now, what);
  if (what.bytes.empty())
    return std::move(what.outcomes);
  make_room(what);
  if (auto written = write(what); !written)
    return fail_all(written.error());
  publish(what);
  if (what.bytes.capacity() <= spare_bytes_max)
    spare_bytes_ = std::move(what.bytes);
  return std::move(what.outcomes);
}

/// On a device that was full: whether there is room again, for the reserve and for the batch besides.
result<done> file_journal::find_room(const std::vector<commit>& batch) {
  if (!is_full_)
    return done{};
  std::uint64_t wanted = room_besides;
  for (const auto& each : batch)
    for (const auto& event : each.events)
      wanted += event.data.size() + format::max_envelope_bytes;
  if (auto taken = reserve_.take(wanted); !taken && taken.error().code == errc::disk_full)
    return no_room(taken.error().message);
  is_full_ = false;
  return done{};
}

bool file_journal::give_up_reserve() {
  const bool was_held = !std::exchange(is_full_, true);
  reserve_.give_up();
  give_room_back();
  return was_held;
}

/// Takes what is recorded out of the batch.
void file_journal::assemble(std::vector<commit>& batch, time_us now, draft& into) {
  into.outcomes.reserve(batch.size());
  into.versions.reserve(batch.size());
  into.digest = digest_;
  into.next = last_position_ + 1;
  into.recorded_at = std::max(now, last_recorded_at_);
  const auto begin = into.next;
  const auto offset = segments_.back()->bytes.load();
  for (auto& wanted : batch) {
    if (auto legal = format::check(wanted); !legal) {
      into.outcomes.emplace_back(legal.error());
      continue;
    }
    const stream_key stream{stream_hash(wanted.stream), wanted.stream};
    if (!version_fits(stream, wanted.expected_version, into)) {
      into.outcomes.emplace_back(error{errc::version_conflict, "stream " + wanted.stream + " is not at version "
                                                                 + std::to_string(wanted.expected_version)});
      continue;
    }
    const auto at = offset + into.bytes.size();
    if (at >= max_segment_bytes) {
      into.outcomes.emplace_back(error{errc::overloaded, "the batch is too large for one segment; send it again"});
      continue;
    }
    const format::placement place{into.next, wanted.expected_version + 1, into.recorded_at, begin};
    format::append_commit(into.bytes, wanted, place, hash_, into.digest);
    auto version = wanted.expected_version;
    for (const auto& each : wanted.events)
      into.events.push_back({stream.hash, at, ++version, each.open});
    auto recorded = to_recorded(std::move(wanted), place);
    recorded.digest = view(into.digest);
    into.next += recorded.events.size();
    into.versions[{stream.hash, recorded.events.front().stream}] = version;
    into.outcomes.emplace_back(std::move(recorded));
  }
}

bool file_journal::version_fits(const stream_key& stream, version_t expected, const draft& so_far) const {
  if (const auto changed = so_far.versions.find(stream); changed != so_far.versions.end())
    return changed->second == expected;
  const auto head = heads_.find(stream.hash);
  if ((head ? head->version : 0) == expected)
    return true;
  // One stream alone has the hash: this one, or another one, and then this one begins.
  if (!head || (!head->is_shared() && expected > 0))
    return false;
  const auto events = read_stream(stream.name);
  return events && events->size() == expected;
}

/// The only place that makes events durable: one write, one sync, before anybody hears of them.
result<done> file_journal::write(const draft& what) {
  auto& last = *segments_.back();
  const auto end = last.bytes.load();
  // Until it is known to have gone well, also when there is no memory for the words.
  has_failed_ = true;
  auto written = last.data->write_at(end, what.bytes);
  const bool is_full = !written && written.error().code == errc::disk_full;
  if (!written && !is_full)
    return fail_for_good(written.error());
  if (is_full) {
    // Cut with the rest of the batch.
    preallocated_ = 0;
    give_up_reserve();
    if (auto cut = last.data->truncate(end); !cut)
      return fail_for_good(cut.error());
  } else if (auto filled = preallocate(end + what.bytes.size(), what.bytes.size()); !filled) {
    return fail_for_good(filled.error());
  }
  if (auto synced = last.data->sync(); !synced)
    return fail_for_good(synced.error());
  has_failed_ = false;
  return written;
}

/// After a failed write or sync nobody knows what the disk holds, and asking the kernel again may be answered with a
/// success over lost data: only a new start reads the truth.
error file_journal::fail_for_good(const error& cause) {
  has_failed_ = true;
  failure_ = "a write to the journal failed, so whether the last commands were stored is unknown and nothing more is written; "
             "mend the cause and start again, then repeat what had no answer: " + cause.message;
  return {errc::storage_failed, failure_};
}

/// Makes `publish` need no memory.
void file_journal::make_room(const draft& what) {
  const std::unique_lock guard{mutex_};
  auto& entries = segments_.back()->entries;
  if (const auto needed = entries.size() + what.events.size(); needed > entries.capacity())
    entries.reserve(std::max(needed, entries.capacity() * 2));
  heads_.reserve_for(what.events);
}

void file_journal::publish(const draft& what) noexcept {
  {
    // All of it under the lock: readers see an event in the index, the position and the file at once, or not at all.
    const std::unique_lock guard{mutex_};
    for (const auto& each : what.events)
      add_entry(each.hash, each.offset, each.version, each.open);
    segments_.back()->bytes += what.bytes.size();
    digest_ = last_digest_ = what.digest;
    last_recorded_at_ = what.recorded_at;
    last_position_ = what.next - 1;
  }
  mark_durable();
}

void file_journal::mark_durable() noexcept {
  if (last_position_ > 0)
    mark_.put(journal_id_, last_position_, last_digest_);
}

/// Requires the lock, or that nobody else knows the journal yet.
void file_journal::add_entry(std::uint64_t hash, std::uint64_t offset, version_t version, bool open) {
  auto& last = *segments_.back();
  const auto position = last.first + last.count;
  const auto head = heads_.find(hash);
  const auto distance = head ? position - head->position : 0;
  const bool begins_beside = head && version == 1;
  index_entry entry;
  entry.hash = hash;
  entry.place = static_cast<std::uint32_t>(offset) | (open ? 0x80000000u : 0u);
  entry.back = static_cast<std::uint32_t>(std::min<position_t>(distance, far_back)) | (begins_beside ? 0x80000000u : 0u);
  last.entries.push_back(entry);
  ++last.count;
  heads_.put(hash, {position, begins_beside || (head && head->is_shared()) ? shared_hash : version, open});
}

// -- segments ------------------------------------------------------------------------------------------------------------

/// Under another name until its header is on the disk, so that a segment is never seen without one. When a sync has failed
/// writing has ended (`has_failed_`); want of room before it leaves things as they were.
result<std::unique_ptr<file>> file_journal::create_segment_file(position_t first, const std::string& header) {
  const auto name = segment_name(first);
  const auto fresh = journal_dir_ / (name + ".new");
  const auto refuse = [&](const error& cause) {
    if (cause.code == errc::disk_full)
      give_up_reserve();
    return cause;
  };
  auto made = files_.open(fresh, open_mode::create);
  if (!made)
    return refuse(made.error());
  if (auto written = (*made)->write_at(0, header); !written)
    return refuse(written.error());
  has_failed_ = true;
  if (auto synced = (*made)->sync(); !synced)
    return synced.error();
  has_failed_ = false;
  if (auto renamed = files_.rename(fresh, journal_dir_ / name); !renamed)
    return refuse(renamed.error());
  has_failed_ = true;
  if (auto synced = files_.sync_directory(journal_dir_); !synced)
    return synced.error();
  has_failed_ = false;
  return made;
}

/// The segment as it is read from now on; nothing when its index could not be written. An index can be made again: without it
/// the segment only stays in memory, and open, until the next start.
std::shared_ptr<file_journal::segment> file_journal::seal(const segment& old) const {
  const index_binding bound_to{journal_id_, old.first, old.bytes, last_recorded_at_, digest_};
  if (!write_index(files_, index_path(old.first), bound_to, old.entries))
    return nullptr;
  auto sealed = std::make_shared<segment>();
  sealed->name = old.name;
  sealed->first = old.first;
  sealed->data = sealed_.at(journal_dir_ / old.name);
  sealed->index = sealed_.at(index_path(old.first));
  sealed->bytes = old.bytes.load();
  sealed->count = old.count.load();
  return sealed;
}

result<done> file_journal::begin_segment(time_us now) {
  format::segment_header header;
  header.journal_id = journal_id_;
  header.first_position = last_position_ + 1;
  header.created_at = std::max(now, last_recorded_at_);
  header.previous = digest_;
  const auto line = format::encode_header(header);
  auto fresh = std::make_shared<segment>();
  fresh->name = segment_name(header.first_position);
  fresh->first = header.first_position;
  fresh->bytes = line.size();
  auto made = create_segment_file(header.first_position, line);
  if (!made)
    return has_failed_ || made.error().code != errc::disk_full ? fail_for_good(made.error()) : made.error();
  fresh->data = std::move(*made);
  // Closed and freed without the lock, if nobody reads it.
  auto old = segments_.back();
  auto sealed = seal(*old);
  // Of the sealed ones only those stay open that were read since this happened before.
  sealed_.close_unread();
  const std::unique_lock guard{mutex_};
  segments_.push_back(std::move(fresh));
  if (sealed)
    segments_[segments_.size() - 2] = std::move(sealed);
  digest_ = header.digest;
  preallocated_ = 0;
  is_without_room_ = false;
  return done{};
}

result<done> file_journal::close() {
  if (std::exchange(is_closed_, true))
    return done{};
  // Released when this returns, also for want of memory.
  const auto held = std::move(lock_);
  result<done> closed = done{};
  if (!has_failed_) {
    auto& last = *segments_.back();
    // Whoever looks at a journal at rest finds commits only; the index fits all the same.
    give_room_back();
    closed = write_index(files_, index_path(last.first), {journal_id_, last.first, last.bytes, last_recorded_at_, digest_},
                         last.entries);
    if (closed)
      closed = write_heads(files_, index_dir_ / "heads", heads_, digest_);
  }
  return closed;
}

} // namespace daybook
