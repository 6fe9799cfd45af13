#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/persistence/journal.hpp"

namespace daybook::bench {

/// Makes the commits of whole orders' lives, fast: the facts come from the domain's rules for a hundred different lives, which
/// then repeat under new ids. Of 100 orders 8 are rejected, 10 cancelled, 6 undeliverable (half refunded), 8 returned and
/// refunded, 8 still open, and 60 delivered.
class lifecycle {
public:
  explicit lifecycle(std::uint64_t seed);

  /// Appends the next order's commits, in order; their expected versions fit if all are written.
  void next_order(std::vector<commit>& into);

  std::uint64_t orders() const noexcept { return orders_; }

private:
  /// One commit's events; `is_owed`: the decision about a request, which has the ids of the request's command.
  struct step {
    std::vector<new_event> events;
    std::uint64_t hash = 0;
    bool is_owed = false;
  };
  using life = std::vector<step>;

  static life make_life(std::size_t kind, std::uint64_t seed);

  std::vector<life> lives_;
  std::uint64_t state_;
  std::uint64_t orders_ = 0;
};

/// Bytes of the event's JSON text: ids, time and data, without what only the journal's file needs (digest, the mark of a write,
/// fingerprint, line feed), and without correlation and causation where they are the command.
std::size_t json_bytes(const recorded_event& event);

/// Bytes of the event as `daybook events --json` prints it, without line feed: with all of its ids, also where they are equal.
std::size_t printed_bytes(const recorded_event& event);

/// An event of a payment, and a commit of `events` such, whose JSON text has about `record` bytes each.
commit payment_commit(std::string stream, version_t expected, std::size_t events, std::size_t record, std::string command_id);

} // namespace daybook::bench
