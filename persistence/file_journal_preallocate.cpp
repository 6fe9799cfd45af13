#include <algorithm>
#include <array>
#include <string_view>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/file_journal_segment.hpp"

// The last segment is filled ahead of its commits. A sync of bytes that stood in the file before is a write and a flush; one of
// a file that has grown commits the file system's own journal as well, which takes as long again and waits for what other files
// have under way there. PostgreSQL writes its WAL into files of full size for the same reason (wal_init_zero).

namespace daybook {

namespace {

/// What the room behind the last commit is filled with: whoever reads the segment as text sees empty lines.
constexpr auto filler = [] {
  std::array<char, std::size_t{64} << 10> text{};
  for (auto& each : text)
    each = '\n';
  return text;
}();

/// Room is made for batches that fit into it so often: larger ones would use it up at once, and to write it costs as much as it
/// saves.
constexpr std::uint64_t least_batches = 8;

} // namespace

/// When the room is used up, makes more behind `end`, where the last commit ends, to be synced with it. It ends where the next
/// segment begins at the latest, so a sealed segment has none. A full device is no error: the journal does without until the
/// next segment.
/// @param written bytes of that commit's batch.
result<done> file_journal::preallocate(std::uint64_t end, std::size_t written) {
  if (end <= preallocated_)
    return done{};
  preallocated_ = end;
  if (is_without_room_ || written > options_.preallocate_bytes / least_batches || end >= options_.segment_bytes)
    return done{};
  auto& data = *segments_.back()->data;
  const auto wanted = std::min(end + options_.preallocate_bytes, options_.segment_bytes);
  while (preallocated_ < wanted) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(filler.size(), wanted - preallocated_));
    auto filled = data.write_at(preallocated_, std::string_view{filler.data(), size});
    if (!filled && filled.error().code == errc::disk_full) {
      is_without_room_ = true;
      preallocated_ = end;
      return data.truncate(end);
    }
    if (!filled)
      return filled;
    preallocated_ += size;
  }
  return done{};
}

/// For whoever needs it more, and until the next segment. That the line feeds come back after a crash does no harm, nor that
/// they stay when they cannot be cut: the next commits are written over them.
void file_journal::give_room_back() {
  is_without_room_ = true;
  if (preallocated_ == 0 || preallocated_ <= segments_.back()->bytes)
    return;
  if (segments_.back()->data->truncate(segments_.back()->bytes))
    preallocated_ = segments_.back()->bytes;
}

} // namespace daybook
