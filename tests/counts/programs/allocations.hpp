#pragma once

#include <cstdint>

namespace daybook {

/// How often `operator new` was called in this process. Any thread.
std::uint64_t allocations_so_far() noexcept;

} // namespace daybook
