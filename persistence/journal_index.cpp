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
constexpr std::size_t slots_min = 1024;

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

template <class T>
void append_bytes(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
    crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

/// Replaces a file in one step, unsynced.
result<done> write_file(const file_system& files, const std::filesystem::path& path, std::string& bytes) {
  append_bytes(bytes, checksum(bytes));
  auto fresh = path;
  fresh += ".new";
  {
    auto out = files.open(fresh, open_mode::create);
    if (!out)
      return out.error();
    if (auto written = (*out)->write_at(0, bytes); !written)
      return written;
  }
  return files.rename(fresh, path);
}

/// A file's bytes without its checksum; nothing when that does not fit.
std::optional<std::string> read_file(const file_system& files, const std::filesystem::path& path) {
  auto in = files.open(path, open_mode::read);
  if (!in)
    return std::nullopt;
  auto bytes = read_whole(**in);
  std::uint32_t stated = 0;
  if (!bytes || bytes->size() < sizeof stated)
    return std::nullopt;
  std::memcpy(&stated, bytes->data() + bytes->size() - sizeof stated, sizeof stated);
  bytes->resize(bytes->size() - sizeof stated);
  if (checksum(*bytes) != stated)
    return std::nullopt;
  return std::move(*bytes);
}

/// The header, if magic and size fit `count` records of `record` bytes.
template <class Header>
std::optional<Header> read_header(const std::string& bytes, const char (&magic)[16], std::size_t record) {
  Header header;
  if (bytes.size() < sizeof header)
    return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || (bytes.size() - sizeof header) % record != 0
      || (bytes.size() - sizeof header) / record != header.count)
    return std::nullopt;
  return header;
}

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

stream_heads::slot& stream_heads::slot_for(std::uint64_t hash) noexcept {
  const auto mask = slots_.size() - 1;
  auto at = hash & mask;
  while (slots_[at].packed != 0 && slots_[at].hash != hash)
    at = (at + 1) & mask;
  return slots_[at];
}

std::optional<stream_head> stream_heads::find(std::uint64_t hash) const noexcept {
  if (slots_.empty())
    return std::nullopt;
  const auto& found = const_cast<stream_heads*>(this)->slot_for(hash);
  if (found.packed == 0)
    return std::nullopt;
  return unpack(found.packed);
}

void stream_heads::put(std::uint64_t hash, const stream_head& head) {
  if ((size_ + 1) * 3 > slots_.size() * 2)
    grow(std::max(slots_min, slots_.size() * 2));
  auto& place = slot_for(hash);
  size_ += place.packed == 0;
  place = {hash, pack(head)};
}

void stream_heads::reserve(std::size_t streams) {
  auto slots = slots_min;
  while (slots * 2 < streams * 3)
    slots *= 2;
  if (slots > slots_.size())
    grow(slots);
}

void stream_heads::grow(std::size_t slots) {
  std::vector<slot> old(slots);
  old.swap(slots_);
  for (const auto& each : old)
    if (each.packed != 0)
      slot_for(each.hash) = each;
}

// -- files ---------------------------------------------------------------------------------------------------------------

result<done> write_index(const file_system& files, const std::filesystem::path& path, const segment_index& index) {
  index_header header{};
  std::memcpy(header.magic, index_magic, sizeof index_magic);
  index.journal_id.copy(header.journal_id, sizeof header.journal_id - 1);
  header.first_position = index.first_position;
  header.segment_bytes = index.segment_bytes;
  header.last_recorded_at = index.last_recorded_at;
  header.count = index.entries.size();
  std::copy(index.last_digest.begin(), index.last_digest.end(), header.last_digest);
  std::string bytes;
  bytes.reserve(sizeof header + index.entries.size() * sizeof(index_entry) + sizeof(std::uint32_t));
  append_bytes(bytes, header);
  bytes.append(reinterpret_cast<const char*>(index.entries.data()), index.entries.size() * sizeof(index_entry));
  return write_file(files, path, bytes);
}

std::optional<segment_index> read_index(const file_system& files, const std::filesystem::path& path) {
  const auto bytes = read_file(files, path);
  if (!bytes)
    return std::nullopt;
  const auto header = read_header<index_header>(*bytes, index_magic, sizeof(index_entry));
  if (!header)
    return std::nullopt;
  segment_index index;
  index.journal_id.assign(header->journal_id, strnlen(header->journal_id, sizeof header->journal_id));
  index.first_position = header->first_position;
  index.segment_bytes = header->segment_bytes;
  index.last_recorded_at = header->last_recorded_at;
  std::copy_n(header->last_digest, index.last_digest.size(), index.last_digest.begin());
  index.entries.resize(header->count);
  if (!index.entries.empty())
    std::memcpy(index.entries.data(), bytes->data() + sizeof *header, header->count * sizeof(index_entry));
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
  std::string bytes;
  bytes.reserve(sizeof header + heads.size() * 16 + sizeof(std::uint32_t));
  append_bytes(bytes, header);
  heads.for_each([&](std::uint64_t hash, const stream_head& head) {
    append_bytes(bytes, hash);
    append_bytes(bytes, (head.position << 24) | (std::uint64_t{head.version} << 1) | std::uint64_t{head.open});
  });
  return write_file(files, path, bytes);
}

std::optional<stream_heads> read_heads(const file_system& files, const std::filesystem::path& path,
                                       const digest_text& last_digest) {
  const auto bytes = read_file(files, path);
  if (!bytes)
    return std::nullopt;
  const auto header = read_header<heads_header>(*bytes, heads_magic, 16);
  if (!header || !std::equal(last_digest.begin(), last_digest.end(), header->last_digest))
    return std::nullopt;
  stream_heads heads;
  heads.reserve(header->count);
  const char* at = bytes->data() + sizeof *header;
  for (std::uint64_t i = 0; i < header->count; ++i, at += 16) {
    std::uint64_t pair[2];
    std::memcpy(pair, at, sizeof pair);
    // No stream ends before the first position; such a slot would be counted and not kept.
    if (pair[1] >> 24 == 0)
      return std::nullopt;
    heads.put(pair[0], {pair[1] >> 24, static_cast<version_t>((pair[1] >> 1) & 0x7fffff), (pair[1] & 1) != 0});
  }
  return heads;
}

} // namespace daybook
