#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daybook/apps/load/statistics.hpp"
#include "daybook/domain/commands.hpp"
#include "daybook/domain/result.hpp"

namespace daybook::load {

/// An order file as something to play.
struct replay_script {
  /// In the order of the file, their ids all different.
  std::vector<order_command> commands;
  /// When each is due after the start; as many.
  std::vector<nanoseconds> times;
  /// Orders and rows that could not be taken.
  std::uint64_t left_out = 0;
};

/// Reads an order file whole: Online Retail CSV or order requests as JSON Lines, also gzipped, as `daybook import` takes them.
/// An order is due when its `ordered_at` is as far from the first one's as the time since the start is, `speed` times faster;
/// one without a legible time, or with one that lies before, together with the order before it.
/// Errors: those of the file; `unreadable_request` when it holds no order.
result<replay_script> read_replay(const std::string& file, double speed);

} // namespace daybook::load
