#pragma once

#include <cstddef>
#include <cstdint>

namespace daybook::testing {

// This program's operator new, and libcrypto's memory, are counted and may fail (allocations.cpp).

/// Makes the nth allocation of this thread fail, counted from 1 from here on, and with `for_ever` all behind it. One at a time.
class allocation_fault {
public:
  allocation_fault(std::uint64_t nth, bool for_ever) noexcept;
  ~allocation_fault();
  allocation_fault(const allocation_fault&) = delete;
  allocation_fault& operator=(const allocation_fault&) = delete;

  /// Whether an allocation has failed.
  bool struck() const noexcept;
};

/// How much more memory was allocated at any moment of its life than at its beginning, by all threads.
class memory_watch {
public:
  memory_watch() noexcept;
  std::size_t peak() const noexcept;

private:
  std::size_t before_;
};

} // namespace daybook::testing
