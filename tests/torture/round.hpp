#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "remote.hpp"

namespace daybook::torture {

/// What a checker must see: damage that is done to the data between a kill and the restart.
enum class sabotage : std::uint8_t {
  none,
  /// The last commit, which was acknowledged, is deleted together with everything that remembers it.
  lose,
  /// The last commit is recorded once more.
  repeat,
};

struct round_options {
  std::uint64_t seed = 1;
  std::uint64_t kills = 25;
  /// The daybookd to be killed; empty: the one of the build tree.
  std::string program;
  sabotage damage = sabotage::none;
  /// Made by the caller, empty.
  std::filesystem::path directory;
};

/// What happened.
struct tally {
  std::uint64_t kills = 0;
  /// Before the node said that it is ready.
  std::uint64_t in_recovery = 0;
  std::uint64_t at_new_segment = 0;
  std::uint64_t at_index = 0;
  std::uint64_t in_rebuild = 0;
  std::uint64_t in_backup = 0;
  std::uint64_t while_stopping = 0;
  /// Starts that got ready.
  std::uint64_t restarts = 0;
  /// Starts that found a torn tail and cut it.
  std::uint64_t cut_tails = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t doubled = 0;
  std::vector<std::string> faults;

  void add(const tally& more);
};

/// One data directory's life: so many kills at moments that the seed draws, everything checked after each restart; ends at
/// the first fault.
tally run_round(network& over, const round_options& options);

} // namespace daybook::torture
