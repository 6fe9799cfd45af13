#pragma once

#include "daybook/tests/support/memory_disk.hpp"

namespace daybook::testing {

// What memory_disk.cpp (the kernel's side) and memory_disk_cut.cpp (the power cut) share.

/// A change of a file since its last sync: bytes that were written, or a new size.
struct memory_disk::file_change {
  std::uint64_t number = 0;
  bool is_resize = false;
  /// Where the bytes begin; or the new size.
  std::uint64_t offset = 0;
  std::shared_ptr<const std::string> bytes;
  /// To undo it: the size before, and what was there.
  std::uint64_t size_before = 0;
  std::string before;
  /// A failed sync was to make it durable: no later one does.
  bool is_lost = false;

  std::uint64_t end() const noexcept { return offset + (bytes ? bytes->size() : 0); }
};

/// A change of a directory since its last sync.
struct memory_disk::entry_change {
  enum class kind : std::uint8_t { made, renamed, removed };
  kind what = kind::made;
  std::string name;
  std::string new_name;
  node_id id = none;
  std::uint64_t number = 0;
  bool is_lost = false;

  /// The name that is there, or gone, because of it.
  const std::string& target() const noexcept { return what == kind::renamed ? new_name : name; }
  void apply(std::map<std::string, node_id>& entries, bool keeps_old_name = false) const;
};

struct memory_disk::node {
  bool is_directory = false;
  /// Of a file: what programs see, and how it differs from the disk.
  std::string contents;
  std::vector<file_change> changes;
  /// What is on the disk for sure, where undoing the changes does not tell: after a failed sync.
  std::optional<std::string> settled;
  /// Of a directory likewise.
  std::map<std::string, node_id> entries;
  std::map<std::string, node_id> settled_entries;
  std::vector<entry_change> entry_changes;

  /// What is on the disk for sure.
  std::string durable() const;
  /// Writes a change into `bytes`, or only what `sectors` says of it.
  static void apply(const file_change& change, std::string& bytes);
  void sync();
  void fail_sync();
  void sync_entries();
};

} // namespace daybook::testing
