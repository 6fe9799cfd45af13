#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// A fuzz target: each program of this folder defines it once. Called with arbitrary bytes by libFuzzer (`./dev fuzz`), or with
/// the corpus by `replay.cpp` (`./dev test`). Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace daybook::fuzz {

/// Ends the program, with `what` on standard error, unless the property holds. What is wrong with an input is no failure; what
/// is wrong with the program's answer is.
void require(bool holds, std::string_view what);

/// Whether to show a bug planted on purpose. The canaries are the same targets, linked with `planted_bug.cpp` instead of
/// `no_planted_bug.cpp`: the harness must notice it.
extern const bool has_planted_bug;

/// An input's bytes, as texts and numbers.
class input {
public:
  input(const std::uint8_t* data, std::size_t size) noexcept : rest_(reinterpret_cast<const char*>(data), size) {}

  /// The next byte; 0 at the end.
  std::uint8_t byte() noexcept {
    if (rest_.empty())
      return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest() const noexcept { return rest_; }

private:
  std::string_view rest_;
};

} // namespace daybook::fuzz
