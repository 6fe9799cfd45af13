#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/persistence/os_files.hpp"
#include "daybook/tests/support/memory_disk.hpp"

namespace daybook::testing {

/// The kinds of calls of `os_files` and `os_file`.
enum class file_call : std::uint8_t {
  open, read, write, sync, truncate, allocate, size, list, make_directory, is_directory, rename, remove, sync_directory, lock
};

std::string_view name(file_call what) noexcept;

/// A call that changes a disk, or makes a change durable: write, sync, truncate, allocate, make_directory, rename, remove,
/// sync_directory, and an open that makes or empties a file. Each is a boundary for power cuts. A lock is none: its file
/// means nothing.
struct disk_call {
  file_call what = file_call::open;
  std::string path;
  /// Of a rename: the new path.
  std::string to;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  os_outcome outcome = 0;
};

/// "write /d/journal/0001.jsonl 120+300 = 300".
std::string describe(const disk_call& call);

/// What goes wrong, and when.
struct file_fault {
  /// Calls of this kind; nothing: of any kind.
  std::optional<file_call> what;
  /// Whose path contains this.
  std::string part;
  /// The nth of them from the moment of `fail` on, counted from 1, and, with `for_ever`, all of them behind it.
  std::uint64_t nth = 1;
  bool for_ever = false;
  /// Minus an errno; or `is_short`: a read or write of more than a byte does half, every other call goes well.
  os_outcome outcome = -5;
  bool is_short = false;
};

/// The operating system's files in memory: a machine with one disk, on which programs run, are killed and started again, and
/// whose power may be cut. Records what it is asked to do, fails where it is told to.
///
/// How a failing call behaves: a write has written the first half of its bytes; a sync loses (see memory_disk) what it was to
/// make durable; every other one has done nothing. A disk that is full writes what there is room for, then says ENOSPC.
///
/// Thread-safe. Files and locks that were opened must not outlive it. Paths: absolute, or relative to the root; no "..".
class memory_files final : public os_files {
public:
  memory_files() = default;
  explicit memory_files(memory_disk disk);

  // -- the machine

  /// The disk as it is now, to keep, to cut, to start other machines from.
  memory_disk disk() const;

  /// Ends every program as `kill -9` does: until `restart`, every call fails with EIO and changes nothing, so that the
  /// objects of what was killed may be destroyed; files and locks of theirs stay dead for ever.
  void kill();

  /// As `kill`, in the moment before the nth call from now on that would change the disk; that call fails, too. 0: never.
  void kill_at_change(std::uint64_t nth);

  /// Between a kill and a restart: false.
  bool is_running() const;

  /// Programs may run again; what they see is what was there, also what was never synced.
  void restart();

  /// `kill`, and the disk is another one from now on: usually `disk().after_power_cut(seed)`. `restart` goes on from there.
  void replace(memory_disk disk);

  /// `kill`, a power cut, `restart`.
  void power_cut(std::uint64_t seed);

  /// Bytes that all files may have together.
  void set_capacity(std::uint64_t bytes);

  // -- faults

  /// Adds a fault; several may be planned.
  void fail(file_fault fault);

  /// Forgets all faults.
  void heal();

  /// How many calls the faults have hit since the last `heal`, and how many calls there were at all since then.
  std::uint64_t struck() const;
  std::uint64_t call_count() const;

  // -- the record

  /// Called before each call that changes the disk (and is not refused by a fault), with the disk as it is before it. It
  /// runs under our lock and must not call us; copying the disk is cheap. Nothing: no observer.
  using observer = std::function<void(const memory_disk& before, const disk_call& next)>;
  void watch(observer observer);

  /// Keeps the calls that change the disk; off at the start.
  void record(bool on);
  std::vector<disk_call> calls() const;
  void forget_calls();

  // -- os_files

  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override;
  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override;
  os_outcome make_directory(const std::filesystem::path& path) override;
  os_outcome is_directory(const std::filesystem::path& path) override;
  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  os_outcome remove(const std::filesystem::path& path) override;
  os_outcome sync_directory(const std::filesystem::path& directory) override;
  os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) override;

private:
  class opened_file;
  class held_lock;

  /// What the faults say to a call.
  struct decision {
    os_outcome outcome = 0;
    bool is_short = false;
  };
  decision decide(file_call what, std::string_view path);
  bool is_dead(std::uint64_t life) const { return !is_running_ || life != life_; }
  bool announce(const disk_call& call);
  void end_programs();
  void note(disk_call call, os_outcome outcome);
  std::uint64_t room_for(std::uint64_t size_before, std::uint64_t size_after) const;
  os_outcome write(memory_disk::node_id node, const std::string& path, std::uint64_t offset, std::string_view bytes);

  mutable std::mutex mutex_;
  memory_disk disk_;
  std::uint64_t capacity_ = UINT64_MAX;
  bool is_running_ = true;
  /// Of the programs that run now; what was opened in an earlier one is dead.
  std::uint64_t life_ = 1;
  std::uint64_t kill_at_ = 0;
  std::map<std::string, std::uint64_t> locks_;
  std::vector<file_fault> faults_;
  std::uint64_t struck_ = 0;
  std::uint64_t call_count_ = 0;
  observer observer_;
  bool records_ = false;
  std::vector<disk_call> calls_;
};

} // namespace daybook::testing
