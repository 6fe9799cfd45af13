#pragma once

#include <vector>

#include "daybook/actors/protocol.hpp"
#include "daybook/domain/order.hpp"

namespace daybook {

using order_router_actor = router_actor<order_rules>;

/// Who is who in a node. Immutable; when somebody is replaced, the supervisor sends a new one to all.
struct wiring {
  journal_actor journal;
  history_actor history;
  bus_actor bus;
  order_router_actor orders;
  projection_actor projection;
  feed_actor feed;
  /// Serve the view, one connection each.
  std::vector<query_actor> queries;
  /// Serves long reads of the journal, so that they do not hold up the queries.
  query_actor archive;
};

} // namespace daybook
