#include "daybook/persistence/journal_index.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include <zlib.h>

namespace daybook {

namespace {

// Index files are in this machine's byte order: they are made again where they do not fit.

constexpr char index_magic[16] = "daybook-index-1";
constexpr char heads_magic[16] = "daybook-heads-1";
constexpr std::size_t slots_min = 16;
/// Of a stream's head in its file.
constexpr std::size_t head_bytes = 16;

struct index_header {
  char magic[16];
  char journal_id[64];
  std::uint64_t first_position;
  std::uint64_t segment_bytes;
  std::int64_t last_recorded_at;
  std::uint64_t count;
  char last_digest[48];
};

struct heads_header {
  char magic[16];
  char last_digest[48];
  std::uint64_t count;
};

static_assert(sizeof(index_entry) == 16 && sizeof(index_header) == 160 && sizeof(heads_header) == 72,
              "the files' layout depends on these sizes");

/// Goes on with the checksum of what came before.
std::uint32_t checksum(std::uint32_t so_far, std::string_view bytes) {
  return static_cast<std::uint32_t>(
    crc32_z(so_far, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

template <class T>
std::string_view bytes_of(const T* values, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

/// Replaces a file in one step, unsynced: a header, what it heads, and the checksum of both.
result<done> write_file(const file_system& files, const std::filesystem::path& path, std::string_view header,
                        std::string_view body) {
  const auto sum = checksum(checksum(0, header), body);
  auto fresh = path;
  fresh += ".new";
  {
    auto out = files.open(fresh, open_mode::create);
    if (!out)
      return out.error();
    std::uint64_t at = 0;
    for (const auto part : {header, body, bytes_of(&sum, 1)}) {
      if (auto written = (*out)->write_at(at, part); !written)
        return written;
      at += part.size();
    }
  }
  return files.rename(fresh, path);
}

/// An index file whose checksum fits, read in pieces: what garbage claims about sizes must not cost memory.
class checked_file {
public:
  static std::optional<checked_file> open(const file_system& files, const std::filesystem::path& path) {
    auto opened = files.open(path, open_mode::read);
    if (!opened)
      return std::nullopt;
    const auto size = (*opened)->size();
    std::uint32_t stated = 0;
    if (!size || *size < sizeof stated)
      return std::nullopt;
    checked_file in{std::move(*opened), *size - sizeof stated};
    if (!in.read(in.size_, &stated, sizeof stated) || in.checksum() != stated)
      return std::nullopt;
    return in;
  }

  /// False when so many bytes are not there.
  bool read(std::uint64_t offset, void* into, std::size_t size) const {
    const auto got = file_->read_at(offset, static_cast<char*>(into), size);
    return got && *got == size;
  }

  /// The header, if magic and size fit as many records of `record` bytes as it says.
  template <class Header>
  std::optional<Header> header(const char (&magic)[16], std::size_t record) const {
    Header header;
    if (size_ < sizeof header || !read(0, &header, sizeof header) || std::memcmp(header.magic, magic, sizeof magic) != 0
        || (size_ - sizeof header) % record != 0 || (size_ - sizeof header) / record != header.count)
      return std::nullopt;
    return header;
  }

private:
  checked_file(std::unique_ptr<file> opened, std::uint64_t size) : file_(std::move(opened)), size_(size) {}

  std::optional<std::uint32_t> checksum() const {
    std::string block;
    std::uint32_t sum = 0;
    for (std::uint64_t at = 0; at < size_; at += block.size()) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(read_block, size_ - at)));
      if (!read(at, block.data(), block.size()))
        return std::nullopt;
      sum = daybook::checksum(sum, block);
    }
    return sum;
  }

  static constexpr std::size_t read_block = std::size_t{1} << 20;

  std::unique_ptr<file> file_;
  /// Without the checksum.
  std::uint64_t size_;
};

} // namespace

std::uint64_t stream_hash(std::string_view stream) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : stream)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

// -- heads ---------------------------------------------------------------------------------------------------------------

std::uint64_t stream_heads::pack(const stream_head& head) noexcept {
  return (head.position << 24) | (std::uint64_t{head.version} << 1) | static_cast<std::uint64_t>(head.open);
}

stream_head stream_heads::unpack(std::uint64_t packed) noexcept {
  return {packed >> 24, static_cast<version_t>((packed >> 1) & 0x7fffff), (packed & 1) != 0};
}

stream_heads::slot& stream_heads::slot_for(part& in, std::uint64_t hash) noexcept {
  const auto mask = in.slots.size() - 1;
  auto at = hash & mask;
  while (in.slots[at].packed != 0 && in.slots[at].hash != hash)
    at = (at + 1) & mask;
  return in.slots[at];
}

std::optional<stream_head> stream_heads::find(std::uint64_t hash) const noexcept {
  const auto& in = parts_[part_of(hash)];
  if (in.slots.empty())
    return std::nullopt;
  const auto& found = slot_for(const_cast<part&>(in), hash);
  if (found.packed == 0)
    return std::nullopt;
  return unpack(found.packed);
}

void stream_heads::put(std::uint64_t hash, const stream_head& head) {
  const auto at = part_of(hash);
  grow_for(at, 1);
  auto& place = slot_for(parts_[at], hash);
  parts_[at].used += place.packed == 0;
  size_ += place.packed == 0;
  place = {hash, pack(head)};
}

void stream_heads::reserve(std::size_t streams) {
  for (std::size_t at = 0; at < parts_count; ++at)
    if (const auto wanted = streams / parts_count + 1; wanted > parts_[at].used)
      grow_for(at, wanted - parts_[at].used);
}

/// How full a part may be differs from part to part, so that they grow at different times also when they have as many streams:
/// between 5/8, for the first one, and 25/32.
void stream_heads::grow_for(std::size_t at, std::size_t more) {
  auto& in = parts_[at];
  const auto most_of = [at](std::size_t slots) { return slots * 5 * (4 * parts_count + at) / (32 * parts_count); };
  auto slots = std::max(slots_min, in.slots.size());
  while (in.used + more > most_of(slots))
    slots *= 2;
  if (slots == in.slots.size())
    return;
  part grown;
  grown.slots.resize(slots);
  grown.used = in.used;
  for (const auto& each : in.slots)
    if (each.packed != 0)
      slot_for(grown, each.hash) = each;
  in = std::move(grown);
}

// -- files ---------------------------------------------------------------------------------------------------------------

result<done> write_index(const file_system& files, const std::filesystem::path& path, const index_binding& bound_to,
                         const std::vector<index_entry>& entries) {
  index_header header{};
  std::memcpy(header.magic, index_magic, sizeof index_magic);
  bound_to.journal_id.copy(header.journal_id, sizeof header.journal_id);
  header.first_position = bound_to.first_position;
  header.segment_bytes = bound_to.segment_bytes;
  header.last_recorded_at = bound_to.last_recorded_at;
  header.count = entries.size();
  std::copy(bound_to.last_digest.begin(), bound_to.last_digest.end(), header.last_digest);
  return write_file(files, path, bytes_of(&header, 1), bytes_of(entries.data(), entries.size()));
}

std::optional<segment_index> read_index(const file_system& files, const std::filesystem::path& path,
                                        std::uint64_t most_entries) {
  const auto in = checked_file::open(files, path);
  const auto header = in ? in->header<index_header>(index_magic, sizeof(index_entry)) : std::nullopt;
  if (!header)
    return std::nullopt;
  segment_index index;
  index.journal_id.assign(header->journal_id, strnlen(header->journal_id, sizeof header->journal_id));
  index.first_position = header->first_position;
  index.segment_bytes = header->segment_bytes;
  index.last_recorded_at = header->last_recorded_at;
  index.count = header->count;
  std::copy_n(header->last_digest, index.last_digest.size(), index.last_digest.begin());
  if (index.count > most_entries)
    return index;
  index.entries.resize(header->count);
  if (!in->read(sizeof *header, index.entries.data(), header->count * sizeof(index_entry)))
    return std::nullopt;
  return index;
}

result<index_entry> read_index_entry(const file& index, std::uint64_t number) {
  index_entry entry;
  auto got = index.read_at(sizeof(index_header) + number * sizeof entry, reinterpret_cast<char*>(&entry), sizeof entry);
  if (!got)
    return got.error();
  if (*got != sizeof entry)
    return error{errc::io_error, "an index file ends before entry " + std::to_string(number)
                                   + "; stop the node, remove the index directory and start again"};
  return entry;
}

result<done> write_heads(const file_system& files, const std::filesystem::path& path, const stream_heads& heads,
                         const digest_text& last_digest) {
  heads_header header{};
  std::memcpy(header.magic, heads_magic, sizeof heads_magic);
  std::copy(last_digest.begin(), last_digest.end(), header.last_digest);
  header.count = heads.size();
  std::vector<std::uint64_t> pairs;
  pairs.reserve(heads.size() * 2);
  heads.for_each([&](std::uint64_t hash, const stream_head& head) {
    pairs.push_back(hash);
    pairs.push_back((head.position << 24) | (std::uint64_t{head.version} << 1) | std::uint64_t{head.open});
  });
  return write_file(files, path, bytes_of(&header, 1), bytes_of(pairs.data(), pairs.size()));
}

std::optional<stream_heads> read_heads(const file_system& files, const std::filesystem::path& path,
                                       const digest_text& last_digest) {
  const auto in = checked_file::open(files, path);
  const auto header = in ? in->header<heads_header>(heads_magic, head_bytes) : std::nullopt;
  if (!header || !std::equal(last_digest.begin(), last_digest.end(), header->last_digest))
    return std::nullopt;
  stream_heads heads;
  heads.reserve(header->count);
  std::vector<std::uint64_t> pairs;
  for (std::uint64_t done = 0; done < header->count; done += pairs.size() / 2) {
    pairs.resize(2 * static_cast<std::size_t>(std::min<std::uint64_t>(header->count - done, 4096)));
    if (!in->read(sizeof *header + done * head_bytes, pairs.data(), pairs.size() * sizeof pairs[0]))
      return std::nullopt;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      const auto packed = pairs[i + 1];
      // No stream ends before the first position; such a slot would be counted and not kept.
      if (packed >> 24 == 0)
        return std::nullopt;
      heads.put(pairs[i], {packed >> 24, static_cast<version_t>((packed >> 1) & 0x7fffff), (packed & 1) != 0});
    }
  }
  return heads;
}

} // namespace daybook
