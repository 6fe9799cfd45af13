#include "daybook/tests/support/memory_files.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace daybook::testing {

using guard = std::lock_guard<std::mutex>;

std::string_view name(file_call what) noexcept {
  constexpr std::string_view names[] = {"open",         "read", "write",          "sync",         "truncate", "allocate",
                                        "size",         "list", "make_directory", "is_directory", "rename",   "remove",
                                        "sync_directory", "lock"};
  return names[static_cast<std::size_t>(what)];
}

std::string describe(const disk_call& call) {
  auto text = std::string{name(call.what)} + " " + call.path;
  if (call.what == file_call::rename)
    text += " -> " + call.to;
  if (call.what == file_call::write)
    text += " " + std::to_string(call.offset) + "+" + std::to_string(call.size);
  if (call.what == file_call::truncate || call.what == file_call::allocate)
    text += " " + std::to_string(call.size);
  return text + " = " + std::to_string(call.outcome);
}

// -- open files ----------------------------------------------------------------------------------------------------------

class memory_files::opened_file final : public os_file {
public:
  opened_file(memory_files& owner, memory_disk::node_id node, std::string path) :
      owner_(owner), life_(owner.life_), node_(node), path_(std::move(path)) {}

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    const guard held{owner_.mutex_};
    const auto decided = enter(file_call::read);
    if (decided.outcome < 0)
      return decided.outcome;
    return owner_.disk_.read(node_, offset, into, decided.is_short ? (size + 1) / 2 : size);
  }

  os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
    const guard held{owner_.mutex_};
    if (owner_.is_dead(life_))
      return -EIO;
    const auto decided = enter(file_call::write);
    const auto half = decided.is_short ? (size + 1) / 2 : size / 2;
    const auto count = decided.is_short || decided.outcome < 0 ? half : size;
    const auto written = owner_.write(node_, path_, offset, {from, count});
    return decided.outcome < 0 ? decided.outcome : written;
  }

  os_outcome sync() override {
    const guard held{owner_.mutex_};
    if (owner_.is_dead(life_))
      return -EIO;
    const auto decided = enter(file_call::sync);
    disk_call call{file_call::sync, path_, {}, 0, 0, 0};
    if (!owner_.announce(call))
      return -EIO;
    owner_.disk_.sync(node_, decided.outcome < 0);
    owner_.note(std::move(call), decided.outcome);
    return decided.outcome;
  }

  os_outcome truncate(std::uint64_t size) override {
    const guard held{owner_.mutex_};
    if (const auto decided = enter(file_call::truncate); decided.outcome < 0)
      return decided.outcome;
    disk_call call{file_call::truncate, path_, {}, 0, size, 0};
    if (!owner_.announce(call))
      return -EIO;
    owner_.note(std::move(call), owner_.disk_.truncate(node_, size));
    return 0;
  }

  os_outcome allocate(std::uint64_t size) override {
    const guard held{owner_.mutex_};
    if (const auto decided = enter(file_call::allocate); decided.outcome < 0)
      return decided.outcome;
    const auto before = static_cast<std::uint64_t>(owner_.disk_.size(node_));
    if (size <= before)
      return 0;
    if (owner_.room_for(before, size) < size)
      return -ENOSPC;
    disk_call call{file_call::allocate, path_, {}, 0, size, 0};
    if (!owner_.announce(call))
      return -EIO;
    owner_.note(std::move(call), owner_.disk_.truncate(node_, size));
    return 0;
  }

  os_outcome size() const override {
    const guard held{owner_.mutex_};
    const auto decided = enter(file_call::size);
    return decided.outcome < 0 ? decided.outcome : owner_.disk_.size(node_);
  }

private:
  decision enter(file_call what) const { return owner_.is_dead(life_) ? decision{-EIO, false} : owner_.decide(what, path_); }

  memory_files& owner_;
  std::uint64_t life_;
  memory_disk::node_id node_;
  std::string path_;
};

