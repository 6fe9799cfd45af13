#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace daybook::load {

/// One line of a chart, in the order of x.
struct chart_line {
  std::string title;
  /// Its colour, by class: "c1" to "c4".
  std::string look;
  std::vector<std::pair<double, double>> points;
  /// Whether what is below it is shaded.
  bool is_filled = false;
  /// Whether a value holds until the next one.
  bool is_stepped = false;
};

/// A mark on an axis.
struct tick {
  double at = 0;
  std::string text;
};

struct chart {
  /// Said to whoever cannot see it.
  std::string description;
  std::vector<chart_line> lines;
  /// Values from 10 up, a decade as high as the next; else from 0 on.
  bool is_logarithmic = false;
  std::function<std::string(double)> y_text;
  /// Range and marks of the x axis.
  double x_begin = 0;
  double x_end = 1;
  std::vector<tick> x_ticks;
};

/// The chart as an SVG element, its colours by the page's style; legible from 330 pixels of width on.
std::string to_svg(const chart& what);

/// Round numbers from 0 to at least `greatest`: 1, 2 or 5 times a power of ten apart, three to six of them.
std::vector<double> round_marks(double greatest);

/// A text within HTML or SVG; quotes too, for attributes.
std::string escaped(const std::string& text);

/// Marks along a time in seconds.
std::vector<tick> time_ticks(double seconds);

} // namespace daybook::load
