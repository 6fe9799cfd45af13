#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daybook/domain/reasons.hpp"
#include "daybook/tests/simulation/complaints.hpp"
#include "daybook/tests/simulation/journal_facts.hpp"
#include "daybook/tests/simulation/request_log.hpp"

namespace daybook::simulation {

/// One aggregate as the journal tells it: its state after each of its events, folded by the rules.
template <class Rules>
struct told_aggregate {
  /// Index 0 is before the first event.
  std::vector<typename Rules::state> states{1};
  std::vector<const recorded_event*> events;

  version_t version() const noexcept { return static_cast<version_t>(events.size()); }
  const typename Rules::state& last() const noexcept { return states.back(); }
};

/// All aggregates of one kind, folded from a journal's facts. The same rules as the node's, but none of its actors: what a
/// command may have come to is worked out anew. For any aggregate: rules and codec as `aggregate.hpp` wants them.
template <class Rules, class Codec>
class aggregate_model {
public:
  using aggregate = told_aggregate<Rules>;
  using log = request_log<typename Rules::action>;
  using sent = typename log::entry;

  aggregate_model(const journal_facts& facts, complaints& broken) {
    const auto prefix = std::string{Rules::category} + "-";
    for (const auto& commit : facts.commits) {
      const auto& stream = commit.events.front().stream;
      if (stream.compare(0, prefix.size(), prefix) != 0) {
        broken.add("positions have no gaps, commits are whole", "a stream of another kind: " + stream);
        continue;
      }
      auto& told = aggregates_[stream.substr(prefix.size())];
      for (const auto& event : commit.events) {
        auto decoded = Codec::decode(event.type, event.data);
        if (!decoded) {
          broken.add("nothing is skipped silently", "event " + std::to_string(event.position) + " cannot be read");
          return;
        }
        auto next = told.last();
        Rules::evolve(next, *decoded);
        told.states.push_back(std::move(next));
        told.events.push_back(&event);
      }
    }
  }

  const std::map<std::string, aggregate>& all() const noexcept { return aggregates_; }

  /// nullptr when it has no events.
  const aggregate* find(const std::string& id) const {
    const auto found = aggregates_.find(id);
    return found == aggregates_.end() ? nullptr : &found->second;
  }

  /// The receipt of a command that was carried out, as the journal tells it; nothing when it was not.
  std::optional<receipt> receipt_of(const std::string& id, const std::string& command_id) const {
    const auto* told = find(id);
    std::optional<receipt> made;
    for (version_t i = 0; told != nullptr && i < told->version(); ++i) {
      const auto& event = *told->events[i];
      if (event.command_id != command_id)
        continue;
      if (!made)
        made = receipt{id, {}, 0, 0, {}, command_id, false};
      made->position = event.position;
      made->version = event.version;
      made->status = std::string{Rules::status(told->states[i + 1])};
      const auto decoded = Codec::decode(event.type, event.data);
      for (auto& reason : Rules::reasons(*decoded))
        made->reasons.push_back(std::move(reason));
    }
    return made;
  }

  // -- promises ----------------------------------------------------------------------------------------------------------

  /// 2: nothing about a new aggregate is decided in the commit that creates it, if its rules owe a verdict about that.
  void journalled_before_checked(complaints& broken) const {
    for (const auto& [id, told] : aggregates_)
      if (told.version() > 1 && told.events[0]->open == false)
        if (!Rules::follow_up(told.states[1]).empty())
          broken.add("requests are journalled before they are checked", id + " was not recorded as open");
  }

  /// 2: after a start nothing is left undecided.
  void decided_without_client(complaints& broken) const {
    for (const auto& [id, told] : aggregates_)
      if (told.events.back()->open || !Rules::follow_up(told.last()).empty())
        broken.add("requests are decided by a start, without the client", id + " is undecided");
  }

  /// 4: every commit is what the rules make of the state before it and a command that somebody sent, or what they owe.
  void states_are_folds(const log& requests, complaints& broken) const {
    std::map<std::pair<std::string, std::string>, std::vector<const sent*>> by_id;
    for (const auto& each : requests.entries())
      by_id[{each.wish.id, each.wish.command_id}].push_back(&each);
    for (const auto& [id, told] : aggregates_) {
      for (version_t from = 0; from < told.version();) {
        auto to = from + 1;
        while (to < told.version() && told.events[to]->command_id == told.events[from]->command_id &&
               !told.events[to - 1]->open)
          ++to;
        if (!is_explained(told, from, to, by_id[{id, told.events[from]->command_id}]))
          broken.add("a state is the fold of its events, decided legally",
                     "position " + std::to_string(told.events[from]->position) + " of " + id + " (" + told.events[from]->type
                       + ") is not what the rules decide");
        from = to;
      }
    }
  }

