#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/config/settings.hpp"
#include "daybook/domain/result.hpp"

namespace daybook {

/// How to get at a daybook.
struct session_settings {
  node_settings node;
  /// HOST:PORT of a server; empty: open `node.data_dir` in this process.
  std::string connect;
  /// How long a request may take, finding the server included.
  std::chrono::milliseconds timeout{30'000};
};

/// A daybook to talk to, in this process or behind a server: the same either way. Belongs to one thread.
class session {
public:
  static result<std::unique_ptr<session>> open(const session_settings& settings);
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Asks the gateway and waits for the answer, e.g. `ask<order_details>(show_query{…})`.
  template <class Answer, class... Ts>
  result<Answer> ask(Ts... message) {
    result<Answer> answer = error{};
    self_->request(gateway_, deadline(), std::move(message)...)
      .receive([&](Answer& found) { answer = std::move(found); }, [&](caf::error& cause) { answer = from_caf(cause); });
    return answer;
  }

  /// Lets time go by, e.g. before something is asked again.
  void pause(std::chrono::milliseconds time);

  bool is_remote() const noexcept { return node_ == nullptr; }
  const session_settings& settings() const noexcept { return settings_; }
  const gateway_actor& gateway() const noexcept { return gateway_; }
  caf::actor_system& system();

private:
  struct runtime;

  explicit session(const session_settings& settings);
  result<done> open_node();
  result<done> connect();
  std::chrono::milliseconds deadline() const;

  session_settings settings_;
  /// Declared in the order of their making: the system goes last.
  std::unique_ptr<runtime> runtime_;
  std::unique_ptr<node> node_;
  gateway_actor gateway_;
  caf::scoped_actor self_;
};

/// Sends many commands with many in flight: they travel packed, several packs at a time, and outcomes come back in order.
/// Belongs to one thread; the session outlives it.
class command_pipeline {
public:
  /// Given the order's id and what became of the command.
  using outcome_sink = std::function<void(const std::string&, const outcome&)>;

  /// Enough to keep a node busy, few enough to bound its memory while large orders are imported.
  struct limits {
    std::size_t pack = 128;
    std::size_t packs_in_flight = 8;
  };

  command_pipeline(session& owner, outcome_sink sink);
  command_pipeline(session& owner, outcome_sink sink, limits most);
  /// Waits for everything that is under way.
  ~command_pipeline();

  /// Queues a command; blocks while too much is in flight.
  void send(order_command wish);

  /// Sends what is queued and waits for every outcome.
  void finish();

private:
  struct flight;

  void launch();
  void land();

  session& owner_;
  outcome_sink sink_;
  limits most_;
  caf::scoped_actor self_;
  std::vector<order_command> queue_;
  std::deque<std::unique_ptr<flight>> in_flight_;
};

} // namespace daybook
