#include "daybook/tests/simulation/invariants.hpp"

namespace daybook::simulation {

void seen_events::add(const recorded_event& event, complaints& broken) {
  const mark seen{event.stream, event.version, event.type, event.command_id};
  const auto [found, is_new] = by_position_.try_emplace(event.position, seen);
  const auto& known = found->second;
  if (!is_new && (known.stream != seen.stream || known.version != seen.version || known.type != seen.type
                  || known.command_id != seen.command_id))
    broken.add("what was shown stays", "position " + std::to_string(event.position) + " was another event before");
}

void seen_events::are_in(const journal_facts& facts, complaints& broken) const {
  for (const auto& [position, seen] : by_position_) {
    const auto* event = facts.at(position);
    if (event == nullptr || event->stream != seen.stream || event->version != seen.version || event->type != seen.type
        || event->command_id != seen.command_id)
      broken.add("what was shown stays", "position " + std::to_string(position) + " of " + seen.stream + " is gone");
  }
}

void durable_before_acknowledged(world& in, position_t position) {
  if (position > 0 && !holds_position(in.durable_disk(), in.data_dir(), position))
    in.broken.add("nothing is acknowledged before it is durable",
                  "position " + std::to_string(position) + " was, and a power cut would lose it");
}

void positions_without_gaps(const journal_facts& facts, complaints& broken) {
  for (const auto& each : facts.problems)
    broken.add("positions have no gaps, commits are whole", each);
}

void nothing_durable_lost(const journal_facts& before, const journal_facts& after, complaints& broken) {
  for (std::size_t i = 0; i < before.commits.size(); ++i) {
    if (i < after.commits.size() && before.commits[i].digest == after.commits[i].digest)
      continue;
    broken.add("what is durable stays", "commit " + std::to_string(i + 1) + " with position "
                                          + std::to_string(before.commits[i].last_position()) + " is gone or another");
    return;
  }
}

void silent_after_failure(world& in, position_t acknowledged) {
  const auto& failed_at = in.disturbed().writing_failed_at;
  if (failed_at && acknowledged > *failed_at)
    in.broken.add("nothing is acknowledged after a failed write",
                  "position " + std::to_string(acknowledged) + " was; " + std::to_string(*failed_at) + " was the last before");
}

} // namespace daybook::simulation
