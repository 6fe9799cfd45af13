#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

#include <spdlog/logger.h>

#include "daybook/actors/node_environment.hpp"
#include "daybook/config/settings.hpp"
#include "daybook/domain/time.hpp"
#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/view_files.hpp"

namespace daybook {

/// What the actors of one node share: immutable but for the atomics, which any thread may read.
struct node_core {
  node_settings settings;
  /// Appended to by the journal actor only; read by everyone.
  std::shared_ptr<file_journal> books;
  view_files view;
  std::shared_ptr<spdlog::logger> log;
  node_environment world;
  time_us started_at = 0;
  /// How far the view has come; written by the projection. Goes back only when the view is made anew because its file cannot be
  /// used: then before there is a new file.
  std::atomic<position_t> view_position{0};
  /// Counts the files that were put into the view's place; written before `view_position` tells of the new one. Whoever has
  /// seen a position must not ask a file of an earlier count.
  std::atomic<std::uint64_t> view_generation{0};
  std::atomic<std::uint64_t> commands_in_flight{0};
  std::atomic<std::uint64_t> parked_orders{0};
  std::atomic<std::uint64_t> restarts{0};
};

using node_core_ptr = std::shared_ptr<node_core>;

} // namespace daybook
