#include <catch2/catch.hpp>

#include <ctime>
#include <iostream>

#include <malloc.h>

#include "daybook/tests/crash/damaged_journal.hpp"

// A journal of 64 KiB, in one segment and in several, with all that remembers it and with nothing: every bit flipped, cut at
// every byte, commits deleted, doubled, swapped and spliced. Nothing wrong is ever taken, nothing is shortened silently.

using namespace daybook;
using namespace daybook::testing;
using witnesses = sound_journal::witnesses;

namespace {

constexpr std::uint64_t several = 16 << 10;
constexpr std::uint64_t single = 1 << 20;

/// A million starts in one process: memory that is given back to the kernel after each costs more than the starts.
void keep_memory() {
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 256 << 20);
}

void say(const std::string& what, std::uint64_t count) {
  std::cout << what << ": " << count << " starts, " << static_cast<double>(std::clock()) / CLOCKS_PER_SEC << " s\n";
  CHECK(count > 100);
}

/// Whether a start did right about a flip in this byte.
bool is_right(const sound_journal& sound, witnesses who, std::size_t segment, std::uint64_t offset, unsigned char bits,
              const damaged_start& start) {
  const auto& name = sound.segments()[segment].name;
  const auto* commit = sound.at(segment, offset);
  if (commit == nullptr)
    return start.refused(name, 0);
  if (start.refused(name, commit->begin))
    return true;
  // Whoever looks up a commit takes the digest before it from the end of the one before: damage there is named as the next's.
  const bool is_digest = offset + journal_format::digest_suffix >= commit->end;
  if (who == witnesses::all)
    return start.tells_of(*commit) || (is_digest && start.refused(name, commit->end));
  // Without a witness the last write may be the rest of an interrupted one: then it is kept.
  const auto number = static_cast<std::size_t>(commit - sound.commits().data());
  auto rest = sound.segments()[segment].bytes.substr(commit->begin);
  const auto at = static_cast<std::size_t>(offset - commit->begin);
  rest[at] = static_cast<char>(static_cast<unsigned char>(rest[at]) ^ bits);
  return number >= sound.first_of_last_write() && start.has_first(number) && start.kept_aside(rest);
}

/// All bits of all bytes of one share.
void every_bit(std::uint64_t segment_bytes, witnesses who, std::uint64_t share, std::uint64_t shares) {
  keep_memory();
  const sound_journal sound{segment_bytes};
  REQUIRE(sound.size() >= 65536);
  std::uint64_t count = 0;
  std::uint64_t byte = 0;
  for (std::size_t segment = 0; segment < sound.segments().size(); ++segment) {
    const auto& file = sound.segments()[segment];
    for (std::uint64_t offset = 0; offset < file.bytes.size(); ++offset) {
      if (byte++ % shares != share)
        continue;
      for (unsigned bit = 0; bit < 8; ++bit) {
        auto disk = sound.disk(who);
        const auto bits = static_cast<unsigned char>(1u << bit);
        disk.flip(file.path, offset, bits);
        const damaged_start start{sound, who, std::move(disk)};
        ++count;
        if (!is_right(sound, who, segment, offset, bits, start))
          FAIL("bit " << bit << " of byte " << offset << " of " << file.name << ": " << start.said());
      }
    }
  }
  say("every bit", count);
}

/// Cut at each byte: with what stood behind it gone, and, of several segments, with the later ones still there.
void every_length(std::uint64_t segment_bytes, witnesses who) {
  keep_memory();
  const sound_journal sound{segment_bytes};
  std::uint64_t count = 0;
  std::size_t whole = 0;
  for (std::size_t segment = 0; segment < sound.segments().size(); ++segment) {
    const auto& file = sound.segments()[segment];
    auto shorter = sound.disk(who);
    for (auto later = segment + 1; later < sound.segments().size(); ++later)
      shorter.erase(sound.segments()[later].path);
    for (std::uint64_t size = 0; size < file.bytes.size(); ++size) {
      const auto* commit = sound.at(segment, size);
      whole = commit ? static_cast<std::size_t>(commit - sound.commits().data()) : whole;
      for (const bool is_last : {true, false}) {
        if (!is_last && segment + 1 == sound.segments().size())
          continue;
        auto disk = is_last ? shorter : sound.disk(who);
        disk.put(file.path, file.bytes.substr(0, size));
        const damaged_start start{sound, who, std::move(disk)};
        ++count;
        const bool must_refuse = who == witnesses::all || !is_last || size < file.header_bytes;
        const auto rest = must_refuse ? "" : file.bytes.substr(commit->begin, size - commit->begin);
        const bool right = must_refuse ? start.refused() : start.has_first(whole) && start.kept_aside(rest);
        if (!right)
          FAIL(file.name << " cut at " << size << (is_last ? ", nothing behind it: " : ", others behind it: ") << start.said());
      }
    }
    whole = 0;
    for (const auto& each : sound.commits())
      whole += each.segment <= segment;
  }
  say("every length", count);
}