  /// 5, and 1 after a restart: every receipt is the one that the journal tells, however often it was given.
  void same_receipt(const log& requests, complaints& broken) const {
    for (const auto& each : requests.entries()) {
      if (each.what != fate::receipt || each.answer.refused)
        continue;
      const auto told = receipt_of(each.wish.id, each.wish.command_id);
      const auto& got = each.answer;
      if (!told) {
        broken.add("what was acknowledged stays", "position " + std::to_string(got.position) + " of " + each.wish.id
                                                    + " was acknowledged and is not there");
        continue;
      }
      if (told->position != got.position || told->version != got.version || told->status != got.status
          || told->reasons != got.reasons || got.command_id != each.wish.command_id || got.id != each.wish.id)
        broken.add("the same command id gives the same receipt",
                   each.wish.id + " " + each.wish.command_id + ": told " + got.status + " at " + std::to_string(got.position)
                     + ", the journal says " + told->status + " at " + std::to_string(told->position));
      const auto* event = find(each.wish.id)->events[got.version - 1];
      if (event->command_hash != each.hash)
        broken.add("the same command id gives the same receipt", each.wish.command_id + " was answered with other content");
      if (!each.is_repetition && got.position <= each.known_position)
        broken.add("a state is the fold of its events, decided legally",
                   "position " + std::to_string(got.position) + " is before what was known when it was asked for");
    }
  }

  /// 4, of those that were refused: so the rules decide on a state that was durable then.
  void refusals_are_legal(const log& requests, complaints& broken) const {
    for (const auto& each : requests.entries())
      if (each.what == fate::receipt && each.answer.refused)
        if (const auto why = why_illegal(each); !why.empty())
          broken.add("refusals are decided on durable states",
                     each.wish.id + " " + each.wish.command_id + " at version " + std::to_string(each.answer.version) + ": "
                       + why);
  }

private:
  using event_list = std::vector<typename Rules::event>;

  static bool same_events(const aggregate& told, version_t from, version_t to, const event_list& events) {
    if (events.size() != to - from)
      return false;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& recorded = *told.events[from + i];
      const auto decoded = Codec::decode(recorded.type, recorded.data);
      if (recorded.type != type_name(events[i]) || Codec::encode(*decoded) != Codec::encode(events[i]))
        return false;
    }
    return true;
  }

  static bool is_explained(const aggregate& told, version_t from, version_t to, const std::vector<const sent*>& sent_with_id) {
    const auto& before = told.states[from];
    if (const auto owed = Rules::follow_up(before); !owed.empty())
      return same_events(told, from, to, owed);
    for (const auto* each : sent_with_id) {
      if (each->hash != told.events[from]->command_hash)
        continue;
      const auto decision = Rules::decide(before, each->wish);
      const auto* events = std::get_if<0>(&decision);
      if (events != nullptr && same_events(told, from, to, *events))
        return true;
    }
    return false;
  }

  std::string why_illegal(const sent& each) const {
    const auto& got = each.answer;
    const auto* told = find(each.wish.id);
    const aggregate nothing;
    const auto& it = told != nullptr ? *told : nothing;
    if (got.version > it.version())
      return "it never had that version";
    if (got.version < each.known_version)
      return "version " + std::to_string(each.known_version) + " was known already";
    const auto& state = it.states[got.version];
    if (got.status != Rules::status(state))
      return "its status was " + std::string{Rules::status(state)} + ", not " + got.status;
    if (got.version > 0 && it.events[got.version - 1]->position != got.position)
      return "that version has another position";
    for (version_t i = 0; i < got.version; ++i)
      if (it.events[i]->command_id == each.wish.command_id)
        return it.events[i]->command_hash != each.hash
                   && got.reasons == std::vector<std::string>{std::string{name(refusal::command_id_reused)}}
                 ? ""
                 : "the command id was there before";
    const auto decision = Rules::decide(state, each.wish);
    const auto* refusals = std::get_if<1>(&decision);
    if (refusals == nullptr)
      return "the rules allow it";
    std::vector<std::string> reasons;
    for (const auto reason : *refusals)
      reasons.emplace_back(name(reason));
    return reasons == got.reasons ? "" : "the rules refuse it for other reasons";
  }

  std::map<std::string, aggregate> aggregates_;
};

} // namespace daybook::simulation
