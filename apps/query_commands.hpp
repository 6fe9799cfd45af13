#pragma once

#include <cstdint>
#include <string>

#include "daybook/apps/context.hpp"

namespace daybook {

/// How fresh an answer must be, and whose view is asked.
struct query_options {
  /// 0: not given.
  position_t at_least = 0;
  bool stale_ok = false;
  /// A view that was built; then no node is needed.
  std::string view_file;

  freshness fresh() const;
};

/// "POSITION|TIME" as a moment.
result<moment> parse_moment(const std::string& text);

exit_code show_order(context with, const std::string& order_id, const std::string& at, const query_options& options);
exit_code show_history(context with, const std::string& order_id);
exit_code list_orders(context with, order_filter filter, const query_options& options);
exit_code report_summary(context with, const query_options& options);
exit_code report_sales(context with, sales_key by, std::uint32_t limit, const query_options& options);
exit_code show_status(context with);

/// `events`: prints from a position on; with `follow` until Ctrl-C.
struct events_options {
  position_t from = 1;
  std::string order_id;
  bool follow = false;
};
exit_code show_events(context with, const events_options& options);

} // namespace daybook
