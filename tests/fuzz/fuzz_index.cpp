#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include <zlib.h>

#include "daybook/persistence/durable_mark.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/tests/fuzz/fuzz_target.hpp"
#include "daybook/tests/fuzz/journal_bytes.hpp"

// The readers of what lies beside the segments: index, heads, durable mark. An input is a byte of choices and the file's
// bytes. A file that does not verify is as good as none; one that does may make the journal refuse, but never say what is
// not so.

namespace daybook::fuzz {
namespace {

file_journal_options small_segments() {
  file_journal_options options;
  options.segment_bytes = 1200;
  return options;
}

/// No input is long enough for as many.
constexpr std::uint64_t entries_max = 1 << 20;

enum class target : std::uint8_t { last_index, sealed_index, heads, mark };

/// A journal of two segments after a clean stop, and what it says.
struct sample {
  plain_disk disk;
  digest_text last_digest{};
  position_t second_first = 0;
  std::vector<recorded_commit> commits;
  std::map<std::string, std::vector<recorded_event>> streams;
};

sample make_sample() {
  sample made;
  made.disk.contents[segment_path(1)] = first_header();
  auto opened = file_journal::open("d", small_segments(), journal_time, made.disk);
  require(opened.ok(), "a journal is made");
  auto& books = **opened;
  for (const auto& wanted : {sample_commit("a", 0, 2), sample_commit("b", 0, 1, true), sample_commit("a", 2),
                             sample_commit("c", 0), sample_commit("b", 1), sample_commit("a", 3, 3, true)})
    require(books.append({wanted}, journal_time).front().ok(), "a commit is taken");
  made.commits = *all_commits(books);
  for (const auto& each : made.commits)
    for (const auto& event : each.events)
      made.streams[event.stream].push_back(event);
  std::copy_n(made.commits.back().digest.begin(), made.last_digest.size(), made.last_digest.begin());
  require(books.close().ok(), "a journal is closed");
  for (const auto& [path, bytes] : made.disk.contents)
    if (path.rfind("d/journal/", 0) == 0 && path != segment_path(1))
      made.second_first = std::stoull(path.substr(10, 20));
  require(made.second_first > 1, "the journal has two segments");
  return made;
}

std::string path_of(target what, const sample& in) {
  switch (what) {
    case target::last_index: return index_path(in.second_first);
    case target::sealed_index: return index_path(1);
    case target::heads: return "d/index/heads";
    case target::mark: return "d/index/durable";
  }
  return {};
}

/// A checksum would keep a fuzzer out of everything behind it.
std::string with_checksum(std::string_view bytes, target what) {
  std::string made{bytes};
  const auto checksum = static_cast<std::uint32_t>(
    crc32_z(0, reinterpret_cast<const unsigned char*>(made.data()), static_cast<z_size_t>(made.size())));
  made.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  if (what == target::mark)
    made.resize(std::max(made.size(), durable_mark::bytes));
  return made;
}

/// What an index says, as text.
std::string text_of(const segment_index& index) {
  std::string text = index.journal_id + ' ' + std::to_string(index.first_position) + ' ' +
                     std::to_string(index.segment_bytes) + ' ' + std::to_string(index.last_recorded_at) + ' ';
  text.append(view(index.last_digest));
  for (const auto& each : index.entries)
    text += ' ' + std::to_string(each.hash) + '/' + std::to_string(each.place) + '/' + std::to_string(each.back);
  return text;
}

std::string text_of(const stream_heads& heads) {
  std::map<std::uint64_t, std::string> each;
  heads.for_each([&](std::uint64_t hash, const stream_head& head) {
    each[hash] = std::to_string(head.position) + '/' + std::to_string(head.version) + '/' + std::to_string(head.open) + ' ';
    const auto found = heads.find(hash);
    require(found && found->position == head.position && found->version == head.version && found->open == head.open,
            "a head is found by its hash");
  });
  std::string text;
  for (const auto& [hash, head] : each)
    text += std::to_string(hash) + ' ' + head;
  return text;
}

/// Whether the file verifies by itself. What does is written and read again without a change.
bool read_alone(plain_disk& disk, target what, const std::string& path, const digest_text& last_digest) {
  const file_system files{disk};
  if (what == target::mark) {
    const auto found = durable_mark::read(files, path);
    require(found.ok(), "a file that can be read is no error");
    const auto& end = *found;
    if (!end)
      return false;
    durable_mark::open(files, "copy").put(end->journal_id, end->position, end->digest);
    const auto again = *durable_mark::read(files, "copy");
    require(again && again->journal_id == end->journal_id && again->position == end->position && again->digest == end->digest,
            "a mark is read as it was written");
    return true;
  }
  if (what == target::heads) {
    const auto heads = read_heads(files, path, last_digest);
    if (!heads)
      return false;
    require(write_heads(files, "copy", *heads, last_digest).ok(), "heads are written");
    const auto again = read_heads(files, "copy", last_digest);
    require(again && text_of(*again) == text_of(*heads), "heads are read as they were written");
    return true;
  }
  auto index = read_index(files, path, entries_max);
  if (!index)
    return false;
  if (has_planted_bug && index->entries.size() > 2)
    index->entries.pop_back();
  const auto opened = files.open(path, open_mode::read);
  for (std::size_t i = 0; i < index->entries.size(); ++i) {
    const auto entry = read_index_entry(**opened, i);
    require(entry.ok() && std::memcmp(&*entry, &index->entries[i], sizeof *entry) == 0, "an entry is found by its number");
  }
  require(!read_index_entry(**opened, index->entries.size()), "there is no entry behind the last");
  require(write_index(files, "copy", *index, index->entries).ok(), "an index is written");
  const auto again = read_index(files, "copy", entries_max);
  require(again && text_of(*again) == text_of(*index), "an index is read as it was written");
  return true;
}

std::string text_of(const recorded_event& event) {
  return std::to_string(event.position) + ' ' + event.stream + ' ' + std::to_string(event.version) + ' ' + event.data;
}

/// Nothing is read but what is so; and all of it, when the file does not verify.
void check_reads(const file_journal& books, const sample& in, bool all) {
  require(!all || books.last_position() == in.commits.back().last_position(), "without the file nothing is lost");
  for (const auto& each : in.commits) {
    const auto read = books.read_from(each.events.front().position, {1, 1});
    require(!all || (read && !read->empty()), "without the file every commit is read");
    if (read && !read->empty())
      require(read->front().digest == each.digest, "a commit that is read is the one that was asked for");
  }
  for (const auto& [stream, events] : in.streams) {
    const auto read = books.read_stream(stream);
    require(!all || (read && read->size() == events.size()), "without the file every stream is read");
    for (std::size_t i = 0; read && i < read->size(); ++i)
      require(i < events.size() && text_of((*read)[i]) == text_of(events[i]), "what is read of a stream is so");
  }
  const auto open = books.open_streams();
  require(!all || (open && *open == std::vector<std::string>{"a"}), "without the file open streams are known");
}

void try_file(target what, bool make_checksum, std::string_view rest) {
  static const auto in = make_sample();
  const auto path = path_of(what, in);
  auto disk = in.disk;
  const auto bytes = disk.contents[path] = make_checksum ? with_checksum(rest, what) : std::string{rest};
  const bool is_sound = read_alone(disk, what, path, in.last_digest);
  disk.contents.erase("copy");
  const auto segments = std::pair{disk.contents[segment_path(1)], disk.contents[segment_path(in.second_first)]};
  auto opened = file_journal::open("d", small_segments(), journal_time, disk);
  require(opened.ok() || is_sound, "without the file the journal opens");
  if (opened)
    check_reads(**opened, in, !is_sound);
  else
    require(opened.error().code == errc::journal_damaged, "a refusal says that it is damage");
  require(segments == std::pair{disk.contents[segment_path(1)], disk.contents[segment_path(in.second_first)]},
          "no file beside the segments changes them");
}

} // namespace
} // namespace daybook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook::fuzz;
  input bytes{data, size};
  const auto bits = bytes.byte();
  try_file(static_cast<target>(bits >> 1 & 3), (bits & 1) != 0, bytes.rest());
  return 0;
}
