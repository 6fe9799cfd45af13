#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::simulation {

/// What did not hold, by the name of the promise.
class complaints {
public:
  void add(std::string_view promise, const std::string& what) {
    ++count_;
    // A broken promise often breaks a thousand times: the first ones tell.
    if (texts_.size() < 6)
      texts_.push_back(std::string{promise} + ": " + what);
  }

  bool none() const noexcept { return count_ == 0; }
  std::size_t count() const noexcept { return count_; }
  const std::vector<std::string>& texts() const noexcept { return texts_; }

private:
  std::size_t count_ = 0;
  std::vector<std::string> texts_;
};

} // namespace daybook::simulation
