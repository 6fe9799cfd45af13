#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/sha256.hpp"

namespace daybook {

/// 64 bits of a stream's name (FNV-1a, finished with MurmurHash3's mixer). Part of the index files. Whoever may name
/// streams can find two names with one hash within a minute; the index notices and says so (`shares_hash`, `shared_hash`), and
/// who is told that compares names.
std::uint64_t stream_hash(std::string_view stream) noexcept;

/// Where an event is, and where its stream's event before it is. 16 bytes, also on disk.
struct index_entry {
  std::uint64_t hash = 0;
  /// Of the first line of the event's commit, in its segment (2 GiB at the most), and in the highest bit whether the event
  /// was open.
  std::uint32_t place = 0;
  /// Positions back to the event before of that hash, 0: none; and in the highest bit whether a stream begins here whose hash
  /// another one had before.
  std::uint32_t back = 0;

  std::uint64_t offset() const noexcept { return place & 0x7fffffff; }
  bool open() const noexcept { return (place >> 31) != 0; }
  std::uint32_t distance() const noexcept { return back & 0x7fffffff; }
  bool shares_hash() const noexcept { return (back >> 31) != 0; }
};

/// Segments must not grow beyond what an entry can name.
inline constexpr std::uint64_t max_segment_bytes = std::uint64_t{1} << 31;

/// A distance that does not fit: the event before is further away and must be looked for.
inline constexpr std::uint32_t far_back = 0x7fffffff;

/// In place of the version, where several streams have one hash: which version each has only its events know.
inline constexpr version_t shared_hash = (version_t{1} << 23) - 1;

/// A stream's end.
struct stream_head {
  position_t position = 0;
  version_t version = 0;
  /// Of the last event; where streams share the hash another one of them may be open as well.
  bool open = false;

  bool is_shared() const noexcept { return version == shared_hash; }
};

/// The ends of all streams by hash: open addressing, 16 bytes a slot (40 bits of position, 23 of version, one for open). In
/// parts that grow one after the other: a table in one piece would double at once, and all who write would wait until
/// millions of streams were moved (docs/performance.md). Of many streams 25 to 41 bytes each. Not thread-safe.
class stream_heads {
public:
  std::optional<stream_head> find(std::uint64_t hash) const noexcept;
  void put(std::uint64_t hash, const stream_head& head);
  /// Room for so many, if they are spread as hashes are.
  void reserve(std::size_t streams);
  /// Makes `put` of all of these need no memory.
  /// @param each_with_hash a range of what has a member `hash`.
  template <class Range>
  void reserve_for(const Range& each_with_hash) {
    std::array<std::uint32_t, parts_count> more{};
    for (const auto& each : each_with_hash) {
      const auto at = part_of(each.hash);
      grow_for(at, ++more[at]);
    }
  }
  std::size_t size() const noexcept { return size_; }

  template <class F>
  void for_each(F visit) const {
    for (const auto& part : parts_)
      for (const auto& each : part.slots)
        if (each.packed != 0)
          visit(each.hash, unpack(each.packed));
  }

private:
  struct slot {
    std::uint64_t hash = 0;
    std::uint64_t packed = 0;
  };

  struct part {
    std::vector<slot> slots;
    std::size_t used = 0;
  };

  static constexpr int parts_bits = 10;
  static constexpr std::size_t parts_count = std::size_t{1} << parts_bits;

  static std::uint64_t pack(const stream_head& head) noexcept;
  static stream_head unpack(std::uint64_t packed) noexcept;
  static std::size_t part_of(std::uint64_t hash) noexcept { return static_cast<std::size_t>(hash >> (64 - parts_bits)); }
  static slot& slot_for(part& in, std::uint64_t hash) noexcept;
  void grow_for(std::size_t at, std::size_t more);

  std::array<part, parts_count> parts_;
  std::size_t size_ = 0;
};

/// What an index file says about its segment. The file is bound to the segment by journal, size and digest; one that does
/// not fit is made anew.
struct index_binding {
  std::string journal_id;
  position_t first_position = 1;
  std::uint64_t segment_bytes = 0;
  time_us last_recorded_at = 0;
  digest_text last_digest{};
};

/// An index file that was read.
struct segment_index : index_binding {
  /// One for each event, by position.
  std::vector<index_entry> entries;
  /// Of events.
  std::uint64_t count = 0;
};

/// Writes an index file in one step; it is not synced, because it can always be made again.
/// @param entries one for each event, by position.
result<done> write_index(const file_system& files, const std::filesystem::path& path, const index_binding& bound_to,
                         const std::vector<index_entry>& entries);

/// Reads and verifies an index file; nothing when it is missing or not sound. Of one with more than `most_entries` only
/// `count` says how many there are: the entries are left out.
std::optional<segment_index> read_index(const file_system& files, const std::filesystem::path& path,
                                        std::uint64_t most_entries);

/// One entry of an open index file.
result<index_entry> read_index_entry(const file& index, std::uint64_t number);

/// The heads of a whole journal, bound to its last digest.
result<done> write_heads(const file_system& files, const std::filesystem::path& path, const stream_heads& heads,
                         const digest_text& last_digest);
std::optional<stream_heads> read_heads(const file_system& files, const std::filesystem::path& path,
                                       const digest_text& last_digest);

} // namespace daybook
