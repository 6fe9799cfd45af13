#pragma once

#include <cstdint>

namespace daybook::simulation {

/// Everything that happens by chance in a simulation comes from here: the same numbers for the same seed on every machine
/// (SplitMix64).
class dice {
public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15 + 0x1f83d9abfb41bd6b) {}

  std::uint64_t next() noexcept {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// 0 to `bound` - 1; 0 for a bound of 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }

  /// `from` to `to`, both included.
  std::uint64_t between(std::uint64_t from, std::uint64_t to) noexcept { return from + below(to - from + 1); }

  bool one_in(std::uint64_t cases) noexcept { return below(cases) == 0; }

  template <class List>
  auto& any_of(List& list) noexcept {
    return list[below(list.size())];
  }

private:
  std::uint64_t state_;
};

/// What happened, in one number (FNV-1a): two runs that differ anywhere differ here.
class trace_hash {
public:
  void add(std::uint64_t value) noexcept {
    for (int i = 0; i < 8; ++i)
      add_byte(static_cast<unsigned char>(value >> (8 * i)));
  }

  template <class Text>
  void add_text(const Text& text) noexcept {
    for (const char c : text)
      add_byte(static_cast<unsigned char>(c));
    add_byte(0);
  }

  std::uint64_t value() const noexcept { return value_; }

private:
  void add_byte(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3; }

  std::uint64_t value_ = 0xcbf29ce484222325;
};

} // namespace daybook::simulation
