#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daybook/apps/load/workload.hpp"
#include "daybook/domain/result.hpp"

namespace daybook::load {

/// The command line of `daybook-load`, judged: what is here goes together.
struct load_options {
  /// Help or version: to be printed instead of anything else.
  std::string text;

  std::string data;
  std::string connect;
  std::string config;
  std::chrono::milliseconds timeout{30'000};

  mix what = mix::lifecycle;
  std::optional<std::uint32_t> orders;
  std::optional<std::uint64_t> commands;
  std::optional<std::chrono::milliseconds> duration;
  std::chrono::milliseconds warm_up{0};
  std::uint32_t prepare = 0;

  /// A second; nothing: as fast as the answers come.
  std::optional<std::uint64_t> rate;
  std::uint32_t clients = 16;
  std::uint32_t window = 64;
  std::uint32_t pack = 0;

  std::string replay;
  /// The file's time runs so much faster; nothing: the rate says.
  std::optional<double> speed;

  /// Nothing: one is made.
  std::optional<std::uint64_t> seed;

  bool json = false;
  bool quiet = false;
  bool check = true;
  std::chrono::milliseconds view_wait{60'000};
  std::string html;
  std::string save_receipts;
  std::string check_file;

  /// Things under way at a time.
  std::size_t in_flight() const noexcept;
  /// Commands in one message, at the most.
  std::size_t pack_size() const noexcept;
};

/// In an open loop the node's own limit should speak, not ours.
inline constexpr std::size_t open_loop_in_flight = 60'000;

/// Reads a command line without its program's name; `invalid_argument` says what is wrong and where help is.
result<load_options> parse_load_options(const std::vector<std::string>& words);

} // namespace daybook::load
