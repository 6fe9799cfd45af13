#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/apps/render.hpp"

namespace daybook {

/// How many columns of a terminal a UTF-8 text takes: combining marks none, East Asian wide characters and emoji two.
/// Bytes that are no UTF-8 count one each.
std::size_t display_width(std::string_view text) noexcept;

/// The text in at most `width` columns; what is cut ends in "…". Never cuts inside a character. Control characters
/// become spaces: a text from outside must not move the cursor or colour the terminal.
std::string cut_to_width(std::string_view text, std::size_t width);

/// The text without control characters (see `cut_to_width`), whole.
std::string printable(std::string_view text);

/// The colours we use; what they mean is the same everywhere.
enum class ink : unsigned char { plain, bold, faint, good, bad, warning };

/// The text in a colour, where the style allows colours; otherwise the text as it is.
std::string paint(std::string_view text, ink colour, const text_style& style);

/// Rows in aligned columns, two spaces apart, with a head line. Texts are cut so that a row fits the style's width: the
/// columns that may be cut give way, the widest first, down to eight columns each.
class text_table {
public:
  enum class align : unsigned char { left, right };

  struct column {
    std::string title;
    align side = align::left;
    /// Numbers, ids and amounts are never cut.
    bool may_be_cut = false;
  };

  struct cell {
    cell(std::string content, ink paint_with = ink::plain) : text(std::move(content)), colour(paint_with) {
      // nop
    }
    cell(const char* content) : text(content) {
      // nop
    }
    std::string text;
    ink colour = ink::plain;
  };

  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {
    // nop
  }

  /// One cell for each column; missing ones are empty.
  void add(std::vector<cell> row);

  bool empty() const noexcept { return rows_.empty(); }

  /// Whole lines, without spaces at their ends. A head line whose titles are all empty is left out.
  std::string text(const text_style& style) const;

private:
  std::vector<std::size_t> widths(std::size_t room) const;
  void append_row(std::string& out, const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                  const text_style& style) const;

  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

/// An integer with thousands apart: "1,234,567".
std::string grouped(std::uint64_t number);

/// Words side by side in as many columns as `width` has room for; whole lines.
std::string in_columns(const std::vector<std::string>& words, std::size_t width);

/// Names and values under each other, values aligned: a label is padded to the longest one.
std::string labelled(const std::vector<std::pair<std::string, std::string>>& pairs, const text_style& style);

} // namespace daybook
