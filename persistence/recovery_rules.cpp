#include "daybook/persistence/recovery_rules.hpp"

#include <algorithm>

namespace daybook {

const std::array<tail_rule, tail_rule_count>& tail_rules() noexcept {
  constexpr auto any = asked::any;
  constexpr auto no = asked::no;
  constexpr auto yes = asked::yes;
  // The order and the columns of the table in docs/journal-format.md.
  static constexpr std::array<tail_rule, tail_rule_count> rules{{
    // differs, index, mark, view, rest, last, later
    {yes, any, any, any, any, any, any, tail_verdict::replaced, "another history was there before"},
    {no, yes, any, any, any, any, any, tail_verdict::lost, "the index knows of more"},
    {no, no, yes, any, any, any, any, tail_verdict::lost, "the durable mark knows of more"},
    {no, no, no, yes, any, any, any, tail_verdict::lost, "the view has seen more"},
    {no, no, no, no, yes, no, any, tail_verdict::damaged, "a segment follows"},
    {no, no, no, no, yes, yes, yes, tail_verdict::damaged, "a later write follows"},
    {no, no, no, no, yes, yes, no, tail_verdict::cut, ""},
    {no, no, no, no, no, any, any, tail_verdict::whole, ""},
  }};
  return rules;
}

bool fits(const tail_rule& rule, const tail_findings& found) noexcept {
  const auto fit = [](asked wanted, bool is) { return wanted == asked::any || (wanted == asked::yes) == is; };
  return fit(rule.digest_differs, found.digest_differs) && fit(rule.index_knows_more, found.index_knows_more) &&
         fit(rule.mark_knows_more, found.mark_knows_more) && fit(rule.view_knows_more, found.view_knows_more) &&
         fit(rule.has_rest, found.has_rest) && fit(rule.is_last, found.is_last) &&
         fit(rule.has_later_write, found.has_later_write);
}

const tail_rule& rule_for(const tail_findings& found) noexcept {
  const auto& rules = tail_rules();
  return *std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return fits(each, found); });
}

} // namespace daybook
