#pragma once

#include <string>

#include "daybook/persistence/journal.hpp"

namespace daybook::testing {

/// 2026-11-23T10:15:00Z.
inline constexpr time_us journal_time = 1'795'428'900'000'000;

/// Two streams whose names have the same `stream_hash`; found within a minute, by following chains of hashes until two met.
inline constexpr const char* names_with_one_hash[] = {"qqoz80TW_1P", "WOuxFNNB0CP"};

inline commit wanted(const std::string& stream, version_t expected, int events = 1, bool open = false) {
  commit made;
  made.stream = stream;
  made.expected_version = expected;
  made.command_id = "c-" + stream + "-" + std::to_string(expected);
  made.command_hash = 0x0123456789abcdef + expected;
  for (int i = 1; i <= events; ++i)
    made.events.push_back(
      {"Happened", R"({"n":)" + std::to_string(expected + static_cast<version_t>(i)) + "}", open && i == events});
  return made;
}

/// Everything that a reader sees of commits, to compare.
inline std::string text_of(const recorded_event& each) {
  return std::to_string(each.position) + " " + each.stream + " " + std::to_string(each.version) + " " + each.type + " " +
         std::to_string(each.recorded_at) + " " + each.command_id + " " + each.correlation_id + " " + each.causation_id + " " +
         std::to_string(each.command_hash) + (each.open ? " open " : " ") + each.data + "\n";
}

inline std::string text_of(const recorded_commit& commit) {
  std::string text;
  for (const auto& each : commit.events)
    text += text_of(each);
  return text + commit.digest + "\n";
}

} // namespace daybook::testing
