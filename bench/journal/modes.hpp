#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

namespace daybook::bench {

using report = nlohmann::ordered_json;

/// What can be asked of journal_bench; 0: the mode's own default.
struct bench_options {
  /// Where the data are made; the disk that is measured.
  std::filesystem::path dir;
  /// How many of what the mode counts.
  std::size_t count = 0;
  /// Bytes of one event's JSON text.
  std::size_t record = 300;
  /// Commits in one write (raw), events in one commit (actor), commands in one message (memory, revive).
  std::size_t batch = 0;
  /// Requests under way at a time.
  std::size_t window = 0;
  std::size_t rounds = 5;
  /// Worker threads of CAF.
  std::size_t threads = 0;
  /// start: whether the view is brought level with the journal before anything is measured.
  bool level_view = false;
};

/// Each mode measures one thing of the table and answers with one JSON object.
report run_raw(const bench_options& options);
report run_actor(const bench_options& options);
report run_latency(const bench_options& options);
report run_sync(const bench_options& options);
report run_bytes(const bench_options& options);
report run_memory(const bench_options& options);
report run_revive(const bench_options& options);
report run_start(const bench_options& options);

/// The child processes of `start`.
int make_journal(const std::filesystem::path& dir, std::size_t events);
int serve_node(const std::filesystem::path& dir);

} // namespace daybook::bench