class memory_files::held_lock final : public directory_lock {
public:
  held_lock(memory_files& owner, std::string path) : owner_(owner), life_(owner.life_), path_(std::move(path)) {}
  ~held_lock() override {
    const guard held{owner_.mutex_};
    if (const auto found = owner_.locks_.find(path_); found != owner_.locks_.end() && found->second == life_)
      owner_.locks_.erase(found);
  }

private:
  memory_files& owner_;
  std::uint64_t life_;
  std::string path_;
};

// -- the machine ---------------------------------------------------------------------------------------------------------

memory_files::memory_files(memory_disk disk) : disk_(std::move(disk)) {
  // nop
}

memory_disk memory_files::disk() const {
  const guard held{mutex_};
  return disk_;
}

void memory_files::end_programs() {
  is_running_ = false;
  ++life_;
  locks_.clear();
}

void memory_files::kill() {
  const guard held{mutex_};
  end_programs();
}

void memory_files::kill_at_change(std::uint64_t nth) {
  const guard held{mutex_};
  kill_at_ = nth;
}

bool memory_files::is_running() const {
  const guard held{mutex_};
  return is_running_;
}

void memory_files::restart() {
  const guard held{mutex_};
  is_running_ = true;
  kill_at_ = 0;
}

void memory_files::replace(memory_disk disk) {
  kill();
  const guard held{mutex_};
  disk_ = std::move(disk);
}

void memory_files::power_cut(std::uint64_t seed) {
  replace(disk().after_power_cut(seed));
  restart();
}

void memory_files::set_capacity(std::uint64_t bytes) {
  const guard held{mutex_};
  capacity_ = bytes;
}

// -- faults --------------------------------------------------------------------------------------------------------------

void memory_files::fail(file_fault fault) {
  const guard held{mutex_};
  faults_.push_back(std::move(fault));
}

void memory_files::heal() {
  const guard held{mutex_};
  faults_.clear();
  struck_ = call_count_ = 0;
}

std::uint64_t memory_files::struck() const {
  const guard held{mutex_};
  return struck_;
}

std::uint64_t memory_files::call_count() const {
  const guard held{mutex_};
  return call_count_;
}

memory_files::decision memory_files::decide(file_call what, std::string_view path) {
  ++call_count_;
  decision decided;
  for (auto& each : faults_) {
    if (each.nth == 0 || (each.what && *each.what != what) || path.find(each.part) == std::string_view::npos)
      continue;
    if (each.nth > 1) {
      --each.nth;
      continue;
    }
    if (!each.for_ever)
      each.nth = 0;
    ++struck_;
    if (each.is_short)
      decided.is_short = what == file_call::read || what == file_call::write;
    else
      decided.outcome = each.outcome;
  }
  return decided;
}

// -- the record ----------------------------------------------------------------------------------------------------------

void memory_files::watch(observer observer) {
  const guard held{mutex_};
  observer_ = std::move(observer);
}

void memory_files::record(bool on) {
  const guard held{mutex_};
  records_ = on;
}

std::vector<disk_call> memory_files::calls() const {
  const guard held{mutex_};
  return calls_;
}

void memory_files::forget_calls() {
  const guard held{mutex_};
  calls_.clear();
}

/// False: the program is killed instead of making the call.
bool memory_files::announce(const disk_call& call) {
  if (kill_at_ > 0 && --kill_at_ == 0) {
    end_programs();
    return false;
  }
  if (observer_)
    observer_(disk_, call);
  return true;
}

void memory_files::note(disk_call call, os_outcome outcome) {
  if (!records_)
    return;
  call.outcome = outcome;
  calls_.push_back(std::move(call));
}

/// How far a file may grow, up to `size_after`.
std::uint64_t memory_files::room_for(std::uint64_t size_before, std::uint64_t size_after) const {
  const auto free = capacity_ - std::min(capacity_, disk_.used());
  return size_after <= size_before || size_after - size_before <= free ? size_after : size_before + free;
}

