#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace daybook {

// The decision of docs/journal-format.md, "What becomes of a segment's end", as data: one row a rule, nothing else decides.

/// What a start knows about the end of a segment when it has verified all that verifies.
struct tail_findings {
  /// A witness that speaks of a position which verifies knows another digest there.
  bool digest_differs = false;
  /// The segment's index, the durable mark, the view: each was told of a commit behind the last one that verifies, after
  /// that commit was durable.
  bool index_knows_more = false;
  bool mark_knows_more = false;
  bool view_knows_more = false;
  /// Bytes stand behind the last commit that verifies.
  bool has_rest = false;
  /// The segment is the journal's last one.
  bool is_last = false;
  /// Something in the rest was written by a later write than the one that is expected there.
  bool has_later_write = false;
};

enum class tail_verdict : std::uint8_t {
  /// Nothing to do.
  whole,
  /// The rest was never acknowledged: it is kept aside and cut.
  cut,
  /// Refused: the segment was replaced by another history.
  replaced,
  /// Refused: commits that were durable are gone.
  lost,
  /// Refused: commits that were durable do not verify.
  damaged,
};

/// What a rule asks of a finding.
enum class asked : std::uint8_t { any, no, yes };

struct tail_rule {
  asked digest_differs, index_knows_more, mark_knows_more, view_knows_more, has_rest, is_last, has_later_write;
  tail_verdict verdict;
  /// For the error's text; empty where nothing is wrong.
  std::string_view because;
};

inline constexpr std::size_t tail_rule_count = 8;

/// Exactly one rule fits each combination of findings (tests/persistence/recovery_rules_test.cpp tries all of them).
const std::array<tail_rule, tail_rule_count>& tail_rules() noexcept;

bool fits(const tail_rule& rule, const tail_findings& found) noexcept;

/// The rule that fits.
const tail_rule& rule_for(const tail_findings& found) noexcept;

} // namespace daybook
