#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daybook/persistence/file_system.hpp"

namespace daybook::testing {

enum class operation : std::uint8_t { open, write, sync, truncate, rename, remove, sync_directory };

/// Forwards to the real files, records every change, fails where it is told to. Thread-safe like what it stands for.
class faulty_file_system final : public file_system {
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

  std::vector<call> calls() const {
    const std::lock_guard guard{mutex_};
    return calls_;
  }

  void forget() {
    const std::lock_guard guard{mutex_};
    calls_.clear();
  }

  result<std::unique_ptr<file>> open(const std::filesystem::path& path, open_mode mode) override {
    if (mode == open_mode::create)
      if (auto error = check(operation::open, path); !error)
        return error.error();
    auto opened = real_.open(path, mode);
    if (!opened)
      return opened.error();
    return std::unique_ptr<file>{std::make_unique<faulty_file>(*this, std::move(*opened), path)};
  }

  result<std::vector<std::string>> list(const std::filesystem::path& directory) override { return real_.list(directory); }

  result<done> make_directory(const std::filesystem::path& path) override { return real_.make_directory(path); }

  result<done> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    auto checked = check(operation::rename, to);
    // Some file systems sync when a file is replaced.
    std::error_code ignored;
    if (checked && pretends_)
      std::filesystem::remove(to, ignored);
    return checked ? real_.rename(from, to) : checked;
  }

  result<done> remove(const std::filesystem::path& path) override {
    auto checked = check(operation::remove, path);
    return checked ? real_.remove(path) : checked;
  }

  result<done> sync_directory(const std::filesystem::path& directory) override {
    auto checked = check(operation::sync_directory, directory);
    return checked && !pretends_ ? real_.sync_directory(directory) : checked;
  }

  result<std::unique_ptr<directory_lock>> lock(const std::filesystem::path& path) override { return real_.lock(path); }

private:
  struct fault {
    operation what = operation::write;
    errc code = errc::io_error;
    int nth = 1;
    bool for_ever = false;
    std::string part;
    bool armed = false;
  };

  class faulty_file final : public file {
  public:
    faulty_file(faulty_file_system& owner, std::unique_ptr<file> real, std::filesystem::path path) :
        owner_(owner), real_(std::move(real)), path_(std::move(path)) {}

    result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const override {
      return real_->read_at(offset, into, size);
    }

    /// One that fails has written half.
    result<done> write_at(std::uint64_t offset, std::string_view bytes) override {
      auto checked = owner_.check(operation::write, path_);
      auto written = real_->write_at(offset, checked ? bytes : bytes.substr(0, bytes.size() / 2));
      return checked ? written : checked;
    }

    result<done> sync() override {
      auto checked = owner_.check(operation::sync, path_);
      return checked && !owner_.pretends_ ? real_->sync() : checked;
    }

    result<done> truncate(std::uint64_t size) override {
      auto checked = owner_.check(operation::truncate, path_);
      return checked ? real_->truncate(size) : checked;
    }

    result<std::uint64_t> size() const override { return real_->size(); }

  private:
    faulty_file_system& owner_;
    std::unique_ptr<file> real_;
    std::filesystem::path path_;
  };

  result<done> check(operation what, const std::filesystem::path& path) {
    const std::lock_guard guard{mutex_};
    const auto name = path.filename().string();
    const bool first = strikes(fault_, what, name);
    const bool second = strikes(second_, what, name);
    calls_.push_back({what, name, !first && !second});
    if (first || second)
      return error{first ? fault_.code : second_.code, "a fault of the test on " + name};
    return done{};
  }

  static bool strikes(fault& each, operation what, const std::string& name) {
    if (!each.armed || each.what != what || name.find(each.part) == std::string::npos || --each.nth > 0)
      return false;
    each.armed = each.for_ever;
    return true;
  }

  file_system& real_ = posix_file_system();
  mutable std::mutex mutex_;
  fault fault_;
  fault second_;
  bool pretends_ = false;
  std::vector<call> calls_;
};

} // namespace daybook::testing
