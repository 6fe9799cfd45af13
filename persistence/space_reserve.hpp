#pragma once

#include <cstdint>
#include <filesystem>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"

namespace daybook {

/// Room on the device that is kept for the moment when there is none: a file of nothing, given up when a write fails for
/// want of room, so that tails can be cut and kept, and the view can take what was acknowledged. Belongs to one thread.
class space_reserve {
public:
  /// @param bytes how much is kept; 0: nothing.
  space_reserve(const file_system& files, std::filesystem::path path, std::uint64_t bytes);

  /// Takes the room, if there is as much as that and `more` bytes besides: what was just given up shall not be taken for
  /// room that came free. `disk_full` when there is not.
  result<done> take(std::uint64_t more);

  /// Gives the room back, if it is held or was left by an earlier process.
  void give_up();

private:
  file_system files_;
  std::filesystem::path path_;
  std::uint64_t bytes_;
};

} // namespace daybook
