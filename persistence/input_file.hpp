#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daybook/domain/result.hpp"

namespace daybook {

/// A file that is read once from its beginning, line by line; gzip is recognised by content. Not thread-safe.
class input_file {
public:
  /// "-" is the standard input. `not_found` or `io_error` when it cannot be opened.
  static result<std::unique_ptr<input_file>> open(const std::string& path);
  virtual ~input_file() = default;

  /// Reads the next line without its line feed into `line`; false at the end. A line over `max_line_bytes` is an error,
  /// as is a damaged or cut-off gzip stream.
  virtual result<bool> next_line(std::string& line) = 0;

  /// Bytes of the file itself (compressed, if it is) that were consumed; for progress.
  virtual std::uint64_t consumed_bytes() const noexcept = 0;

  /// Size of the file itself; 0 when unknown (standard input).
  virtual std::uint64_t total_bytes() const noexcept = 0;
};

inline constexpr std::size_t max_line_bytes = std::size_t{16} << 20;

} // namespace daybook
