#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>
#include <caf/message.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/protocol.hpp"

namespace daybook {

/// The CONNECTION actor interface: a far node's gateway as if it were near.
using connection_actor = gateway_actor::extend<
  // INTERNAL: try to connect; look for requests whose time is over.
  caf::reacts_to<follow_atom>, caf::reacts_to<sweep_atom>>;

/// Where and how to connect.
struct connection_settings {
  std::string host;
  std::uint16_t port = 0;
  /// How long a request may take, all tries together; then `unavailable` or `timed_out`.
  std::chrono::milliseconds timeout{30'000};
  /// Told in one line when the server is lost and when it is back. Called on the actor's thread.
  std::function<void(const std::string&)> on_news;
};

/// Stands for a far gateway and outlives its death. A request that is under way when the server is lost is sent again when
/// it is back: queries change nothing, and a command's id makes its repetition harmless. CAF's own handle never recovers
/// (its proxy stays dead), and a request to a killed peer would end by its timeout only; hence the table of requests.
class connection_state {
public:
  using self_pointer = connection_actor::stateful_pointer<connection_state>;
  static inline const char* name = "connection";

  explicit connection_state(self_pointer self);

  void start(connection_settings settings);
  void connect();
  void sweep();

  /// Sends the message that is being handled to the gateway, now or when there is one, and promises the answer. Takes its
  /// content as it is, without a copy: the handler's own arguments are gone after this.
  template <class Answer>
  caf::typed_response_promise<Answer> forward() {
    auto promise = self_->make_response_promise<Answer>();
    const auto id = ++last_id_;
    auto send = [this, id, promise](const caf::actor& gateway, std::chrono::milliseconds left, const caf::message& content) {
      self_->request(gateway, left, content)
        .then(
          [this, id, promise](Answer& answer) mutable {
            if (requests_.erase(id) > 0)
              promise.deliver(std::move(answer));
          },
          [this, id](caf::error& cause) { on_error(id, cause); });
    };
    auto fail = [promise](const caf::error& cause) mutable { promise.deliver(cause); };
    keep(id, std::move(send), std::move(fail));
    return promise;
  }

private:
  using send_function = std::function<void(const caf::actor&, std::chrono::milliseconds, const caf::message&)>;
  using fail_function = std::function<void(const caf::error&)>;

  struct request {
    caf::actor_clock::time_point until;
    caf::message content;
    send_function send;
    fail_function fail;
    /// The connection it was sent over; answers of earlier ones that fail do not count.
    std::uint64_t connection;
  };

  void keep(std::uint64_t id, send_function send, fail_function fail);
  void send_now(request& each);
  void on_error(std::uint64_t id, const caf::error& cause);
  void on_connected(const caf::strong_actor_ptr& peer);
  void on_greeted(const caf::strong_actor_ptr& peer);
  void on_lost(const std::string& why);
  void retry_later(const error& cause);
  void fail_all(const error& cause);
  std::string address() const;

  self_pointer self_;
  connection_settings settings_;
  gateway_actor gateway_;
  caf::actor_addr peer_;
  std::uint64_t connection_ = 0;
  std::uint64_t last_id_ = 0;
  bool is_connecting_ = false;
  bool was_lost_ = false;
  error last_problem_{errc::unavailable, "not tried yet"};
  std::map<std::uint64_t, request> requests_;
};

/// Spawnable; the system needs `caf::io::middleman`.
connection_actor::behavior_type connection(connection_state::self_pointer self, connection_settings settings);

} // namespace daybook
