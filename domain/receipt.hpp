#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace daybook {

/// The answer to a command, carried out or refused.
struct receipt {
  /// The aggregate's id.
  std::string id;
  /// Its status by name: for a command that was carried out as it was then, also when the command is repeated later; for
  /// a refusal as it is now. "unknown" where there is no such aggregate.
  std::string status;
  /// Position and version of its last event; 0 where there is none.
  std::uint64_t position = 0;
  std::uint32_t version = 0;
  /// Names of rejections or refusals; empty: all went well.
  std::vector<std::string> reasons;
  std::string command_id;
  /// Whether the command was refused: nothing was recorded for it.
  bool refused = false;
};

} // namespace daybook
