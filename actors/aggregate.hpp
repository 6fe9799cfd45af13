#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook {

/// What all aggregates of one type share. Lives as long as the last of them.
template <class Rules>
struct aggregate_context {
  journal_actor journal;
  history_actor history;
  router_actor<Rules> router;
  /// For what it has in memory only: whether there is a history to read, or more of it than was read.
  std::shared_ptr<const daybook::journal> books;
  /// How long to wait for the journal or the history before the outcome counts as unknown.
  std::chrono::milliseconds request_timeout{0};
};

/// Hosts one aggregate: the shell around pure rules. Knows nothing of orders: `Rules` brings state, action, event, decide,
/// evolve, follow_up, status, reasons and trim (see order_rules), `Codec` brings encode, decode and fingerprint (see
/// order_codec).
///
/// It decides on durable state only, one command at a time: commands that arrive while a commit is under way wait in a queue
/// of its own (bounded by the gateway's admission limit). What the rules owe without being asked (`follow_up`) goes
/// before every other command, also after a restart. The state runs ahead of a commit under way, and nothing is decided on it
/// meanwhile; when the commit fails, the history is read again before anything is decided.
template <class Rules, class Codec>
class aggregate_state {
public:
  using action_type = typename Rules::action;
  using event_type = typename Rules::event;
  using handle = aggregate_actor<Rules>;
  using self_pointer = typename handle::template stateful_pointer<aggregate_state>;
  using context_ptr = std::shared_ptr<const aggregate_context<Rules>>;
  using answer = caf::typed_response_promise<receipt>;

  static inline const char* name = "aggregate";

  explicit aggregate_state(self_pointer self) : self_(self) {
    // nop
  }

  /// However the actor ended, the router hears of it.
  ~aggregate_state() {
    if (context_ && context_->router)
      caf::anon_send(context_->router, gone_atom_v, std::string{id()}, self_id_);
  }

  void start(const std::string& id, context_ptr context) {
    stream_.reserve(Rules::category.size() + 1 + id.size());
    stream_.append(Rules::category).append("-").append(id);
    context_ = std::move(context);
    self_id_ = self_->id();
    phase_ = context_->books->may_have(stream_) ? phase::stale : phase::ready;
  }

  // -- messages ----------------------------------------------------------------------------------------------------------

  answer carry_out(command<action_type>&& wish, ticket place) {
    auto promise = self_->template make_response_promise<receipt>();
    queue_.push_back({std::move(wish), std::move(place), promise, nullptr, 0});
    work();
    return promise;
  }

  void carry_out(command<action_type>&& wish, slot_ptr slot) {
    queue_.push_back({std::move(wish), nullptr, {}, std::move(slot), 0});
    work();
  }

  /// A commit that the journal is silent about counts as unknown after the timeout; its answer, if it comes, is not heard.
  void on_overdue() {
    if (phase_ != phase::committing)
      return;
    const auto passed = self_->clock().now() - committing_since_;
    if (passed < context_->request_timeout) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(context_->request_timeout - passed);
      return self_->delayed_send(self_, rest, overdue_atom_v);
    }
    ++commits_;
    on_failed(caf::make_error(caf::sec::request_timeout));
  }

  caf::typed_response_promise<caf::ok_atom> resume() {
    is_waiting_for_room_ = false;
    auto promise = self_->template make_response_promise<caf::ok_atom>();
    resuming_.push_back(promise);
    work();
    return promise;
  }

  void passivate() {
    if (is_idle())
      self_->quit();
    else
      self_->send(context_->router, stay_atom_v, std::string{id()});
  }

