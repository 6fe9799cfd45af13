#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daybook/persistence/journal.hpp"
#include "daybook/tests/support/memory_disk.hpp"

namespace daybook::simulation {

/// A journal's bytes, read without any of the code that writes or reads them in a node: the oracle of a simulation.
struct journal_facts {
  std::vector<recorded_commit> commits;
  /// Where the form is broken: positions, versions, times, digests' places, segments' order. Empty for a sound one.
  std::vector<std::string> problems;
  /// Bytes behind the last whole commit of the last segment.
  std::size_t rest = 0;
  /// Line feeds behind it, which only the last segment may have.
  std::size_t room = 0;

  position_t last_position() const noexcept { return commits.empty() ? 0 : commits.back().last_position(); }

  /// The event at a position; nullptr when there is none.
  const recorded_event* at(position_t position) const noexcept;

  /// Of each position the event; index 0 is position 1.
  std::vector<const recorded_event*> events;
};

journal_facts read_facts(const testing::memory_disk& disk, const std::filesystem::path& data_dir);

/// Whether the event at a position, and its commit's end, are among a disk's bytes; cheap.
bool holds_position(const testing::memory_disk& disk, const std::filesystem::path& data_dir, position_t position);

/// The last position of a whole commit; cheap.
position_t last_whole_position(const testing::memory_disk& disk, const std::filesystem::path& data_dir);

} // namespace daybook::simulation
