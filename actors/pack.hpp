#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daybook/actors/messages.hpp"

namespace daybook {

/// The outcomes of commands that arrived in one message. Whoever answers a command writes here, from its own thread: one
/// message back for all of them instead of one for each. Thread-safe as said.
class pack {
public:
  /// @param on_full called once, by whoever brings the last outcome, on its thread.
  pack(std::size_t size, std::function<void()> on_full) :
      outcomes_(size), is_there_(size), missing_(size), on_full_(std::move(on_full)) {
    // nop
  }

  /// Any thread, once for each index.
  void set(std::size_t index, outcome text) {
    outcomes_[index] = std::move(text);
    is_there_[index].store(true, std::memory_order_release);
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      on_full_();
  }

  bool is_full() const noexcept { return missing_.load(std::memory_order_acquire) == 0; }

  /// What is there by now, and `instead` where nothing is. Any thread.
  std::vector<outcome> so_far(const outcome& instead) const {
    std::vector<outcome> found(outcomes_.size(), instead);
    for (std::size_t i = 0; i < found.size(); ++i)
      if (is_there_[i].load(std::memory_order_acquire))
        found[i] = outcomes_[i];
    return found;
  }

  /// Requires that it is full. One thread.
  std::vector<outcome> take() noexcept { return std::move(outcomes_); }

private:
  std::vector<outcome> outcomes_;
  std::vector<std::atomic<bool>> is_there_;
  std::atomic<std::size_t> missing_;
  std::function<void()> on_full_;
};

/// One command's place in a pack, and its place among the admitted ones. Travels with the command; wherever it is dropped, the
/// command is answered all the same. Belongs to one thread at a time.
class pack_slot {
public:
  pack_slot(std::shared_ptr<pack> in, std::size_t index, admission place) :
      in_(std::move(in)), index_(index), place_(std::move(place)) {
    // nop
  }

  pack_slot(const pack_slot&) = delete;
  pack_slot& operator=(const pack_slot&) = delete;

  ~pack_slot() {
    if (in_)
      answer({false, {}, errc::unavailable, "who was to decide has ended; whether it was stored is unknown, send it again"});
  }

  /// Once. The admission ends before anybody hears of the answer.
  void answer(outcome text) {
    place_.end();
    std::exchange(in_, nullptr)->set(index_, std::move(text));
  }

private:
  std::shared_ptr<pack> in_;
  std::size_t index_;
  admission place_;
};

using slot_ptr = std::shared_ptr<pack_slot>;

} // namespace daybook
