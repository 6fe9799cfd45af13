#include "daybook/apps/load/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace daybook::load {

namespace {

// In units of the view box; 12 units of text are ten pixels on a phone.
constexpr double width = 460;
constexpr double height = 240;
constexpr double left = 56;
constexpr double right = 12;
constexpr double top = 12;
constexpr double bottom = 28;

/// From values to the view box.
class plot {
public:
  explicit plot(const chart& what) : what_(what) {
    for (const auto& line : what.lines)
      for (const auto& [x, y] : line.points) {
        greatest_ = std::max(greatest_, y);
        if (y > 0)
          least_ = std::min(least_, y);
      }
    if (what.is_logarithmic) {
      first_decade_ = std::floor(std::log10(std::max(least_, 10.0)));
      last_decade_ = std::max(first_decade_ + 1, std::ceil(std::log10(std::max(greatest_, 10.0)) - 1e-9));
    } else {
      marks_ = round_marks(greatest_);
    }
  }

  bool is_empty() const noexcept { return greatest_ <= 0; }

  double x(double value) const noexcept {
    const auto share = (value - what_.x_begin) / std::max(what_.x_end - what_.x_begin, 1e-9);
    return left + std::clamp(share, 0.0, 1.0) * (width - left - right);
  }

  double y(double value) const noexcept {
    const auto share = what_.is_logarithmic
                         ? (std::log10(std::max(value, 1e-9)) - first_decade_) / (last_decade_ - first_decade_)
                         : value / marks_.back();
    return height - bottom - std::clamp(share, 0.0, 1.0) * (height - top - bottom);
  }

  std::vector<double> y_marks() const {
    if (!what_.is_logarithmic)
      return marks_;
    std::vector<double> decades;
    for (auto each = first_decade_; each <= last_decade_; ++each)
      decades.push_back(std::pow(10.0, each));
    return decades;
  }

private:
  const chart& what_;
  double greatest_ = 0;
  double least_ = 1e18;
  double first_decade_ = 1;
  double last_decade_ = 2;
  std::vector<double> marks_{0, 1};
};

std::string path_of(const chart_line& line, const plot& on) {
  std::string path;
  double before = 0;
  for (const auto& [x, y] : line.points) {
    const auto at = on.y(y);
    if (path.empty())
      path = fmt::format("M{:.1f} {:.1f}", on.x(x), at);
    else if (line.is_stepped)
      path += fmt::format("H{:.1f}V{:.1f}", on.x(x), at);
    else if (std::abs(at - before) < 0.05)
      path += fmt::format("H{:.1f}", on.x(x));
    else
      path += fmt::format("L{:.1f} {:.1f}", on.x(x), at);
    before = at;
  }
  return path;
}

void draw_axes(std::string& svg, const chart& what, const plot& on) {
  svg += "<g class=\"grid\">";
  for (const auto mark : on.y_marks())
    svg += fmt::format("<path d=\"M{0:.0f} {1:.1f}H{2:.0f}\"/>", left, on.y(mark), width - right);
  svg += "</g><g class=\"tick\" text-anchor=\"end\">";
  for (const auto mark : on.y_marks())
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\">{}</text>", left - 7, on.y(mark) + 4, escaped(what.y_text(mark)));
  svg += "</g><g class=\"tick\" text-anchor=\"middle\">";
  for (const auto& each : what.x_ticks) {
    const auto x = on.x(each.at);
    const auto* anchor = x > width - right - 16 ? " text-anchor=\"end\"" : "";
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\"{}>{}</text>", *anchor != 0 ? width - 2 : x, height - 9, anchor,
                       escaped(each.text));
  }
  svg += "</g>";
}

} // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char each : text) {
    switch (each) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += static_cast<unsigned char>(each) < ' ' ? ' ' : each;
    }
  }
  return safe;
}

std::vector<double> round_marks(double greatest) {
  greatest = std::max(greatest, 1e-9);
  auto step = std::pow(10.0, std::floor(std::log10(greatest)) - 1);
  // At most five steps.
  for (const auto factor : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0}) {
    if (greatest / step <= 5.0 + 1e-9)
      break;
    step *= factor;
  }
  std::vector<double> marks{0};
  while (marks.back() < greatest - 1e-9 * greatest)
    marks.push_back(step * static_cast<double>(marks.size()));
  return marks;
}

std::vector<tick> time_ticks(double seconds) {
  std::vector<tick> ticks;
  const bool in_minutes = seconds > 240;
  const auto unit = in_minutes ? 60.0 : 1.0;
  for (const auto mark : round_marks(seconds / unit))
    if (mark * unit <= seconds * (1 + 1e-9))
      ticks.push_back({mark * unit, fmt::format("{:.4g} {}", mark, in_minutes ? "min" : "s")});
  return ticks;
}

std::string to_svg(const chart& what) {
  const plot on{what};
  auto svg =
    fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", width, height, escaped(what.description));
  if (on.is_empty()) {
    svg += fmt::format("<text class=\"none\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">nothing to show</text></svg>",
                       width / 2, height / 2);
    return svg;
  }
  draw_axes(svg, what, on);
  for (const auto& line : what.lines) {
    if (line.points.empty())
      continue;
    const auto path = path_of(line, on);
    if (line.is_filled)
      svg += fmt::format("<path class=\"area {}\" d=\"{}V{:.1f}H{:.1f}Z\"/>", line.look, path, height - bottom,
                         on.x(line.points.front().first));
    svg += fmt::format("<path class=\"line {}\" d=\"{}\"/>", line.look, path);
    if (line.points.size() == 1)
      svg += fmt::format("<circle class=\"dot {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", line.look,
                         on.x(line.points.front().first), on.y(line.points.front().second));
  }
  return svg + "</svg>";
}

} // namespace daybook::load
