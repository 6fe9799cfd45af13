#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/persistence/os_files.hpp"

namespace daybook::testing {

/// A disk and the kernel's cache in front of it: what programs see, and what of it a power cut is sure to leave. A value:
/// a copy is cheap (nodes are shared until one side changes them). Not thread-safe; `memory_files` is.
///
/// What a power cut may do to changes that were not synced, each for itself:
/// - a write is kept, dropped, torn (any of its 512 byte sectors), or the file has grown for it and reads as zeros there; a
///   later one may be kept without an earlier one;
/// - a cut of a file is kept or dropped;
/// - a directory's entry (made, renamed, removed) is kept or dropped; of a rename the old name, the new one or both stay.
/// What was synced stays: a file's contents and size by `sync`, a directory's entries by `sync_directory`. The one does not
/// imply the other.
///
/// After a failed sync what was to be synced is visible and may or may not be on the disk, and no later sync changes that:
/// the kernel has marked its pages clean. Only writing it again helps. That is how Linux behaves.
///
/// A file with many unsynced changes settles its oldest ones (the kernel writes back whenever it likes).
class memory_disk {
public:
  using node_id = std::uint32_t;

  /// An empty disk: "/" and ".", which are one directory.
  memory_disk();

  // -- what tests look at and damage; paths as programs use them

  /// The paths of all files, in byte order.
  std::vector<std::string> files() const;

  /// What a program sees in a file; nothing when there is none.
  std::optional<std::string> contents(const std::filesystem::path& path) const;

  /// Puts a file there, with its directories, all of it durable.
  void put(const std::filesystem::path& path, std::string bytes);

  /// Changes bits of a byte of a file, durably; the file has no unsynced changes.
  void flip(const std::filesystem::path& path, std::uint64_t offset, unsigned char bits);

  /// Removes a file or a directory with all that is in it, durably. Fine when there is none.
  void erase(const std::filesystem::path& path);

  /// A hash over names and contents as programs see them.
  std::uint64_t fingerprint() const;

  /// How many changes a power cut may undo, and how many of them no sync will make durable, because one failed.
  std::size_t unsynced() const;
  std::size_t lost() const;
  /// Of these, how many are names in directories.
  std::size_t lost_names() const;
  /// Whether the name of a directory is among them.
  bool has_lost_directory() const;

  // -- power cuts

  /// The disk after a power cut now, all of it durable. The seed decides everything: `seed % damages` is the kind of damage
  /// (see `damage_name`), the rest its details. So `damages` seeds in a row try each kind.
  memory_disk after_power_cut(std::uint64_t seed) const;

  static constexpr std::uint64_t damages = 16;

  /// For messages: "everything dropped", "the last write torn" …
  static std::string_view damage_name(std::uint64_t seed) noexcept;

  // -- what the kernel does; outcomes as in os_files. `fails`: the sync is one that fails.

  os_outcome open(const std::filesystem::path& path, open_mode mode, node_id& into);
  os_outcome read(node_id node, std::uint64_t offset, char* into, std::size_t size) const;
  os_outcome write(node_id node, std::uint64_t offset, std::string_view bytes);
  os_outcome truncate(node_id node, std::uint64_t size);
  os_outcome sync(node_id node, bool fails);
  os_outcome size(node_id node) const;
  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) const;
  os_outcome make_directory(const std::filesystem::path& path);
  os_outcome is_directory(const std::filesystem::path& path) const;
  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to);
  os_outcome remove(const std::filesystem::path& path);
  os_outcome sync_directory(const std::filesystem::path& directory, bool fails);

  /// Bytes of all files.
  std::uint64_t used() const noexcept { return used_; }

private:
  struct file_change;
  struct entry_change;
  struct node;
  class cut;

  static constexpr node_id none = 0;
  static constexpr node_id root = 1;

  node_id find(std::string_view path) const;
  /// The directory that a path's last part is in, and that part.
  node_id parent_of(std::string_view path, std::string& name) const;
  const node& at(node_id id) const;
  /// For a change: a copy of its own.
  node& own(node_id id);
  node_id make_node(bool is_directory);
  void change_entry(node_id directory, entry_change change);
  void remember(node& in, file_change change);
  void collect(node_id directory, const std::string& prefix, std::map<std::string, node_id>& files) const;
  void count_used();

  std::map<node_id, std::shared_ptr<node>> nodes_;
  node_id next_node_ = root;
  std::uint64_t next_change_ = 1;
  std::uint64_t used_ = 0;
};

} // namespace daybook::testing
