#include "remote.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/others.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/config/caf_config.hpp"

namespace daybook::torture {

/// What the load's actor and whoever waits for it know of each other.
struct load_progress {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t answers = 0;
  bool has_ended = false;
};

using progress_ptr = std::shared_ptr<load_progress>;

namespace {

/// Keeps packs under way.
struct load_state {
  static inline const char* name = "load";

  caf::event_based_actor* self = nullptr;
  gateway_actor gateway;
  ledger* books = nullptr;
  load_options options;
  std::mt19937_64 random;
  progress_ptr progress;
  std::size_t under_way = 0;
  bool is_stopping = false;

  void start() {
    self->monitor(gateway);
    self->set_down_handler([this](const caf::down_msg&) { finish(); });
    for (std::size_t i = 0; i < options.packs_in_flight; ++i)
      send();
  }

  void send() {
    std::vector<token> tokens;
    std::vector<order_command> wishes;
    for (auto left = pick(random, 1, options.pack); left > 0; --left) {
      tokens.push_back(books->next());
      wishes.push_back(books->wish(tokens.back()));
    }
    ++under_way;
    self->request(gateway, std::chrono::milliseconds{120'000}, std::move(wishes))
      .then(
        [this, tokens](const std::vector<outcome>& outcomes) {
          for (std::size_t i = 0; i < tokens.size(); ++i)
            if (outcomes[i].answered)
              books->acknowledge(tokens[i], outcomes[i].answer);
            else
              fail(tokens[i], outcomes[i].code);
          landed(tokens.size());
        },
        [this, tokens](const caf::error& cause) {
          const auto code = from_caf(cause).code;
          for (const auto& each : tokens)
            fail(each, code);
          // Nobody is there any more: the end of the connection is about to be heard of.
          is_stopping = is_stopping || code == errc::unavailable;
          landed(tokens.size());
        });
  }

  void fail(token which, errc code) {
    books->fail(which, code);
    is_stopping = is_stopping || options.ends_with_first_error;
  }

  void landed(std::size_t count) {
    --under_way;
    {
      const std::lock_guard guard{progress->mutex};
      progress->answers += count;
    }
    progress->changed.notify_all();
    if (!is_stopping)
      send();
    else if (under_way == 0)
      finish();
  }

  void stop() {
    is_stopping = true;
    if (under_way == 0)
      finish();
  }

  void finish() {
    self->quit();
    {
      const std::lock_guard guard{progress->mutex};
      progress->has_ended = true;
    }
    progress->changed.notify_all();
  }
};

caf::behavior load(caf::stateful_actor<load_state>* self, gateway_actor gateway, ledger* books, load_options options,
                   progress_ptr progress) {
  auto& state = self->state;
  state.self = self;
  state.gateway = std::move(gateway);
  state.books = books;
  state.options = options;
  state.random.seed(options.seed);
  state.progress = std::move(progress);
  state.start();
  return {[self](close_atom) { self->state.stop(); }};
}

} // namespace

struct network::runtime {
  node_settings settings;
  daybook_config config;
  caf::actor_system system;

  runtime() : config{settings, true}, system{(configure(config), config)} {
    // nop
  }
};

network::network() : runtime_(std::make_unique<runtime>()) {
  // nop
}

network::~network() = default;

struct remote::connection {
  caf::actor_system& system;
  gateway_actor gateway;
  caf::scoped_actor self;
  caf::actor loader;
  progress_ptr progress;
};

remote::remote(std::unique_ptr<connection> to) : to_(std::move(to)) {
  // nop
}

remote::~remote() {
  if (to_->loader)
    to_->self->send_exit(to_->loader, caf::exit_reason::kill);
}

result<std::unique_ptr<remote>> remote::connect(network& over, std::uint16_t port) {
  auto& system = over.get().system;
  auto found = system.middleman().remote_actor<gateway_actor>("127.0.0.1", port);
  // A heartbeat's tick between connecting and the first byte makes CAF believe that the connection was silent for too long.
  for (int i = 0; i < 5 && !found && found.error() == caf::sec::connection_timeout; ++i)
    found = system.middleman().remote_actor<gateway_actor>("127.0.0.1", port);
  if (!found)
    return from_caf(found.error());
  return std::unique_ptr<remote>{
    new remote{std::unique_ptr<connection>{new connection{system, *found, caf::scoped_actor{system}, {}, {}}}}};
}

template <class Answer, class... Ts>
result<Answer> remote::ask(Ts... message) {
  result<Answer> answer = error{};
  to_->self->request(to_->gateway, timeout_, std::move(message)...)
    .receive([&](Answer& found) { answer = std::move(found); }, [&](caf::error& cause) { answer = from_caf(cause); });
  return answer;
}

result<std::vector<outcome>> remote::carry_out(const std::vector<order_command>& wishes) {
  return ask<std::vector<outcome>>(wishes);
}

result<commit_page> remote::commits(position_t from) {
  commits_query question;
  question.from = from;
  question.max_events = 4096;
  return ask<commit_page>(question);
}

result<summary_report> remote::summary() {
  return ask<summary_report>(summary_query{});
}

result<std::vector<order_summary>> remote::orders(const std::string& after) {
  list_query question;
  question.filter.after = after;
  question.filter.limit = 10'000;
  return ask<std::vector<order_summary>>(question);
}

result<order_details> remote::show(const std::string& id) {
  show_query question;
  question.order_id = id;
  return ask<order_details>(question);
}

result<std::vector<recorded_event>> remote::history(const std::string& id) {
  return ask<std::vector<recorded_event>>(history_query{id});
}

result<verify_report> remote::verify() {
  return ask<verify_report>(verify_query{});
}

result<view_status> remote::view() {
  return ask<view_status>(view_status_query{});
}

result<node_status> remote::status() {
  return ask<node_status>(status_query{});
}

result<position_t> remote::rebuild() {
  return ask<position_t>(rebuild_atom_v);
}

void remote::begin_rebuild() {
  to_->self->send(to_->gateway, rebuild_atom_v);
}

// -- load ----------------------------------------------------------------------------------------------------------------

void remote::begin_load(ledger& books, const load_options& options) {
  to_->progress = std::make_shared<load_progress>();
  to_->loader = to_->system.spawn(load, to_->gateway, &books, options, to_->progress);
}

bool remote::wait_for_answers(std::uint64_t count, std::chrono::steady_clock::time_point until) {
  auto& progress = *to_->progress;
  std::unique_lock guard{progress.mutex};
  progress.changed.wait_until(guard, until, [&] { return progress.answers >= count || progress.has_ended; });
  return progress.answers >= count;
}

void remote::stop_load() {
  to_->self->send(to_->loader, close_atom_v);
}

bool remote::end_load(std::chrono::steady_clock::time_point until) {
  auto& progress = *to_->progress;
  std::unique_lock guard{progress.mutex};
  return progress.changed.wait_until(guard, until, [&] { return progress.has_ended; });
}

} // namespace daybook::torture
