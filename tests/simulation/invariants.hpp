#pragma once

#include <map>
#include <string>

#include "daybook/tests/simulation/complaints.hpp"
#include "daybook/tests/simulation/journal_facts.hpp"
#include "daybook/tests/simulation/world.hpp"

namespace daybook::simulation {

// The promises that need to know nothing of what is in a journal. Those about states, receipts and refusals are in
// aggregate_model.hpp, those about the view with the view's kind.

/// Events that somebody was shown, by position; whoever saw one must find it again.
class seen_events {
public:
  void add(const recorded_event& event, complaints& broken);
  position_t last_position() const noexcept { return by_position_.empty() ? 0 : by_position_.rbegin()->first; }
  void are_in(const journal_facts& facts, complaints& broken) const;

private:
  struct mark {
    std::string stream;
    version_t version;
    std::string type;
    std::string command_id;
  };
  std::map<position_t, mark> by_position_;
};

/// 1: at the moment of an answer, what it speaks of is on the disk, whatever happens next.
void durable_before_acknowledged(world& in, position_t position);

/// 3: positions 1, 2, 3 …, versions of each stream likewise, commits whole, times never going back.
void positions_without_gaps(const journal_facts& facts, complaints& broken);

/// 1 and 3: what was on the disk for sure before a crash is there after it, the same.
void nothing_durable_lost(const journal_facts& before, const journal_facts& after, complaints& broken);

/// 8: after a failed write or sync nothing new is acknowledged in this life.
void silent_after_failure(world& in, position_t acknowledged);

} // namespace daybook::simulation
