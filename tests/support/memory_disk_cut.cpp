#include <algorithm>
#include <array>

#include "daybook/tests/support/memory_disk_node.hpp"

namespace daybook::testing {
namespace {

constexpr std::size_t sector = 512;

/// What becomes of one change.
enum class fate : std::uint8_t { kept, dropped, torn, zeros };

/// SplitMix64: the same numbers everywhere.
class numbers {
public:
  explicit numbers(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15 + 0x632be59bd9b4e019) {}

  std::uint64_t next() noexcept {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
  bool coin() noexcept { return (next() & 1) != 0; }

private:
  std::uint64_t state_;
};

constexpr std::array<std::string_view, memory_disk::damages> names{
  "everything dropped",
  "everything kept",
  "kept up to some moment, dropped behind it",
  "kept up to some moment, torn at it, dropped behind it",
  "contents kept, names dropped",
  "names kept, contents dropped",
  "names and sizes kept, contents zero",
  "each kept or dropped",
  "names kept, every write torn",
  "names kept, only the last change of each file kept",
  "all kept, the last change of each file torn",
  "all kept but the first change of each file",
  "all kept but one",
  "each kept, dropped, torn or zero",
  "each kept, dropped, torn or zero, names dropped",
  "each kept, dropped, torn or zero, names kept",
};

} // namespace

/// One power cut: decides each change's fate.
class memory_disk::cut {
public:
  cut(const memory_disk& disk, std::uint64_t seed) : kind_(seed % damages), numbers_(seed) {
    std::vector<std::uint64_t> all;
    for (const auto& [id, each] : disk.nodes_) {
      for (const auto& change : each->changes)
        all.push_back(change.number);
      for (const auto& change : each->entry_changes)
        all.push_back(change.number);
    }
    std::sort(all.begin(), all.end());
    if (!all.empty())
      moment_ = all[numbers_.below(all.size())];
  }

  std::string file(const node& from) {
    auto bytes = from.durable();
    for (std::size_t i = 0; i < from.changes.size(); ++i)
      apply(from.changes[i], fate_of(from.changes[i].number, i == 0, i + 1 == from.changes.size()), bytes);
    return bytes;
  }

  std::map<std::string, node_id> entries(const node& from) {
    auto left = from.settled_entries;
    for (const auto& each : from.entry_changes) {
      const auto what = entry_fate(each.number);
      if (what != fate::dropped)
        each.apply(left, what == fate::torn);
    }
    return left;
  }

private:
  fate any() noexcept { return static_cast<fate>(numbers_.below(4)); }

  fate fate_of(std::uint64_t number, bool is_first, bool is_last) noexcept {
    switch (kind_) {
      case 0: case 5: return fate::dropped;
      case 1: case 4: return fate::kept;
      case 2: return number <= moment_ ? fate::kept : fate::dropped;
      case 3: return number < moment_ ? fate::kept : number == moment_ ? fate::torn : fate::dropped;
      case 6: return fate::zeros;
      case 7: return numbers_.coin() ? fate::kept : fate::dropped;
      case 8: return fate::torn;
      case 9: return is_last ? fate::kept : fate::dropped;
      case 10: return is_last ? fate::torn : fate::kept;
      case 11: return is_first ? fate::dropped : fate::kept;
      case 12: return number == moment_ ? fate::dropped : fate::kept;
      default: return any();
    }
  }

  /// Of an entry `torn` means: a rename leaves both names.
  fate entry_fate(std::uint64_t number) noexcept {
    switch (kind_) {
      case 0: case 4: case 14: return fate::dropped;
      case 2: case 3: return number <= moment_ ? fate::kept : fate::dropped;
      case 7: return numbers_.coin() ? fate::kept : fate::dropped;
      case 11: case 13: return static_cast<fate>(numbers_.below(3));
      case 12: return number == moment_ ? fate::dropped : fate::kept;
      default: return fate::kept;
    }
  }

  void apply(const file_change& change, fate what, std::string& bytes) {
    if (what == fate::dropped)
      return;
    if (change.is_resize) {
      if (what == fate::kept || numbers_.coin())
        bytes.resize(change.offset);
      return;
    }
    if (what == fate::kept)
      return node::apply(change, bytes);
    if (what == fate::zeros) {
      // The file has grown, its new blocks were never written; blocks that were there keep what they had.
      if (change.end() > bytes.size())
        bytes.resize(change.end());
      return;
    }
    tear(change, bytes);
  }

  /// Some of the sectors: the first ones, the last ones, or any.
  void tear(const file_change& change, std::string& bytes) {
    const auto first = change.offset / sector;
    const auto count = (change.end() + sector - 1) / sector - first;
    const auto how = numbers_.below(3);
    const auto at = numbers_.below(count + 1);
    if (numbers_.coin() && change.end() > bytes.size())
      bytes.resize(change.end());
    for (std::uint64_t i = 0; i < count; ++i) {
      const bool kept = how == 0 ? i < at : how == 1 ? i >= at : numbers_.coin();
      if (!kept)
        continue;
      const auto from = std::max(change.offset, (first + i) * sector);
      const auto to = std::min(change.end(), (first + i + 1) * sector);
      if (to > bytes.size())
        bytes.resize(to);
      bytes.replace(from, to - from, *change.bytes, from - change.offset, to - from);
    }
  }

  std::uint64_t kind_;
  numbers numbers_;
  std::uint64_t moment_ = 0;
};

std::string_view memory_disk::damage_name(std::uint64_t seed) noexcept {
  return names[seed % damages];
}

memory_disk memory_disk::after_power_cut(std::uint64_t seed) const {
  cut decided{*this, seed};
  memory_disk left = *this;
  left.used_ = 0;
  std::vector<node_id> reached{root};
  std::map<node_id, std::shared_ptr<node>> nodes;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto id = reached[i];
    auto held = nodes_.at(id);
    if (nodes.count(id) != 0)
      continue;
    if (!held->changes.empty() || held->settled) {
      auto fresh = std::make_shared<node>();
      fresh->contents = decided.file(*held);
      held = std::move(fresh);
    } else if (!held->entry_changes.empty()) {
      auto fresh = std::make_shared<node>();
      fresh->is_directory = true;
      fresh->entries = fresh->settled_entries = decided.entries(*held);
      held = std::move(fresh);
    }
    left.used_ += held->contents.size();
    for (const auto& [name, entry] : held->entries)
      reached.push_back(entry);
    nodes[id] = std::move(held);
  }
  left.nodes_ = std::move(nodes);
  return left;
}

} // namespace daybook::testing