private:
  enum class phase : std::uint8_t {
    /// The state is that of the journal; nothing is under way.
    ready,
    /// The history must be read before anything is decided.
    stale,
    /// The history is being read.
    loading,
    /// A commit is under way; the state has its events already, version and position have not.
    committing,
  };

  /// What is kept of a commit while the journal writes it.
  struct written {
    std::string command_id;
    std::uint64_t hash = 0;
    version_t events = 0;
    std::vector<std::string> reasons;
  };

  struct pending {
    command<action_type> wish;
    ticket place;
    /// Where the answer goes: the promise, or, of a command that came in a pack, the slot.
    answer promise;
    slot_ptr slot;
    int attempts;

    void deliver(receipt text) {
      if (slot)
        slot->answer({true, std::move(text), {}, {}});
      else
        promise.deliver(std::move(text));
    }

    void deliver(const caf::error& cause) {
      if (!slot) {
        promise.deliver(cause);
        return;
      }
      auto why = from_caf(cause);
      slot->answer({false, {}, why.code, std::move(why.message)});
    }
  };

  /// A command that was carried out, to answer its repetition.
  struct remembered {
    std::string command_id;
    std::uint64_t hash = 0;
    position_t position = 0;
    version_t version = 0;
    std::string_view status;
    std::vector<std::string> reasons;
  };

  /// How long a verdict waits for room on a full disk before it is tried again.
  static constexpr std::chrono::milliseconds room_pause{1'000};

  std::string_view id() const noexcept { return std::string_view{stream_}.substr(Rules::category.size() + 1); }

  bool is_idle() const {
    const bool is_settled = phase_ == phase::stale || (phase_ == phase::ready && Rules::follow_up(state_).empty());
    return is_settled && queue_.empty() && resuming_.empty() && !is_waiting_for_room_;
  }

  /// Does the next thing there is to do, if any.
  void work() {
    while (!queue_.empty() || !resuming_.empty()) {
      if (phase_ == phase::stale)
        return load();
      if (phase_ != phase::ready)
        return;
      if (auto owed = Rules::follow_up(state_); !owed.empty())
        return append_owed(std::move(owed));
      for (auto& promise : resuming_)
        promise.deliver(caf::ok_atom_v);
      resuming_.clear();
      if (queue_.empty() || !decide_front())
        return;
    }
  }

  /// Decides the first waiting command. False when a commit is under way, true when there is more to do.
  bool decide_front() {
    auto& front = queue_.front();
    const auto hash = Codec::fingerprint(front.wish.action);
    if (auto* known = find_remembered(front.wish.command_id)) {
      const auto reused = std::string{daybook::name(refusal::command_id_reused)};
      answer_front(known->hash == hash ? receipt_of(*known) : refusal({reused}));
      return true;
    }
    auto decision = Rules::decide(state_, front.wish);
    if (auto* refusals = std::get_if<1>(&decision)) {
      // An actor whose router was replaced may have written a last commit after this one began. Commits would be refused by
      // their version; a refusal has to look for itself.
      if (!context_->books->is_at(stream_, version_) && ++front.attempts < 3) {
        phase_ = phase::stale;
        return true;
      }
      std::vector<std::string> reasons;
      for (auto reason : *refusals)
        reasons.emplace_back(daybook::name(reason));
      answer_front(refusal(std::move(reasons)));
      return true;
    }
    commit request;
    request.command_id = front.wish.command_id;
    request.correlation_id = front.wish.correlation_id;
    request.causation_id = front.wish.causation_id;
    request.command_hash = hash;
    is_for_front_ = true;
    append(std::move(request), std::move(std::get<0>(decision)));
    return false;
  }

  /// The verdict that the last event asks for belongs to the command that caused that event.
  void append_owed(std::vector<event_type> events) {
    commit request;
    if (!remembered_.empty()) {
      request.command_id = remembered_.back().command_id;
      request.command_hash = remembered_.back().hash;
      request.correlation_id = last_correlation_;
      request.causation_id = last_causation_;
    }
    append(std::move(request), std::move(events));
  }

  void append(commit request, std::vector<event_type> events) {
    request.stream = stream_;
    request.expected_version = version_;
    request.events.reserve(events.size());
    written commit{request.command_id, request.command_hash, static_cast<version_t>(events.size()), {}};
    for (auto& event : events) {
      for (auto& reason : Rules::reasons(event))
        commit.reasons.push_back(std::move(reason));
      request.events.push_back({std::string{type_name(event)}, Codec::encode(event), false});
      Rules::evolve(state_, std::move(event));
    }
    request.events.back().open = !Rules::follow_up(state_).empty();
    last_correlation_ = request.correlation_id;
    last_causation_ = request.causation_id;
    phase_ = phase::committing;
    committing_since_ = self_->clock().now();
    const auto number = ++commits_;
    // Its timeout is `on_overdue`: a timer for each commit would cost as much as its messages.
    self_->request(context_->journal, caf::infinite, append_atom_v, std::move(request))
      .then(
        [this, commit = std::move(commit), number](const appended& durable) mutable {
          if (number == commits_)
            on_appended(std::move(commit), durable);
        },
        [this, number](caf::error& cause) {
          if (number == commits_)
            on_failed(cause);
        });
  }

  void on_appended(written commit, const appended& durable) {
    phase_ = phase::ready;
    const auto& known = remember(std::move(commit), durable.last_position);
    Rules::trim(state_);
    if (is_for_front_ && Rules::follow_up(state_).empty())
      answer_front(receipt_of(known));
    work();
  }

  void on_failed(const caf::error& cause) {
    auto why = from_caf(cause);
    const bool was_owed = !std::exchange(is_for_front_, false);
    phase_ = phase::stale;
    if (why.code == errc::unavailable)
      why = {errc::storage_failed, "the journal has ended: " + why.message};
    if (why.code == errc::version_conflict && !queue_.empty() && ++queue_.front().attempts < 3)
      return work();
    fail_all(to_caf(why));
    // Nobody may ask for what is owed: it is tried until there is room.
    if (was_owed && why.code == errc::disk_full && !std::exchange(is_waiting_for_room_, true))
      caf::delayed_anon_send(handle{self_}, room_pause, resume_atom_v);
  }

  void load() {
    phase_ = phase::loading;
    self_->request(context_->history, context_->request_timeout, read_atom_v, stream_)
      .then([this](const commit_batch& history) { on_history(*history); },
            [this](caf::error& cause) {
              phase_ = phase::stale;
              fail_all(cause);
            });
  }

  void on_history(const std::vector<recorded_commit>& history) {
    state_ = {};
    version_ = 0;
    position_ = 0;
    remembered_.clear();
    remembered_ids_.clear();
    for (const auto& commit : history) {
      for (const auto& recorded : commit.events) {
        auto event = Codec::decode(recorded.type, recorded.data);
        if (!event) {
          phase_ = phase::stale;
          return fail_all(to_caf({event.error().code, "event " + std::to_string(recorded.position) + " of " + stream_ +
                                                        " cannot be applied: " + event.error().message}));
        }
        last_correlation_ = recorded.correlation_id;
        last_causation_ = recorded.causation_id;
        written commit{recorded.command_id, recorded.command_hash, 1, Rules::reasons(*event)};
        Rules::evolve(state_, std::move(*event));
        remember(std::move(commit), recorded.position);
      }
    }
    Rules::trim(state_);
    phase_ = phase::ready;
    work();
  }

  /// Requires that the state has the commit's events.
  const remembered& remember(written commit, position_t last_position) {
    version_ += commit.events;
    position_ = last_position;
    if (remembered_.empty() || remembered_.back().command_id != commit.command_id) {
      remembered_ids_.push_back(short_hash(commit.command_id));
      remembered_.push_back({std::move(commit.command_id), commit.hash, 0, 0, {}, {}});
    }
    auto& last = remembered_.back();
    last.position = position_;
    last.version = version_;
    last.status = Rules::status(state_);
    for (auto& reason : commit.reasons)
      last.reasons.push_back(std::move(reason));
    return last;
  }

  /// Nearly no command is a repetition, and an order may have thousands: the ids themselves are only read where a hash says so.
  /// Repetitions follow soon after their first try: looks from the end.
  remembered* find_remembered(const std::string& command_id) {
    const auto hash = short_hash(command_id);
    for (auto i = remembered_ids_.size(); i-- > 0;)
      if (remembered_ids_[i] == hash && remembered_[i].command_id == command_id)
        return &remembered_[i];
    return nullptr;
  }

  static std::uint32_t short_hash(const std::string& command_id) noexcept {
    return static_cast<std::uint32_t>(std::hash<std::string>{}(command_id));
  }

  receipt receipt_of(const remembered& known) const {
    return {std::string{id()}, std::string{known.status}, known.position, known.version,
            known.reasons,     known.command_id,          false};
  }

  receipt refusal(std::vector<std::string> reasons) const {
    return {std::string{id()}, std::string{Rules::status(state_)}, position_, version_, std::move(reasons),
            queue_.front().wish.command_id, true};
  }

  void answer_front(receipt text) {
    queue_.front().deliver(std::move(text));
    queue_.pop_front();
    is_for_front_ = false;
  }

  /// Everyone who waits learns why nothing can be said; each may ask again.
  void fail_all(const caf::error& cause) {
    for (auto& waiting : queue_)
      waiting.deliver(cause);
    queue_.clear();
    for (auto& promise : resuming_)
      promise.deliver(cause);
    resuming_.clear();
  }

  // The flags stand together: with holes between them an order would take the next larger block of the allocator.
  self_pointer self_;
  std::uint64_t self_id_ = 0;
  context_ptr context_;
  std::string stream_;
  typename Rules::state state_;
  phase phase_ = phase::stale;
  /// Whether the commit under way carries out the first waiting command; else it is a verdict that was owed.
  bool is_for_front_ = false;
  /// Whether a timer is about to resume what found no room on the disk.
  bool is_waiting_for_room_ = false;
  version_t version_ = 0;
  position_t position_ = 0;
  std::string last_correlation_;
  std::string last_causation_;
  std::vector<remembered> remembered_;
  /// Hashes of their command ids, one each.
  std::vector<std::uint32_t> remembered_ids_;
  /// A list, because it is empty nearly always: a deque would keep half a kilobyte for that.
  std::list<pending> queue_;
  /// How many commits were tried: an answer to an earlier one is not heard.
  std::uint64_t commits_ = 0;
  caf::actor_clock::time_point committing_since_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> resuming_;
};

/// Spawnable: hosts the aggregate `id`.
template <class Rules, class Codec>
typename aggregate_actor<Rules>::behavior_type
aggregate(typename aggregate_state<Rules, Codec>::self_pointer self, std::string id,
          typename aggregate_state<Rules, Codec>::context_ptr context) {
  self->state.start(id, std::move(context));
  return {
    [self](command<typename Rules::action>& wish, ticket& place) {
      return self->state.carry_out(std::move(wish), std::move(place));
    },
    [self](command<typename Rules::action>& wish, slot_ptr& slot) {
      self->state.carry_out(std::move(wish), std::move(slot));
    },
    [self](overdue_atom) { self->state.on_overdue(); },
    [self](resume_atom) { return self->state.resume(); },
    [self](passivate_atom) { self->state.passivate(); },
  };
}

} // namespace daybook
