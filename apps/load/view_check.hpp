#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/apps/load/differences.hpp"
#include "daybook/apps/load/journal_fold.hpp"
#include "daybook/domain/views.hpp"

namespace daybook::load {

/// Holds a view's answers against what the journal says, as far as it was folded. What is beyond that position in the view is
/// passed over: somebody else goes on writing.
class view_check {
public:
  view_check(journal_fold& truth, differences& wrong) : truth_(truth), wrong_(wrong) {}

  void compare(const summary_report& answer);
  void compare(const std::vector<sales_row>& answer, sales_key by);

  /// A page of all orders.
  void take(const std::vector<order_summary>& page);
  /// After the last page: says which orders were missing.
  void finish_orders();

  /// One order whole, against one that was folded from its own events.
  void compare(const order_details& answer, const order_details& truth);

private:
  void compare_row(const order_summary& row, const folded_order& truth);
  template <class T>
  void number(const std::string& what, T answer, T truth);

  journal_fold& truth_;
  differences& wrong_;
};

} // namespace daybook::load
