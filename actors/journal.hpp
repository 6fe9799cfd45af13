#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"

namespace daybook {

/// A batch of so many commits says that many come at a time, and that it pays to wait for those of the next one.
inline constexpr std::size_t gathering_commits_min = 4;

/// Hosts the journal's writing side. Spawn it detached: it blocks on the disk.
///
/// Group commit: the first commit makes it send itself `flush`, which arrives behind everything that waits in the mailbox by
/// then; all of that goes out in one write and one sync. While the disk is busy the next batch gathers. Where many commit at a
/// time it stands still first, until `commit_gathering_time` after the last write began (as PostgreSQL's commit_delay does with
/// its commit_siblings) or until all commands that are under way in the node wait for it: asleep it costs nothing, and whoever
/// sends to it need not wake it.
class journal_state {
public:
  using self_pointer = journal_actor::stateful_pointer<journal_state>;
  static inline const char* name = "journal";

  explicit journal_state(self_pointer self);

  void start(node_core_ptr core);
  caf::typed_response_promise<appended> append(commit&& request);
  void on_flush();
  void give_up_reserve();
  void close();

  wiring_ptr wires;
  /// Why writing ended; empty while it works.
  std::string failure;

private:
  using steady_clock = std::chrono::steady_clock;

  std::chrono::nanoseconds left_to_gather() const;
  void flush();
  void answer(std::vector<result<recorded_commit>>& outcomes);
  void fail_all();

  self_pointer self_;
  node_core_ptr core_;
  std::vector<commit> batch_;
  std::vector<caf::typed_response_promise<appended>> promises_;
  /// Whether a `flush` is in the mailbox: one at a time.
  bool flush_is_due_ = false;
  /// Of the last batch.
  steady_clock::time_point begun_;
  std::size_t last_batch_ = 0;
};

/// Spawnable (detached).
journal_actor::behavior_type journal_writer(journal_state::self_pointer self, node_core_ptr core);

/// Spawnable (detached): reads streams for aggregates that come back.
history_actor::behavior_type history_reader(history_actor::pointer self, node_core_ptr core);

} // namespace daybook
