#include "daybook/apps/text_table.hpp"

#include <algorithm>
#include <array>

namespace daybook {
namespace {

constexpr std::size_t narrowest = 8;
constexpr std::string_view ellipsis = "…";
constexpr std::string_view gap = "  ";

struct character {
  std::string_view bytes;
  char32_t code = 0;
};

std::size_t length_of(unsigned char first) noexcept {
  return first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
}

/// The next character; a byte that begins none stands for itself, as U+FFFD.
character next_character(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const auto length = length_of(first);
  if (length == 1)
    return {text.substr(0, 1), first};
  if (length == 0 || length > text.size())
    return {text.substr(0, 1), 0xfffd};
  char32_t code = first & (0x7fu >> length);
  for (std::size_t at = 1; at < length; ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xc0) != 0x80)
      return {text.substr(0, 1), 0xfffd};
    code = (code << 6) | (byte & 0x3f);
  }
  return {text.substr(0, length), code};
}

struct range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<range, N>& ranges, char32_t code) noexcept {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const range& each) { return code >= each.first && code <= each.last; });
}

// wcwidth() would ask the locale, and programs run with LANG=C, too.
constexpr std::array<range, 7> combining{
  {{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x200b, 0x200f}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}}};
constexpr std::array<range, 10> wide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0x33ff},
                                      {0x3400, 0x4dbf},
                                      {0x4e00, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0x1f300, 0x1faff}}};

std::size_t width_of(char32_t code) noexcept {
  return is_in(combining, code) ? 0 : is_in(wide, code) ? 2 : 1;
}

/// C0 and C1 controls, and the marks that turn the direction of a line around.
bool is_control(char32_t code) noexcept {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string_view shown(const character& each) noexcept {
  return is_control(each.code) ? std::string_view{" "} : each.code == 0xfffd ? std::string_view{"\xef\xbf\xbd"} : each.bytes;
}

} // namespace

// -- single texts -----------------------------------------------------------------------------------------------------

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto each = next_character(text);
    width += width_of(each.code);
    text.remove_prefix(each.bytes.size());
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto each = next_character(text);
    clean += shown(each);
    text.remove_prefix(each.bytes.size());
  }
  return clean;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width)
    return printable(text);
  if (width == 0)
    return {};
  std::string cut;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto each = next_character(text);
    // One column is the ellipsis's.
    if (used + width_of(each.code) > width - 1)
      break;
    used += width_of(each.code);
    cut += shown(each);
    text.remove_prefix(each.bytes.size());
  }
  return cut.append(ellipsis);
}

std::string paint(std::string_view text, ink colour, const text_style& style) {
  if (!style.colours || colour == ink::plain || text.empty())
    return std::string{text};
  const auto code = [colour] {
    switch (colour) {
      case ink::bold: return "1";
      case ink::faint: return "2";
      case ink::good: return "32";
      case ink::bad: return "31";
      case ink::warning: return "33";
      case ink::plain: break;
    }
    return "0";
  }();
  return std::string{"\x1b["}.append(code).append("m").append(text).append("\x1b[0m");
}

std::string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string in_columns(const std::vector<std::string>& words, std::size_t width) {
  std::size_t widest = 1;
  for (const auto& each : words)
    widest = std::max(widest, display_width(each) + gap.size());
  const auto columns = std::max<std::size_t>(1, width / widest);
  std::string text;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const bool ends_line = (at + 1) % columns == 0 || at + 1 == words.size();
    text += printable(words[at]);
    text += ends_line ? "\n" : std::string(widest - display_width(words[at]), ' ');
  }
  return text;
}

std::string labelled(const std::vector<std::pair<std::string, std::string>>& pairs, const text_style& style) {
  std::size_t longest = 0;
  for (const auto& [label, value] : pairs)
    longest = std::max(longest, display_width(label));
  std::string lines;
  for (const auto& [label, value] : pairs) {
    lines += paint(label, ink::faint, style);
    lines.append(longest - display_width(label), ' ').append(gap).append(value).append("\n");
  }
  return lines;
}

// -- tables -----------------------------------------------------------------------------------------------------------

void text_table::add(std::vector<cell> row) {
  while (row.size() < columns_.size())
    row.emplace_back("");
  for (auto& each : row)
    each.text = printable(each.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> text_table::widths(std::size_t room) const {
  std::vector<std::size_t> widths;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    auto widest = display_width(columns_[at].title);
    for (const auto& row : rows_)
      widest = std::max(widest, display_width(row[at].text));
    widths.push_back(widest);
  }
  const auto total = [&] {
    std::size_t sum = columns_.empty() ? 0 : gap.size() * (columns_.size() - 1);
    for (const auto each : widths)
      sum += each;
    return sum;
  };
  for (auto needed = total(); needed > room; needed = total()) {
    std::size_t* widest = nullptr;
    for (std::size_t at = 0; at < columns_.size(); ++at)
      if (columns_[at].may_be_cut && widths[at] > narrowest && (widest == nullptr || widths[at] > *widest))
        widest = &widths[at];
    // A terminal too narrow for the rest wraps the line; that is better than to lose a number.
    if (widest == nullptr)
      break;
    --*widest;
  }
  return widths;
}

void text_table::append_row(std::string& out, const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                            const text_style& style) const {
  // Spaces are owed until something stands behind them.
  std::size_t owed = 0;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    const auto text = cut_to_width(row[at].text, widths[at]);
    const auto padding = widths[at] - std::min(widths[at], display_width(text));
    if (at > 0)
      owed += gap.size();
    if (columns_[at].side == align::right)
      owed += padding;
    if (!text.empty()) {
      out.append(owed, ' ').append(paint(text, row[at].colour, style));
      owed = 0;
    }
    if (columns_[at].side == align::left)
      owed += padding;
  }
  out += '\n';
}

std::string text_table::text(const text_style& style) const {
  const auto fitting = widths(style.width);
  std::string out;
  std::vector<cell> head;
  for (const auto& each : columns_)
    head.emplace_back(each.title, ink::bold);
  if (std::any_of(columns_.begin(), columns_.end(), [](const column& each) { return !each.title.empty(); }))
    append_row(out, head, fitting, style);
  for (const auto& row : rows_)
    append_row(out, row, fitting, style);
  return out;
}

} // namespace daybook
