#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/node_core.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/persistence/order_view.hpp"

namespace daybook {

/// Questions "tell me when the view has reached …" that may be held at a time; past it `overloaded`.
inline constexpr std::size_t projection_waiters_max = 65'536;

/// How long events gather while nobody asks for them. Every transaction writes each page that it touches into the WAL, and each
/// order that it changes once: many small ones would take the disk and the processor from the journal (measured:
/// docs/performance.md).
inline constexpr std::chrono::milliseconds projection_gathering_time{100};

/// How many events gather at the most: one for so much of the reserve, or this many where there is none. What has gathered when
/// the device gets full must fit into the room that the reserve leaves, or the view stays behind until there is more
/// (tests/kernel/full_disk_test.cpp). In a view of seven million orders an event takes 2.1 KB of the WAL when 200
/// gather, 1.3 KB of 1,000 and 1.0 KB of 2,048.
inline constexpr std::size_t projection_gathering_bytes = std::size_t{2} << 10;
inline constexpr std::size_t projection_gathering_events = 2'048;

/// Keeps the view level with the journal. Spawn it detached: it blocks on the disk.
///
/// Behind, it reads the journal itself, chunk by chunk, up to what it has heard meanwhile; level, it follows the bus and
/// reads nothing. Positions join the two: what a batch repeats is passed over, what is missing before it is read in the
/// journal, so the seam has neither gap nor double. Heard batches gather for a moment, and no longer than until somebody waits
/// for the view or they are many, and go into it in one transaction.
///
/// With the setting `projection` off it follows nothing: the view stays where it is until it is rebuilt.
class projection_state {
public:
  using self_pointer = projection_actor::stateful_pointer<projection_state>;
  static inline const char* name = "projection";

  explicit projection_state(self_pointer self);

  void start(node_core_ptr core, bus_actor bus, std::unique_ptr<order_view_writer> view);

  // -- messages ----------------------------------------------------------------------------------------------------------

  void on_heard(const commit_batch& batch);
  void on_latest(position_t latest);
  void catch_up();
  caf::result<position_t> reached(position_t wanted);
  caf::typed_response_promise<position_t> rebuild();
  void apply_gathered();
  void go_on_rebuilding();
  void close();

  wiring_ptr wires;

private:
  struct waiter {
    position_t wanted;
    /// When the query gives up.
    caf::actor_clock::time_point until;
    caf::typed_response_promise<position_t> promise;
  };

  std::size_t transaction_events() const noexcept;
  std::size_t gathering_events() const noexcept;
  bool apply(const std::vector<const recorded_commit*>& commits);
  void answer(std::size_t batches);
  void flush_soon();
  void retry_later(const error& cause);
  void wake_up();
  void forget_overdue();
  void schedule_catch_up();
  void begin_rebuild();
  position_t rebuild_goal() const noexcept;
  void swap_views();
  void fail_rebuild(const error& cause);

  self_pointer self_;
  node_core_ptr core_;
  bus_actor bus_;
  std::unique_ptr<order_view_writer> view_;
  /// Heard and neither applied nor answered: no more than the bus sends ahead.
  std::vector<commit_batch> gathered_;
  std::size_t gathered_events_ = 0;
  bool flush_is_due_ = false;
  bool is_catching_up_ = false;
  bool has_failed_ = false;
  /// Takes little at a time, for it failed.
  bool is_careful_ = false;
  /// In the order in which they came, and so of their ends.
  std::deque<waiter> waiters_;
  std::unique_ptr<order_view_writer> next_view_;
  std::filesystem::path next_file_;
  /// Where the journal ended when a rebuild was asked for last.
  position_t rebuild_end_ = 0;
  std::vector<caf::typed_response_promise<position_t>> rebuild_waiters_;
};

/// Opens the view's file for writing, making it anew when it is not there or not usable; the journal has it all.
result<std::unique_ptr<order_view_writer>> open_view(node_core& core);

/// Spawnable (detached). `view` belongs to the actor from then on.
projection_actor::behavior_type projection(projection_state::self_pointer self, node_core_ptr core, bus_actor bus,
                                           std::shared_ptr<std::unique_ptr<order_view_writer>> view);

} // namespace daybook
