#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_format.hpp"

namespace daybook {

/// A segment of a journal that is read without the journal's lock.
struct segment_file {
  std::string name;
  position_t first = 0;
  std::shared_ptr<const file> data;
  /// When it was listed: a running node may write behind it meanwhile. Of the last segment up to the end of its text.
  std::uint64_t size = 0;
};

/// A segment's first line.
struct segment_head {
  journal_format::segment_header header;
  /// With its line feed.
  std::uint64_t bytes = 0;
};

/// The segments in a directory, in order; none when there are none. `not_found` when there is no directory. Few of
/// them are open at a time (file_pool.hpp).
result<std::vector<segment_file>> open_segments(os_files& system, const std::filesystem::path& journal_dir);

/// Where a text ends that may have been filled ahead with line feeds: behind its last byte that is none, and the feed that ends
/// that line. Only a journal's last segment may be filled.
/// @param size of the file.
result<std::uint64_t> end_of_text(const file& from, std::uint64_t size);

/// A segment's header; nothing when it does not verify. `unsupported_format` for one from the future.
result<std::optional<segment_head>> read_head(const segment_file& in);

} // namespace daybook
