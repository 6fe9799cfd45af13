#include "daybook/tests/crash/damaged_journal.hpp"

#include <algorithm>

#include "daybook/tests/crash/history.hpp"
#include "daybook/tests/support/commit_texts.hpp"

namespace daybook::testing {

/// On the disk, indexes included; of segments 64 KiB and little more.
constexpr std::uint64_t wanted_bytes = 68000;

sound_journal::sound_journal(std::uint64_t segment_bytes, std::uint64_t seed) : segment_bytes_(segment_bytes) {
  memory_files files;
  auto now = journal_time + static_cast<time_us>(seed);
  auto books = file_journal::open(directory(), options(witnesses::none), now, files).value();
  std::map<std::string, version_t> versions;
  const auto append = [&](int commits, std::size_t bytes) {
    std::vector<commit> batch;
    for (int i = 0; i < commits; ++i) {
      const auto stream = "order-" + std::to_string((versions.size() * 7 + static_cast<std::size_t>(i) * 3 + bytes) % 23);
      auto made = wanted(stream, versions[stream], 1 + (i + commits) % 3, bytes % 2 == 0);
      for (auto& each : made.events)
        each.data = R"({"text":")" + std::string(bytes, static_cast<char>('a' + seed % 26)) + "\"}";
      versions[stream] += static_cast<version_t>(made.events.size());
      batch.push_back(std::move(made));
    }
    const auto first = commits_.size();
    for (auto& each : books->append(batch, ++now)) {
      commit_place place;
      place.first = each->events.front().position;
      place.last = each->last_position();
      place.stream = each->events.front().stream;
      place.text = text_of(*each);
      digest_ = each->digest;
      commits_.push_back(std::move(place));
    }
    last_write_ = first;
  };
  for (std::size_t i = 0; files.disk().used() < wanted_bytes; ++i)
    append(i % 5 == 0 ? 3 : 1, 150 + i * 13 % 97);
  append(2, 20);
  [[maybe_unused]] const auto stopped = books->close();
  books.reset();
  remembered_ = forgotten_ = files.disk().after_power_cut(1);
  forgotten_.erase("/d/index");
  std::size_t next = 0;
  for (const auto& path : remembered_.files()) {
    if (path.find(".jsonl") == std::string::npos)
      continue;
    segment_file segment{path, path.substr(path.rfind('/') + 1), *remembered_.contents(path), 0};
    size_ += segment.bytes.size();
    std::uint64_t begin = 0;
    for (std::size_t line = 0; line < segment.bytes.size();) {
      const auto feed = segment.bytes.find('\n', line) + 1;
      if (journal_format::ends_with_digest(std::string_view{segment.bytes}.substr(line, feed - line))) {
        if (segment.header_bytes == 0) {
          segment.header_bytes = feed;
        } else {
          commits_[next].segment = segments_.size();
          commits_[next].begin = begin;
          commits_[next++].end = feed;
        }
        begin = feed;
      }
      line = feed;
    }
    segments_.push_back(std::move(segment));
  }
}

const sound_journal::commit_place* sound_journal::at(std::size_t segment, std::uint64_t offset) const {
  const auto found = std::partition_point(commits_.begin(), commits_.end(), [&](const auto& each) {
    return each.segment < segment || (each.segment == segment && each.end <= offset);
  });
  return found == commits_.end() || found->segment != segment || offset < found->begin ? nullptr : &*found;
}

std::string sound_journal::bytes_of(const commit_place& commit) const {
  return segments_[commit.segment].bytes.substr(commit.begin, commit.end - commit.begin);
}

file_journal_options sound_journal::options(witnesses who) const {
  file_journal_options options;
  options.segment_bytes = segment_bytes_;
  // It is counted by what is on the disk, and is at rest then.
  options.preallocate_bytes = 0;
  if (who == witnesses::all)
    options.ask_view = [this] { return std::optional{journal_witness{commits_.back().last, digest_}}; };
  return options;
}

damaged_start::damaged_start(const sound_journal& sound, sound_journal::witnesses who, memory_disk disk) :
    sound_(sound), before_(disk), files_(std::move(disk)), opened_(error{}) {
  files_.record(true);
  opened_ = file_journal::open(sound_journal::directory(), sound.options(who), journal_time, files_);
}

damaged_start::~damaged_start() {
  // Killed: its farewell would cost more than the start.
  files_.kill();
}

bool damaged_start::refused(const std::string& segment, std::uint64_t offset) const {
  return refused() && (opened_.error().message.find("segment " + segment + " at byte " + std::to_string(offset) + ",") !=
                         std::string::npos ||
                       (opened_.error().code == errc::unsupported_format && offset == 0 &&
                        opened_.error().message.find("segment " + segment) != std::string::npos));
}

bool damaged_start::refused() const {
  return !opened_ && (opened_.error().code == errc::journal_damaged || opened_.error().code == errc::unsupported_format) &&
         changed_nothing();
}

bool damaged_start::has_first(std::size_t count) const {
  if (!opened_)
    return false;
  const auto found = read_commits(**opened_);
  if (!found || found->size() != count)
    return false;
  for (std::size_t i = 0; i < count; ++i)
    if (text_of((*found)[i]) != sound_.commits()[i].text)
      return false;
  return true;
}

bool damaged_start::tells_of(const sound_journal::commit_place& damaged) const {
  if (!opened_ || !changed_nothing() || (*opened_)->last_position() != sound_.commits().back().last)
    return false;
  const auto read = (*opened_)->read_from(damaged.last, {1, 1});
  const auto stream = (*opened_)->read_stream(damaged.stream);
  return !read && read.error().code == errc::journal_damaged && !stream && stream.error().code == errc::journal_damaged;
}

bool damaged_start::kept_aside(const std::string& tail) const {
  const auto disk = files_.disk();
  std::size_t count = 0;
  bool same = false;
  for (const auto& path : disk.files())
    if (path.find(".torn-") != std::string::npos) {
      ++count;
      same = disk.contents(path) == tail;
    }
  return tail.empty() ? count == 0 : count == 1 && same;
}

bool damaged_start::changed_nothing() const {
  const auto calls = files_.calls();
  return std::none_of(calls.begin(), calls.end(), [this](const disk_call& each) {
    if (each.path.find(".jsonl") == std::string::npos)
      return false;
    // A start cuts the last segment to the length that it has.
    if (each.what == file_call::truncate)
      return before_.contents(each.path).value_or("").size() != each.size;
    return each.what == file_call::write || each.what == file_call::open || each.what == file_call::rename ||
           each.what == file_call::remove;
  });
}

} // namespace daybook::testing
