#include "daybook/apps/load/names.hpp"

#include <charconv>
#include <cstddef>
#include <utility>

#include "daybook/apps/load/random.hpp"

namespace daybook::load {

namespace {

constexpr std::string_view letters = "mwp";

void put_hex(char* to, std::uint64_t bits, int digits) noexcept {
  for (int i = 0; i < digits; ++i)
    to[i] = "0123456789abcdef"[(bits >> (4 * (digits - 1 - i))) & 15];
}

} // namespace

run_names::run_names(std::uint64_t seed) :
    seed_(seed), spread_(scramble(seed ^ 0x6c6f6164)), prefix_("load-" + std::to_string(seed) + "-") {
  // nop
}

void run_names::use_ids(std::vector<std::string> ids) {
  own_ids_ = std::move(ids);
  by_own_id_.clear();
  for (std::size_t i = 0; i < own_ids_.size(); ++i)
    by_own_id_.emplace(own_ids_[i], number_of(phase::measured, static_cast<std::uint32_t>(i)));
}

std::string run_names::order_id(order_number order) const {
  if (order < own_ids_.size())
    return own_ids_[order];
  std::string id;
  id.reserve(prefix_.size() + 11);
  id = prefix_;
  id += letters[order >> 30];
  char digits[10];
  const auto end = std::to_chars(digits, digits + sizeof digits, order & orders_max).ptr;
  id.append(digits, static_cast<std::size_t>(end - digits));
  return id;
}

std::optional<order_number> run_names::number_in(std::string_view order_id) const {
  if (const auto found = by_own_id_.find(order_id); found != by_own_id_.end())
    return found->second;
  if (order_id.size() < prefix_.size() + 2 || order_id.substr(0, prefix_.size()) != prefix_)
    return std::nullopt;
  const auto letter = letters.find(order_id[prefix_.size()]);
  order_id.remove_prefix(prefix_.size() + 1);
  std::uint32_t count = 0;
  const auto [end, failed] = std::from_chars(order_id.data(), order_id.data() + order_id.size(), count);
  const bool is_plain = order_id.size() == 1 || order_id[0] != '0';
  if (letter == std::string_view::npos || failed != std::errc{} || end != order_id.data() + order_id.size() ||
      count > orders_max || !is_plain)
    return std::nullopt;
  return number_of(static_cast<phase>(letter), count);
}

std::string run_names::command_id(order_number order, std::uint32_t turn) const {
  // The first half is a permutation of order and turn, so no two of a run are the same; the second half tells runs apart.
  const auto first = scramble(spread_ ^ (static_cast<std::uint64_t>(order) << 32 | turn));
  const auto second = scramble(first ^ spread_);
  std::string id(36, '-');
  put_hex(id.data(), first >> 32, 8);
  put_hex(id.data() + 9, first >> 16, 4);
  put_hex(id.data() + 14, 0x8000 | (first >> 4 & 0x0fff), 4);
  put_hex(id.data() + 19, 0x8000 | (second >> 48 & 0x3fff), 4);
  // Version and variant took room: the last four bits of the first half go here.
  put_hex(id.data() + 24, second, 11);
  put_hex(id.data() + 35, first, 1);
  return id;
}

} // namespace daybook::load
