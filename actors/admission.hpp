#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace daybook {

/// A place among the commands under way, counted as long as it is held: given back when it goes, whichever way the command
/// ended. Belongs to one thread at a time; the counter may be read by any.
class admission {
public:
  explicit admission(std::shared_ptr<std::atomic<std::uint64_t>> counter) : counter_(std::move(counter)) { ++*counter_; }

  admission(admission&&) noexcept = default;
  admission& operator=(admission&&) = delete;

  ~admission() { end(); }

  void end() noexcept {
    if (const auto counter = std::exchange(counter_, nullptr))
      --*counter;
  }

private:
  std::shared_ptr<std::atomic<std::uint64_t>> counter_;
};

/// For commands that travel alone, as messages may be copied: giving up the last copy frees the place.
using ticket = std::shared_ptr<const admission>;

} // namespace daybook
