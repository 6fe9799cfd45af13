#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/persistence/journal_verify.hpp"

namespace daybook {

// -- the form of an export (docs/cli.md, "journal export") -----------------------------------------------------------------

/// The last line of a JSON Lines export; without it, the export is not whole.
struct export_end {
  std::string journal_id;
  position_t first_position = 0;
  position_t last_position = 0;
  std::uint64_t events = 0;
  /// The chain's digest there.
  std::string digest;
  /// Of all lines before, in hexadecimal digits, as sha256sum(1) says it.
  std::string sha256;
};

/// An event's line, read; the texts point into it.
struct export_line {
  /// The position of the first event of its commit.
  position_t commit = 0;
  journal_format::event_line event;
};

void append_export_line(std::string& out, position_t commit, const journal_format::event_line& event);
void append_export_end(std::string& out, const export_end& end);
void append_csv_head(std::string& out);
void append_csv_row(std::string& out, const journal_format::event_line& event);

/// Reads a line without its line feed; nothing when it is of another form. Strict: exactly what was written.
std::optional<export_line> parse_export_line(std::string_view line);
std::optional<export_end> parse_export_end(std::string_view line);

/// 64 hexadecimal digits.
std::string to_hex(const sha256::bytes& digest);

// -- exporting -----------------------------------------------------------------------------------------------------------

enum class export_format : std::uint8_t { json_lines, csv };

struct export_options {
  export_format format = export_format::json_lines;
  /// Whole commits: from the one that holds `from` to the one that holds `to`; 0: to the end.
  position_t from = 1;
  position_t to = 0;
  byte_progress progress;
};

struct export_report {
  std::string journal_id;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  /// Of what was exported; 0 when nothing was.
  position_t first_position = 0;
  position_t last_position = 0;
  std::string last_digest;
  std::uint64_t bytes = 0;
};

/// Takes the export, piece by piece.
using export_sink = std::function<result<done>(std::string_view)>;

/// Exports events; the journal is verified from its beginning on the way, without the lock. `journal_damaged` where it does not
/// verify: what was given to the sink then has no end.
result<export_report> export_journal(const std::filesystem::path& data_dir, const export_options& options,
                                     const export_sink& sink, os_files& files = posix_files());

/// A file that appears under its name when it is whole and durable, replacing what was there; until then it is NAME.new.
/// Removed when it is not finished. Belongs to one thread.
class new_file {
public:
  static result<new_file> begin(std::filesystem::path path, os_files& files = posix_files());
  new_file(new_file&&) = default;
  new_file& operator=(new_file&&) = delete;
  ~new_file();

  result<done> append(std::string_view bytes);
  result<done> finish();

private:
  new_file(std::filesystem::path path, os_files& files);

  std::filesystem::path path_;
  std::filesystem::path fresh_;
  file_system files_;
  std::unique_ptr<file> out_;
  std::uint64_t size_ = 0;
};

} // namespace daybook
