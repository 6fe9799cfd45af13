#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/duration.hpp>
#include <caf/fwd.hpp>
#include <spdlog/logger.h>

#include "daybook/actors/node_environment.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/config/settings.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_journal.hpp"

namespace daybook {

struct node_core;

/// A complete daybook inside a process: journal, orders, view and queries on one data directory, as actors of the caller's
/// `caf::actor_system`. Its configuration must have been given to `daybook::configure` before the system started.
///
/// Start and stop block the calling thread and must not be called from an actor that CAF schedules (a detached or blocking
/// actor, or `main`, is fine). The handles may be used from any thread until `stop`.
class node {
public:
  /// Opens the data directory (made when missing), recovers, and decides what the last process left undecided.
  ///
  /// Errors: directory_in_use, journal_damaged, unsupported_format, disk_full, io_error, view_failed, invalid_argument,
  /// timed_out. Nothing is left running after an error.
  /// @param log where starts, stops, recovery and failures are written; none: nowhere.
  /// @param world files, clock and threads; the real ones unless a host brings others.
  static result<std::unique_ptr<node>> start(caf::actor_system& system, node_settings settings,
                                             std::shared_ptr<spdlog::logger> log = nullptr, node_environment world = {});

  /// Stops, if `stop` was not called.
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Where commands and queries go; see protocol.hpp.
  const gateway_actor& gateway() const noexcept;

  /// What the start found.
  const recovery_report& recovery() const noexcept;

  /// Serves the gateway over CAF's network layer, on a loopback address only; the system needs `caf::io::middleman`.
  /// Answers with the port in use. Errors: access_refused, unavailable (the port is taken).
  result<std::uint16_t> publish(const std::string& host, std::uint16_t port);

  /// Lets `consumer` have every commit from `from` on, once each and in order; the next one after it has answered. Ends
  /// with the consumer, with an error from it, or with the node.
  /// Error: unavailable, timed_out.
  result<done> subscribe(consumer_actor consumer, position_t from);

  /// The members that live now (see wiring.hpp), for hosts that watch them and tests that end them. Their interfaces are
  /// internal. Errors: unavailable, timed_out.
  result<wiring_ptr> who_is_who() const;

  /// Admits nothing more, lets what is under way finish (at most `limit`), and closes the books. Safe to call twice. False
  /// when something had to be cut short; nothing acknowledged is lost by that.
  bool stop(std::chrono::milliseconds limit = std::chrono::milliseconds{10'000});

private:
  struct members;
  using time_point = caf::actor_clock::time_point;

  node(caf::actor_system& system, std::shared_ptr<node_core> core);
  result<done> spawn_members();
  result<done> decide_open_orders();
  bool drain(const members& all, time_point until);
  bool dismiss(const wiring& wires, time_point until);
  std::chrono::milliseconds left_until(time_point until) const;
  template <class Atom>
  result<wiring_ptr> ask_supervisor(Atom what, caf::duration limit) const;
  void let_run(const std::function<bool()>& until) const;
  void let_answer(caf::scoped_actor& self, std::size_t answers = 1) const;
  template <class... Handles>
  void wait_for(const Handles&... those) const;

  caf::actor_system& system_;
  std::shared_ptr<node_core> core_;
  std::unique_ptr<members> members_;
};

} // namespace daybook
