#include "daybook/tests/memory/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>
#include <openssl/crypto.h>

namespace {

struct plan {
  bool is_armed = false;
  bool for_ever = false;
  bool has_struck = false;
  std::uint64_t left = 0;
};

thread_local plan planned;
std::atomic<std::size_t> live_bytes{0};
std::atomic<std::size_t> peak_bytes{0};

bool fails() noexcept {
  if (!planned.is_armed || (planned.left > 0 && --planned.left > 0))
    return false;
  if (planned.has_struck && !planned.for_ever)
    return false;
  planned.has_struck = true;
  return true;
}

void* counted(void* memory) noexcept {
  if (memory == nullptr)
    return nullptr;
  const auto live = live_bytes += ::malloc_usable_size(memory);
  auto peak = peak_bytes.load();
  while (live > peak && !peak_bytes.compare_exchange_weak(peak, live)) {
  }
  return memory;
}

void* allocate(std::size_t size) noexcept {
  return fails() ? nullptr : counted(std::malloc(size == 0 ? 1 : size));
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  const auto unit = static_cast<std::size_t>(alignment);
  return fails() ? nullptr : counted(std::aligned_alloc(unit, (size + unit) / unit * unit));
}

void release(void* memory) noexcept {
  if (memory != nullptr)
    live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

template <class... Arguments>
void* allocate_or_throw(Arguments... arguments) {
  auto* memory = allocate(arguments...);
  if (memory == nullptr)
    throw std::bad_alloc();
  return memory;
}

void* crypto_malloc(std::size_t size, const char*, int) { return allocate(size); }
void crypto_free(void* memory, const char*, int) { release(memory); }
void* crypto_realloc(void* memory, std::size_t size, const char*, int) {
  if (fails())
    return nullptr;
  const auto before = memory == nullptr ? 0 : ::malloc_usable_size(memory);
  auto* moved = std::realloc(memory, size);
  if (moved == nullptr)
    return nullptr;
  live_bytes -= before;
  return counted(moved);
}

/// Works only before libcrypto's first allocation.
[[maybe_unused]] const int crypto_is_counted = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);

} // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate_or_throw(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate_or_throw(size, alignment); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }

namespace daybook::testing {

allocation_fault::allocation_fault(std::uint64_t nth, bool for_ever) noexcept {
  planned = {true, for_ever, false, nth};
}

allocation_fault::~allocation_fault() {
  planned.is_armed = false;
}

bool allocation_fault::struck() const noexcept {
  return planned.has_struck;
}

memory_watch::memory_watch() noexcept : before_(live_bytes) {
  peak_bytes = before_;
}

std::size_t memory_watch::peak() const noexcept {
  return peak_bytes - before_;
}

} // namespace daybook::testing
