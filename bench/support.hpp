#pragma once

// What the benchmarks share: timing, statistics, a directory to work in, memory, orders that look like orders.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "daybook/domain/commands.hpp"

namespace daybook::bench {

using clock_type = std::chrono::steady_clock;

inline double seconds_since(clock_type::time_point begun) {
  return std::chrono::duration<double>(clock_type::now() - begun).count();
}

/// A benchmark has no way on after a failure: it ends with the message.
inline void require(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error{what};
}

/// The value that `share` (0 to 1) of the values are not above; at least one value.
inline double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

inline double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

/// A directory of this process below `parent`, removed at the end.
class work_dir {
public:
  explicit work_dir(const std::filesystem::path& parent);
  ~work_dir();
  work_dir(const work_dir&) = delete;
  work_dir& operator=(const work_dir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

/// Writes bytes to a file of its own as the journal does, behind each other, and syncs: what the disk does without us.
class bare_file {
public:
  explicit bare_file(const std::filesystem::path& path);
  ~bare_file();
  bare_file(const bare_file&) = delete;
  bare_file& operator=(const bare_file&) = delete;

  /// One write and one `fdatasync`; the seconds that they took.
  double append(const char* bytes, std::size_t count);

private:
  int file_ = -1;
};

/// Sizes of all regular files below, in bytes.
std::uint64_t bytes_below(const std::filesystem::path& dir);

/// Of a journal's segments, without the room that the last one has behind its commits. Also beside the one that writes it.
std::uint64_t bytes_of_journal(const std::filesystem::path& data_dir);

/// What malloc has given out and the program has not given back, and what of the process is in memory.
struct memory_use {
  /// Without SQLite's: its page caches fill up to a limit of their own, whatever the number of orders.
  double heap_bytes = 0;
  double sqlite_bytes = 0;
  double resident_bytes = 0;
};
memory_use memory_now();

/// An order's request as the wholesalers of the demo write it.
submit_order make_request(std::size_t lines, std::uint64_t seed);

/// Looks like a UUIDv7; cheap.
std::string cheap_uuid(std::uint64_t number, std::uint64_t& state);

} // namespace daybook::bench