/// Every bit of index, heads and mark: they are made anew, or say nothing, or are right.
void every_bit_of_a_witness(std::uint64_t segment_bytes) {
  const sound_journal sound{segment_bytes};
  std::uint64_t count = 0;
  for (const auto& path : sound.disk(witnesses::all).files()) {
    if (path.find("/index/") == std::string::npos)
      continue;
    const auto size = sound.disk(witnesses::all).contents(path)->size();
    for (std::uint64_t offset = 0; offset < size; ++offset) {
      auto disk = sound.disk(witnesses::all);
      disk.flip(path, offset, static_cast<unsigned char>(1u << offset * 5 % 8));
      const damaged_start start{sound, witnesses::all, std::move(disk)};
      ++count;
      if (!start.has_first(sound.commits().size()) || !start.changed_nothing())
        FAIL("byte " << offset << " of " << path << ": " << start.said());
    }
  }
  say("every byte of a witness", count);
}

/// A segment's bytes in another arrangement, refused at or before a place, or told of by whoever reads there.
class arrangements {
public:
  arrangements(std::uint64_t segment_bytes, witnesses who) : sound_(segment_bytes), other_(segment_bytes, 3), who_(who) {}

  void try_all() {
    const auto& commits = sound_.commits();
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const auto& commit = commits[i];
      const auto bytes = sound_.bytes_of(commit);
      // Without its last commit a journal is one that ends earlier: only a witness can tell.
      if (who_ == witnesses::all || i + 1 < commits.size())
        damaged("deleted", commit, "");
      damaged("doubled", commit, bytes + bytes);
      if (i + 1 < commits.size() && commits[i + 1].segment == commit.segment)
        damaged("swapped", commit, sound_.bytes_of(commits[i + 1]) + bytes, commits[i + 1].end);
      spliced(commit);
    }
    say("arrangements", count_);
  }

private:
  /// The commit of the same number of another journal.
  void spliced(const sound_journal::commit_place& commit) {
    const auto& other = other_.commits()[static_cast<std::size_t>(&commit - sound_.commits().data())];
    if (who_ == witnesses::all || &commit < &sound_.commits()[sound_.first_of_last_write()])
      damaged("spliced", commit, other_.bytes_of(other));
  }

  void damaged(const std::string& how, const sound_journal::commit_place& at, const std::string& instead,
               std::uint64_t end = 0) {
    const auto& file = sound_.segments()[at.segment];
    auto disk = sound_.disk(who_);
    disk.put(file.path, file.bytes.substr(0, at.begin) + instead + file.bytes.substr(end == 0 ? at.end : end));
    const damaged_start start{sound_, who_, std::move(disk)};
    ++count_;
    const bool right = start.refused() || (who_ == witnesses::all && start.tells_of(at));
    if (!right)
      FAIL(how << " at " << at.begin << " of " << file.name << ": " << start.said());
  }

  sound_journal sound_;
  sound_journal other_;
  witnesses who_;
  std::uint64_t count_ = 0;
};

} // namespace

TEST_CASE("every bit flipped in several segments that nobody remembers is found and named (1 of 4)") {
  every_bit(several, witnesses::none, 0, 4);
}

TEST_CASE("every bit flipped in several segments that nobody remembers is found and named (2 of 4)") {
  every_bit(several, witnesses::none, 1, 4);
}

TEST_CASE("every bit flipped in several segments that nobody remembers is found and named (3 of 4)") {
  every_bit(several, witnesses::none, 2, 4);
}

TEST_CASE("every bit flipped in several segments that nobody remembers is found and named (4 of 4)") {
  every_bit(several, witnesses::none, 3, 4);
}

TEST_CASE("every bit flipped in a segment that nobody remembers is found and named (1 of 4)") {
  every_bit(single, witnesses::none, 0, 4);
}

TEST_CASE("every bit flipped in a segment that nobody remembers is found and named (2 of 4)") {
  every_bit(single, witnesses::none, 1, 4);
}

TEST_CASE("every bit flipped in a segment that nobody remembers is found and named (3 of 4)") {
  every_bit(single, witnesses::none, 2, 4);
}

TEST_CASE("every bit flipped in a segment that nobody remembers is found and named (4 of 4)") {
  every_bit(single, witnesses::none, 3, 4);
}

TEST_CASE("every bit flipped in several segments of a remembered journal is found by the start or a reader (1 of 2)") {
  every_bit(several, witnesses::all, 0, 2);
}

TEST_CASE("every bit flipped in several segments of a remembered journal is found by the start or a reader (2 of 2)") {
  every_bit(several, witnesses::all, 1, 2);
}

TEST_CASE("every bit flipped in a segment of a remembered journal is found by the start or a reader (1 of 2)") {
  every_bit(single, witnesses::all, 0, 2);
}

TEST_CASE("every bit flipped in a segment of a remembered journal is found by the start or a reader (2 of 2)") {
  every_bit(single, witnesses::all, 1, 2);
}

TEST_CASE("cut at every byte several segments that nobody remembers keep their whole commits and the rest aside") {
  every_length(several, witnesses::none);
}

TEST_CASE("cut at every byte a segment that nobody remembers keeps its whole commits and the rest aside") {
  every_length(single, witnesses::none);
}

TEST_CASE("cut at every byte a journal that is remembered is refused") {
  every_length(several, witnesses::all);
  every_length(single, witnesses::all);
}

TEST_CASE("every byte of an index, the heads or the mark may be wrong: they are made anew or say nothing") {
  every_bit_of_a_witness(several);
}

TEST_CASE("commits deleted, doubled, swapped, or spliced from another journal are found wherever they stand") {
  for (const auto segment_bytes : {several, single})
    for (const auto who : {witnesses::none, witnesses::all})
      arrangements{segment_bytes, who}.try_all();
}
