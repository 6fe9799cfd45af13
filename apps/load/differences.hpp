#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace daybook::load {

/// What does not fit: all are counted, the first ones kept in words.
class differences {
public:
  static constexpr std::size_t kept_max = 10;

  void add(std::string what) {
    ++count_;
    if (first_.size() < kept_max)
      first_.push_back(std::move(what));
  }

  std::uint64_t count() const noexcept { return count_; }
  const std::vector<std::string>& first() const noexcept { return first_; }

private:
  std::uint64_t count_ = 0;
  std::vector<std::string> first_;
};

} // namespace daybook::load
