#pragma once

#include "daybook/tests/simulation/journal_facts.hpp"
#include "daybook/tests/simulation/world.hpp"

namespace daybook::simulation {

/// What clients of one kind of aggregate do, and how to tell whether they were served right. The driver knows no more of
/// an aggregate than this.
class workload {
public:
  virtual ~workload() = default;

  /// Clients send something: a command, several, a question. Requires that the node runs.
  virtual void act(world& in) = 0;

  /// The node has ended; what has no answer gets none.
  virtual void on_end() = 0;

  /// After every start, before anything is asked, and at rest: everything known so far against the journal.
  virtual void check_journal(const journal_facts& facts, bool after_start, complaints& broken) = 0;

  /// At rest: the view, as queries and as tables, against the journal.
  virtual void check_view(world& in, const journal_facts& facts) = 0;

  /// A healthy node carries out what it is asked to.
  virtual void check_works(world& in) = 0;
};

} // namespace daybook::simulation