os_outcome memory_files::write(memory_disk::node_id node, const std::string& path, std::uint64_t offset,
                               std::string_view bytes) {
  const auto end = room_for(static_cast<std::uint64_t>(disk_.size(node)), offset + bytes.size());
  if (end <= offset && !bytes.empty())
    return -ENOSPC;
  bytes = bytes.substr(0, end - offset);
  disk_call call{file_call::write, path, {}, offset, bytes.size(), 0};
  if (!announce(call))
    return -EIO;
  const auto written = disk_.write(node, offset, bytes);
  note(std::move(call), written);
  return written;
}

// -- os_files ------------------------------------------------------------------------------------------------------------

os_outcome memory_files::open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  if (const auto decided = decide(file_call::open, path.native()); decided.outcome < 0)
    return decided.outcome;
  const bool changes = mode == open_mode::create || (mode == open_mode::update && !disk_.contents(path));
  disk_call call{file_call::open, path.native(), {}, 0, 0, 0};
  if (changes && !announce(call))
    return -EIO;
  memory_disk::node_id node = 0;
  const auto outcome = disk_.open(path, mode, node);
  if (outcome >= 0)
    into = std::make_unique<opened_file>(*this, node, path.native());
  if (changes)
    note(std::move(call), outcome);
  return outcome;
}

os_outcome memory_files::list(const std::filesystem::path& directory, std::vector<std::string>& into) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  const auto decided = decide(file_call::list, directory.native());
  return decided.outcome < 0 ? decided.outcome : disk_.list(directory, into);
}

os_outcome memory_files::make_directory(const std::filesystem::path& path) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  if (const auto decided = decide(file_call::make_directory, path.native()); decided.outcome < 0)
    return decided.outcome;
  disk_call call{file_call::make_directory, path.native(), {}, 0, 0, 0};
  if (!announce(call))
    return -EIO;
  const auto outcome = disk_.make_directory(path);
  note(std::move(call), outcome);
  return outcome;
}

os_outcome memory_files::is_directory(const std::filesystem::path& path) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  const auto decided = decide(file_call::is_directory, path.native());
  return decided.outcome < 0 ? decided.outcome : disk_.is_directory(path);
}

os_outcome memory_files::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  if (const auto decided = decide(file_call::rename, from.native()); decided.outcome < 0)
    return decided.outcome;
  disk_call call{file_call::rename, from.native(), to.native(), 0, 0, 0};
  if (!announce(call))
    return -EIO;
  const auto outcome = disk_.rename(from, to);
  note(std::move(call), outcome);
  return outcome;
}

os_outcome memory_files::remove(const std::filesystem::path& path) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  if (const auto decided = decide(file_call::remove, path.native()); decided.outcome < 0)
    return decided.outcome;
  disk_call call{file_call::remove, path.native(), {}, 0, 0, 0};
  if (!announce(call))
    return -EIO;
  const auto outcome = disk_.remove(path);
  note(std::move(call), outcome);
  return outcome;
}

os_outcome memory_files::sync_directory(const std::filesystem::path& directory) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  const auto decided = decide(file_call::sync_directory, directory.native());
  disk_call call{file_call::sync_directory, directory.native(), {}, 0, 0, 0};
  if (!announce(call))
    return -EIO;
  auto outcome = disk_.sync_directory(directory, decided.outcome < 0);
  if (outcome >= 0)
    outcome = decided.outcome;
  note(std::move(call), outcome);
  return outcome;
}

os_outcome memory_files::lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) {
  const guard held{mutex_};
  if (!is_running_)
    return -EIO;
  if (const auto decided = decide(file_call::lock, path.native()); decided.outcome < 0)
    return decided.outcome;
  if (locks_.count(path.native()) != 0) {
    holder = ::getpid();
    return -EWOULDBLOCK;
  }
  memory_disk::node_id node = 0;
  if (const auto outcome = disk_.open(path, open_mode::update, node); outcome < 0)
    return outcome;
  locks_[path.native()] = life_;
  into = std::make_unique<held_lock>(*this, path.native());
  return 0;
}

} // namespace daybook::testing
