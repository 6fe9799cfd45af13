#include "daybook/apps/load/zipf.hpp"

#include <numeric>

namespace daybook::load {

zipf::zipf(std::size_t count) : columns_(count) {
  // Each column stands for 1 / count of all draws: what a frequent number has too much fills up the columns of seldom ones.
  std::vector<double> share(count);
  for (std::size_t i = 0; i < count; ++i)
    share[i] = 1.0 / static_cast<double>(i + 1);
  const auto scale = static_cast<double>(count) / std::accumulate(share.begin(), share.end(), 0.0);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::size_t i = 0; i < count; ++i) {
    share[i] *= scale;
    (share[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
  }
  constexpr double range = 18446744073709551616.0;
  while (!small.empty() && !large.empty()) {
    const auto less = small.back();
    const auto more = large.back();
    small.pop_back();
    columns_[less] = {static_cast<std::uint64_t>(share[less] * range), more};
    share[more] -= 1.0 - share[less];
    if (share[more] < 1.0) {
      large.pop_back();
      small.push_back(more);
    }
  }
  // What is left is full, but for rounding.
  for (const auto* rest : {&small, &large})
    for (const auto each : *rest)
      columns_[each] = {~std::uint64_t{0}, each};
}

} // namespace daybook::load
