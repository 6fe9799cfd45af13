#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daybook/tests/support/process.hpp"

namespace daybook::torture {

/// Backups of one data directory into one backup directory, each made by a process of its own that may be killed, too.
class backups {
public:
  /// @param daybook the program that makes them.
  backups(std::string daybook, std::filesystem::path data, std::filesystem::path target);

  /// Whether the program can make any.
  bool are_possible() const noexcept { return are_possible_; }

  /// Starts one beside the running node.
  void begin();
  /// kill -9 of the one that runs.
  void kill();
  /// Waits for the one that runs; what is wrong with it, empty: nothing. Sets `position()`.
  std::string finish();

  /// What is wrong with the backup directory; empty: nothing. Also after kills: what is there can be restored at every moment.
  std::string check() const;

  /// Restores it into an empty directory; what is wrong, empty: nothing.
  std::string restore(const std::filesystem::path& into) const;

  /// How far the last finished one reaches.
  std::uint64_t position() const noexcept { return position_; }

private:
  std::string daybook_;
  std::filesystem::path data_;
  std::filesystem::path target_;
  bool are_possible_ = false;
  std::uint64_t position_ = 0;
  std::unique_ptr<testing::process> running_;
};

} // namespace daybook::torture
