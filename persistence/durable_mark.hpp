#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/sha256.hpp"

namespace daybook {

/// What was durable when it was said: the end of the last batch whose sync had returned.
struct durable_end {
  std::string journal_id;
  position_t position = 0;
  digest_text digest{};
};

/// Remembers beside the journal how far it was durable, so that damage to its last commits is not taken for the rest of an
/// interrupted write (PAR's and RocksDB's way: evidence from elsewhere decides between the two).
///
/// It is written behind every sync, but not synced itself: it may be old after a power cut, never ahead. After a killed
/// process it is exact. Like an index it may be missing or unfit at any time, and then says nothing. Belongs to one thread.
class durable_mark {
public:
  static constexpr std::size_t bytes = 192;

  /// A mark that remembers nothing, when the file cannot be made.
  static durable_mark open(const file_system& files, const std::filesystem::path& path);

  /// Takes note of an end, without allocating memory. That it cannot be written is no error: then it is old.
  void put(const std::string& journal_id, position_t position, const digest_text& digest) noexcept;

  /// What the file says; nothing when it is missing or does not verify. An error when it is there and cannot be read: without
  /// it durable commits that are damaged might be taken for the rest of a write, and cut.
  static result<std::optional<durable_end>> read(const file_system& files, const std::filesystem::path& path);

private:
  std::unique_ptr<file> file_;
};

} // namespace daybook
