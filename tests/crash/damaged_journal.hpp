#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/tests/support/memory_files.hpp"

namespace daybook::testing {

/// A journal of 64 KiB on a disk in memory, to be damaged and opened. Every byte of it is known.
class sound_journal {
public:
  struct commit_place {
    std::size_t segment = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    position_t first = 0;
    position_t last = 0;
    std::string stream;
    std::string text;
  };
  struct segment_file {
    std::string path;
    std::string name;
    std::string bytes;
    std::uint64_t header_bytes = 0;
  };

  /// Whether index, mark and view are there to remember it: after a clean stop, or all of them gone.
  enum class witnesses : bool { none, all };

  explicit sound_journal(std::uint64_t segment_bytes, std::uint64_t seed = 0);

  const std::vector<segment_file>& segments() const noexcept { return segments_; }
  const std::vector<commit_place>& commits() const noexcept { return commits_; }
  const memory_disk& disk(witnesses who) const noexcept { return who == witnesses::all ? remembered_ : forgotten_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Of the last write.
  std::size_t first_of_last_write() const noexcept { return last_write_; }

  /// The commit that a byte of a segment belongs to; nothing: the header.
  const commit_place* at(std::size_t segment, std::uint64_t offset) const;
  std::string bytes_of(const commit_place& commit) const;

  file_journal_options options(witnesses who) const;
  static const char* directory() noexcept { return "/d"; }

private:
  std::vector<segment_file> segments_;
  std::vector<commit_place> commits_;
  memory_disk remembered_;
  memory_disk forgotten_;
  std::uint64_t size_ = 0;
  std::uint64_t segment_bytes_;
  std::size_t last_write_ = 0;
  std::string digest_;
};

/// One start on a damaged disk, and what came of it; keeps count of nothing.
class damaged_start {
public:
  damaged_start(const sound_journal& sound, sound_journal::witnesses who, memory_disk disk);
  ~damaged_start();
  damaged_start(const damaged_start&) = delete;
  damaged_start& operator=(const damaged_start&) = delete;

  /// The start was refused as damage, or as of another format, with this place in its words, and changed nothing.
  bool refused(const std::string& segment, std::uint64_t offset) const;
  /// The same, wherever.
  bool refused() const;
  bool opened() const noexcept { return opened_.ok(); }
  /// Opened, and it has the first `count` commits of the sound journal and no others.
  bool has_first(std::size_t count) const;
  /// Opened with all that it had, and whoever reads this commit, or its stream, is told of damage.
  bool tells_of(const sound_journal::commit_place& damaged) const;
  /// Whether exactly these bytes of the last segment went into a side file.
  bool kept_aside(const std::string& tail) const;
  /// No segment was written to or became shorter, and there is no side file.
  bool changed_nothing() const;
  /// What the start said.
  std::string said() const { return opened_ ? "opened" : opened_.error().message; }

private:
  const sound_journal& sound_;
  const memory_disk before_;
  memory_files files_;
  result<std::unique_ptr<file_journal>> opened_;
};

} // namespace daybook::testing
