#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/os_files.hpp"

namespace daybook::testing {

enum class operation : std::uint8_t { open, write, sync, truncate, rename, remove, sync_directory };

/// Forwards to the real files, records every change, fails where it is told to. Thread-safe like what it stands for.
class faulty_files final : public os_files {
public:
  struct call {
    operation what;
    /// The file's name without its directory.
    std::string name;
    bool ok;
  };

  /// The nth call of that kind from now on, on names that contain `part`, fails; `for_ever`: and all after it.
  void fail(operation what, errc code, int nth = 1, bool for_ever = false, std::string part = "") {
    const std::lock_guard guard{mutex_};
    fault_ = {what, code, nth, for_ever, std::move(part), true};
  }

  /// A second fault beside the first: the next call of that kind.
  void also_fail(operation what, errc code = errc::io_error) {
    const std::lock_guard guard{mutex_};
    second_ = {what, code, 1, false, "", true};
  }

  void heal() {
    const std::lock_guard guard{mutex_};
    fault_.armed = second_.armed = false;
  }

  /// Syncs only pretend: for tests that open thousands of journals and pull no plug.
  void without_syncs() { pretends_ = true; }

  /// How many files are open now, and how many were opened so far.
  int open_now() const noexcept { return open_now_; }
  int opened() const noexcept { return opened_; }

  std::vector<call> calls() const {
    const std::lock_guard guard{mutex_};
    return calls_;
  }

  void forget() {
    const std::lock_guard guard{mutex_};
    calls_.clear();
  }

  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override {
    if (mode == open_mode::create)
      if (const auto checked = check(operation::open, path); checked < 0)
        return checked;
    std::unique_ptr<os_file> opened;
    const auto outcome = real_.open(path, mode, opened);
    if (outcome >= 0)
      into = std::make_unique<faulty_file>(*this, std::move(opened), path);
    return outcome;
  }

  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override {
    return real_.list(directory, into);
  }

  os_outcome make_directory(const std::filesystem::path& path) override { return real_.make_directory(path); }
  os_outcome is_directory(const std::filesystem::path& path) override { return real_.is_directory(path); }

  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const auto checked = check(operation::rename, to);
    // Some file systems sync when a file is replaced.
    std::error_code ignored;
    if (checked >= 0 && pretends_)
      std::filesystem::remove(to, ignored);
    return checked < 0 ? checked : real_.rename(from, to);
  }

  os_outcome remove(const std::filesystem::path& path) override {
    const auto checked = check(operation::remove, path);
    return checked < 0 ? checked : real_.remove(path);
  }

  os_outcome sync_directory(const std::filesystem::path& directory) override {
    const auto checked = check(operation::sync_directory, directory);
    return checked < 0 || pretends_ ? checked : real_.sync_directory(directory);
  }

  os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) override {
    return real_.lock(path, into, holder);
  }

private:
  struct fault {
    operation what = operation::write;
    errc code = errc::io_error;
    int nth = 1;
    bool for_ever = false;
    std::string part;
    bool armed = false;
  };

  class faulty_file final : public os_file {
  public:
    faulty_file(faulty_files& owner, std::unique_ptr<os_file> real, std::filesystem::path path) :
        owner_(owner), real_(std::move(real)), path_(std::move(path)) {
      ++owner_.open_now_;
      ++owner_.opened_;
    }

    ~faulty_file() override { --owner_.open_now_; }

    os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
      return real_->read(offset, into, size);
    }

    /// One that fails has written half.
    os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
      const auto checked = owner_.check(operation::write, path_);
      const auto written = real_->write(offset, from, checked < 0 ? size / 2 : size);
      return checked < 0 ? checked : written;
    }

    os_outcome sync() override {
      const auto checked = owner_.check(operation::sync, path_);
      return checked < 0 || owner_.pretends_ ? checked : real_->sync();
    }

    os_outcome truncate(std::uint64_t size) override {
      const auto checked = owner_.check(operation::truncate, path_);
      return checked < 0 ? checked : real_->truncate(size);
    }

    os_outcome allocate(std::uint64_t size) override { return real_->allocate(size); }

    os_outcome size() const override { return real_->size(); }

  private:
    faulty_files& owner_;
    std::unique_ptr<os_file> real_;
    std::filesystem::path path_;
  };

  os_outcome check(operation what, const std::filesystem::path& path) {
    const std::lock_guard guard{mutex_};
    const auto name = path.filename().string();
    const bool first = strikes(fault_, what, name);
    const bool second = strikes(second_, what, name);
    calls_.push_back({what, name, !first && !second});
    if (!first && !second)
      return 0;
    return (first ? fault_.code : second_.code) == errc::disk_full ? -ENOSPC : -EIO;
  }

  static bool strikes(fault& each, operation what, const std::string& name) {
    if (!each.armed || each.what != what || name.find(each.part) == std::string::npos || --each.nth > 0)
      return false;
    each.armed = each.for_ever;
    return true;
  }

  os_files& real_ = posix_files();
  mutable std::mutex mutex_;
  fault fault_;
  fault second_;
  bool pretends_ = false;
  std::atomic<int> open_now_{0};
  std::atomic<int> opened_{0};
  std::vector<call> calls_;
};

} // namespace daybook::testing
