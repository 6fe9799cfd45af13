#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daybook/domain/order.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/tests/simulation/aggregate_model.hpp"
#include "daybook/tests/simulation/invariants.hpp"
#include "daybook/tests/simulation/order_generator.hpp"
#include "daybook/tests/simulation/workload.hpp"

namespace daybook::simulation {

using order_model = aggregate_model<order_rules, order_codec>;

/// Clients that submit orders, lead them through their lives, repeat themselves, make mistakes and look on.
class order_workload final : public workload {
public:
  explicit order_workload(std::uint64_t seed);

  void act(world& in) override;
  void on_end() override;
  void check_journal(const journal_facts& facts, bool after_start, complaints& broken) override;
  void check_view(world& in, const journal_facts& facts) override;
  void check_works(world& in) override;

  const request_log<order_action>& requests() const noexcept { return requests_; }
  seen_events& seen() noexcept { return seen_; }

private:
  void send(world& in, order_command wish);
  void send_pack(world& in);
  void repeat(world& in);
  std::size_t remember(world& in, const order_command& wish);
  void on_answer(world& in, std::size_t number, const result<receipt>& answer);
  void on_command_error(world& in, const sent_command<order_action>& what);
  void on_query_error(world& in, const error& cause);
  void query(world& in);
  void query_show(world& in);
  void query_history(world& in);
  void query_commits(world& in);

  order_generator generator_;
  request_log<order_action> requests_;
  seen_events seen_;
  /// Answers of queries that are compared with the journal when it is looked at next.
  struct shown {
    order_details details;
    position_t at_least;
    /// 0: the view's answer, as of its own version; else as it was at that position.
    position_t at;
  };
  std::vector<shown> shown_;
  struct summarised {
    summary_report report;
    position_t at_least;
  };
  std::vector<summarised> summarised_;
};

} // namespace daybook::simulation
