#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/apps/load/check_result.hpp"
#include "daybook/apps/load/machine.hpp"
#include "daybook/apps/load/statistics.hpp"
#include "daybook/apps/load/workload.hpp"
#include "daybook/domain/time.hpp"

namespace daybook::load {

/// A setting as scripts and as people read it.
struct shown_setting {
  std::string key;
  std::string title;
  std::string text;
  /// For JSON, where the setting is a number.
  std::optional<double> number;
};

/// Everything that a report says about a run.
struct report {
  std::string version;
  time_us started_at = 0;
  std::uint64_t seed = 0;
  mix what = mix::lifecycle;
  /// "in process" or "server"; the directory or the address.
  bool is_remote = false;
  std::string place;
  std::vector<shown_setting> settings;
  machine on;
  std::uint32_t orders_begun = 0;
  statistics figures;
  std::optional<check_result> check;
  /// Why the run ended early; empty: it did not.
  std::string ended_early;
  /// Why the check could not be made; empty: it was, or was not asked for.
  std::string not_checked;
};

inline constexpr auto durability = "every receipt after fdatasync";

/// Seconds of the measured time.
double seconds_of(const statistics& figures) noexcept;

/// Latencies by what was sent; steps that are one command together, only those that occur.
std::vector<std::pair<std::string, histogram>> by_name(const statistics& figures);

/// "950 ns", "1.25 ms", "3.2 s": three digits that matter.
std::string time_text(nanoseconds time);

/// One document without a line feed; fields in docs/cli.md.
std::string to_json(const report& all);
std::string to_json(const check_result& check);

/// A page of its own: no script, no font, no image from elsewhere.
std::string to_html(const report& all);

} // namespace daybook::load
