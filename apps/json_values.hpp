#pragma once

#include <cstdint>
#include <string>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/input_file.hpp"

namespace daybook {

/// One JSON object of a file, as text.
struct json_value {
  std::string text;
  /// Line where it begins, from 1.
  std::uint64_t line = 0;
  /// Why what stands there is no object; empty when it may be one.
  std::string problem;
};

/// Splits a file into the objects it holds: one object, an array of them, or JSON Lines. It looks at braces and quotes
/// only and leaves the reading to others. An object that is not closed ends before the next line that begins with `{` in its
/// first column, so that one broken line of JSON Lines does not take the rest with it. An array that is not closed is a
/// problem too, told at the end: the file may be half of what it was.
class json_value_reader {
public:
  explicit json_value_reader(input_file& file) : file_(file) {
    // nop
  }

  /// False at the end. Errors are those of the file.
  result<bool> next(json_value& value);

private:
  /// Where a file stands between two objects.
  enum class place {
    outside,
    /// Behind `[`: an object or the end of the array.
    first_item,
    /// Behind a comma: an object.
    next_item,
    /// Behind an object of an array: a comma or the end of the array.
    after_item,
    /// Behind something that cannot be read: every separator will do, so that one problem is not told as many.
    lost
  };

  bool skip_separators();
  bool take_separator(char each);
  bool take_object(json_value& value);
  result<bool> read_object(json_value& value);
  result<bool> at_end(json_value& value);
  result<bool> read_line();

  input_file& file_;
  std::string line_;
  std::uint64_t line_number_ = 0;
  std::size_t at_ = 0;
  bool has_line_ = false;
  place place_ = place::outside;
  /// Line of the `[` of the array we are in.
  std::uint64_t array_line_ = 0;
  // Where the scan of an object stands, across lines.
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

} // namespace daybook
