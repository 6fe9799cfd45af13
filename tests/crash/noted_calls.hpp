#pragma once

#include <filesystem>
#include <vector>

#include <sys/types.h>

/// Below the seam no double can look. This program's `fdatasync`, `fsync`, `sync_file_range` and `pwrite64`, which SQLite
/// calls, are its own: they note what they were asked for, do it, and fail where a test wants them to. One thread.
namespace daybook::noted_calls {

struct synced {
  bool is_data_only;
  ::ino_t inode;
};

struct all {
  std::vector<synced> syncs;
  /// Files whose pages the kernel was told to write.
  std::vector<::ino_t> begun;
  /// Files that were written to, once for each call.
  std::vector<::ino_t> writes;
  /// Each sync fails with EIO.
  bool syncs_fail = false;
  /// Writes to this file fail with ENOSPC, after so many that do not; 0: none.
  ::ino_t without_room = 0;
  int writes_with_room = 0;
};

/// Of this process, from its start.
all& noted();

/// 0 when it is not there.
::ino_t inode_of(const std::filesystem::path& path);

} // namespace daybook::noted_calls
