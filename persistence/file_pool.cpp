#include "daybook/persistence/file_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace daybook {

/// Knows which files are open, the one that was read last at the end.
class file_pool::lender {
public:
  lender(os_files& system, std::size_t most_open) : system_(system), most_open_(most_open) { open_.reserve(most_open + 1); }

  std::uint64_t next_number() {
    const std::lock_guard guard{mutex_};
    return next_number_++;
  }

  /// The system is asked without the lock: others may read meanwhile.
  os_outcome lend(std::uint64_t number, const std::filesystem::path& path, std::shared_ptr<const os_file>& into) {
    if (find(number, into))
      return 0;
    std::unique_ptr<os_file> opened;
    if (const auto outcome = system_.open(path, open_mode::read, opened); outcome < 0)
      return outcome;
    into = std::move(opened);
    keep(number, into);
    return 0;
  }

  void forget(std::uint64_t number) noexcept {
    const std::lock_guard guard{mutex_};
    open_.erase(std::remove_if(open_.begin(), open_.end(), [&](const auto& each) { return each.number == number; }),
                open_.end());
  }

  void close_unread() noexcept {
    while (take_unread() != nullptr) {
      // Closed without the lock.
    }
  }

private:
  struct open_file {
    std::uint64_t number;
    std::shared_ptr<const os_file> opened;
    /// Since the last `close_unread`.
    bool was_read;
  };

  bool find(std::uint64_t number, std::shared_ptr<const os_file>& into) {
    const std::lock_guard guard{mutex_};
    // From the end: who reads a file reads it again.
    const auto found = std::find_if(open_.rbegin(), open_.rend(), [&](const auto& each) { return each.number == number; });
    if (found == open_.rend())
      return false;
    into = found->opened;
    found->was_read = true;
    std::rotate(open_.rbegin(), found, std::next(found));
    return true;
  }

  /// Null when there is none: from then on all count as unread.
  std::shared_ptr<const os_file> take_unread() noexcept {
    const std::lock_guard guard{mutex_};
    const auto found = std::find_if(open_.begin(), open_.end(), [](const auto& each) { return !each.was_read; });
    if (found == open_.end()) {
      for (auto& each : open_)
        each.was_read = false;
      return nullptr;
    }
    auto unread = std::move(found->opened);
    open_.erase(found);
    return unread;
  }

  void keep(std::uint64_t number, const std::shared_ptr<const os_file>& opened) {
    // Closed without the lock, by whoever reads it last.
    std::shared_ptr<const os_file> oldest;
    const std::lock_guard guard{mutex_};
    open_.push_back({number, opened, true});
    if (open_.size() > most_open_) {
      oldest = std::move(open_.front().opened);
      open_.erase(open_.begin());
    }
  }

  os_files& system_;
  const std::size_t most_open_;
  std::mutex mutex_;
  std::uint64_t next_number_ = 0;
  std::vector<open_file> open_;
};

class file_pool::lent_file final : public os_file {
public:
  lent_file(std::shared_ptr<lender> from, std::filesystem::path path) :
      lender_(std::move(from)), path_(std::move(path)), number_(lender_->next_number()) {
    // nop
  }

  ~lent_file() override { lender_->forget(number_); }

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    std::shared_ptr<const os_file> opened;
    const auto outcome = lender_->lend(number_, path_, opened);
    return outcome < 0 ? outcome : opened->read(offset, into, size);
  }

  os_outcome size() const override {
    std::shared_ptr<const os_file> opened;
    const auto outcome = lender_->lend(number_, path_, opened);
    return outcome < 0 ? outcome : opened->size();
  }

  os_outcome write(std::uint64_t, const char*, std::size_t) override { return -EBADF; }
  os_outcome sync() override { return -EBADF; }
  os_outcome truncate(std::uint64_t) override { return -EBADF; }
  os_outcome allocate(std::uint64_t) override { return -EBADF; }

private:
  std::shared_ptr<lender> lender_;
  std::filesystem::path path_;
  std::uint64_t number_;
};

file_pool::file_pool(os_files& system, std::size_t most_open) : lender_(std::make_shared<lender>(system, most_open)) {
  // nop
}

void file_pool::close_unread() const noexcept {
  lender_->close_unread();
}

std::unique_ptr<file> file_pool::at(const std::filesystem::path& path) const {
  return std::make_unique<file>(std::make_unique<lent_file>(lender_, path), path);
}

} // namespace daybook
