#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daybook/apps/load/differences.hpp"
#include "daybook/apps/load/journal_fold.hpp"
#include "daybook/apps/load/receipts.hpp"

namespace daybook::load {

/// Holds a journal against a run's receipts: what was acknowledged is there once, where the receipt says and with the
/// outcome that it says; what was refused is not; what has no receipt is there once or not at
/// all; and nothing that nobody asked for is.
class receipt_check {
public:
  receipt_check(const run_names& names, std::vector<kept_receipt> receipts, differences& wrong);

  /// The next event, and its order after it.
  void take(const recorded_event& event, const folded_order& after);

  /// Says what was not met. To be called once, after the last event.
  void finish();

  std::uint64_t size() const noexcept { return receipts_.size(); }

private:
  struct met {
    std::uint8_t requests = 0;
    std::uint8_t outcomes = 0;
    bool fits = false;
  };
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  std::uint32_t find(std::uint64_t command_hash) const noexcept;
  void insert(std::uint32_t index) noexcept;
  bool fits(const kept_receipt& each, const recorded_event& event, order_number order,
            const folded_order& after) const noexcept;
  void judge(std::uint32_t index);
  std::string in_words(const kept_receipt& each) const;

  const run_names& names_;
  std::vector<kept_receipt> receipts_;
  std::vector<met> met_;
  /// Open addressing by the commands' hashes; a power of two, at most half full.
  std::vector<std::uint32_t> table_;
  /// Receipts of refusals by the position that they name.
  std::unordered_multimap<position_t, std::uint32_t> refused_at_;
  differences& wrong_;
};

} // namespace daybook::load
