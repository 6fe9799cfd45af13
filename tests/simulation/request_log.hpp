#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/receipt.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal.hpp"

namespace daybook::simulation {

/// What became of a command, as its client knows it.
enum class fate : std::uint8_t {
  /// No answer yet.
  open,
  receipt,
  error,
  /// The node was killed before it answered.
  lost,
};

/// A command as it was sent, once.
template <class Action>
struct sent_command {
  command<Action> wish;
  std::uint64_t hash = 0;
  /// The node's life in which it was sent.
  std::uint64_t life = 0;
  /// What clients had been told before: of the whole journal, and of this aggregate.
  position_t known_position = 0;
  version_t known_version = 0;
  /// Whether the same command had been sent before.
  bool is_repetition = false;
  fate what = fate::open;
  receipt answer;
  daybook::error cause;
};

/// All that clients sent and were told, in all lives of a node.
template <class Action>
class request_log {
public:
  using entry = sent_command<Action>;

  /// Remembers a command that is about to be sent; answers with its number.
  std::size_t add(command<Action> wish, std::uint64_t hash, std::uint64_t life) {
    entry made;
    const auto key = std::make_pair(wish.id, wish.command_id);
    made.is_repetition = !sent_before_.emplace(key, hash).second;
    made.known_position = known_position_;
    made.known_version = known_versions_[wish.id];
    made.wish = std::move(wish);
    made.hash = hash;
    made.life = life;
    entries_.push_back(std::move(made));
    return entries_.size() - 1;
  }

  const entry& answered(std::size_t number, const result<receipt>& answer) {
    auto& it = entries_[number];
    it.what = answer ? fate::receipt : fate::error;
    if (!answer) {
      it.cause = answer.error();
      return it;
    }
    it.answer = *answer;
    known_position_ = std::max(known_position_, answer->position);
    auto& version = known_versions_[it.wish.id];
    version = std::max<version_t>(version, answer->version);
    return it;
  }

  /// The node was killed or stopped: who has no answer gets none.
  void lose_open() {
    for (; first_open_ < entries_.size(); ++first_open_)
      if (entries_[first_open_].what == fate::open)
        entries_[first_open_].what = fate::lost;
  }

  const std::vector<entry>& entries() const noexcept { return entries_; }
  position_t known_position() const noexcept { return known_position_; }
  version_t known_version(const std::string& id) const {
    const auto found = known_versions_.find(id);
    return found == known_versions_.end() ? 0 : found->second;
  }

private:
  std::vector<entry> entries_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> sent_before_;
  position_t known_position_ = 0;
  std::map<std::string, version_t> known_versions_;
  std::size_t first_open_ = 0;
};

} // namespace daybook::simulation
