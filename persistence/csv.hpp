#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/input_file.hpp"

namespace daybook {

/// A row of a CSV file. The views live until the next row is read.
struct csv_row {
  /// Line of the file on which it begins, from 1.
  std::uint64_t line = 0;
  /// Empty: the row is readable. Else what is wrong with it; `fields` then holds those before that place.
  std::string problem;
  std::vector<std::string_view> fields;
  /// The first field, or, of a row that broke in it, what it seems to be.
  std::string_view first_column;
};

/// A row may span so many lines and bytes (by line breaks in quotes), no more: a quote that was forgotten must not
/// take the rest of the file with it.
inline constexpr std::size_t max_row_lines = 100;
inline constexpr std::size_t max_spanning_row_bytes = std::size_t{1} << 20;

/// Splits a file into rows by RFC 4180: fields in quotes may hold commas, line breaks and doubled quotes; CRLF line
/// ends are taken, too. Empty lines are no rows. Strict: a quote in a field that does not begin with one, text after
/// a closing quote, a quote that is not closed and a wrong number of columns make a row unreadable. After one that
/// spans lines, reading goes on with the line after its first: the quote that opened there was most likely the
/// mistake. Not thread-safe.
class csv_reader {
public:
  /// @param file must outlive the reader.
  /// @param columns how many a row must have; 0: any number.
  csv_reader(input_file& file, std::size_t columns) : file_(file), columns_(columns) {}

  /// Reads the next row, readable or not; false at the end. An error is one of the file.
  result<bool> next(csv_row& row);

private:
  enum class outcome { whole, open_quote, broken };

  result<bool> next_line();
  result<bool> add_line();
  void begin_row() noexcept;
  outcome split();
  outcome split_quoted();
  outcome split_plain();
  outcome broken(std::string problem);
  bool take_comma() noexcept;
  void resume_after_first_line();
  void show(csv_row& row);

  input_file& file_;
  std::size_t columns_;
  /// Of the line that was read last.
  std::uint64_t line_ = 0;
  std::string fresh_line_;
  /// Lines that belonged to a row that was given up, to be read again.
  std::deque<std::string> again_;

  /// The row's text; fields lose their quotes in place, so a field never ends behind its place in the text.
  std::string text_;
  /// The row's further lines, as they are in the file.
  std::vector<std::string> further_lines_;
  std::vector<std::pair<std::size_t, std::size_t>> fields_;
  std::string problem_;
  /// Where splitting goes on.
  std::size_t at_ = 0;
  /// The field in quotes that is being split: its beginning and the end of what it has so far.
  bool is_in_quotes_ = false;
  std::size_t field_begin_ = 0;
  std::size_t field_end_ = 0;
};

} // namespace daybook
