#include "daybook/apps/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "daybook/apps/text_table.hpp"

namespace daybook {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds{100};
/// What is done sooner than this needs no bar: it would only flicker.
constexpr auto patience = std::chrono::milliseconds{200};
constexpr std::size_t bar_width = 24;
constexpr std::string_view erase_line = "\r\x1b[K";

unsigned width_of(int descriptor, unsigned otherwise) {
  winsize size{};
  if (::isatty(descriptor) == 0 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return otherwise;
  return size.ws_col;
}

/// Straight to the descriptor, in one write: log lines must not come between. A lost terminal is no error of ours.
void write_error(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string bar_of(double share) {
  const auto full = static_cast<std::size_t>(std::lround(share * static_cast<double>(bar_width)));
  std::string bar;
  for (std::size_t at = 0; at < bar_width; ++at)
    bar += at < full ? "█" : "░";
  return bar;
}

std::string time_left(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(seconds, 359'999.0) + 0.5);
  const auto two = [](std::uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  if (whole >= 3600)
    return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + two(whole % 60);
  return std::to_string(whole / 60) + ":" + two(whole % 60);
}

} // namespace

status_line::status_line() {
  const char* terminal = std::getenv("TERM");
  is_terminal_ = ::isatty(STDERR_FILENO) != 0 && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

status_line::~status_line() {
  clear();
}

void status_line::show(const std::string& text) {
  if (!is_terminal_)
    return;
  // The last column stays free: some terminals wrap as soon as it is used.
  const auto width = std::max(20u, width_of(STDERR_FILENO, 100)) - 1;
  write_error(std::string{erase_line} + cut_to_width(text, width));
  is_drawn_ = true;
}

void status_line::clear() {
  if (is_drawn_)
    write_error(erase_line);
  is_drawn_ = false;
}

progress_bar::progress_bar(std::string what, std::string unit) :
    what_(std::move(what)), unit_(std::move(unit)), begun_(std::chrono::steady_clock::now()), drawn_(begun_) {
  // nop
}

void progress_bar::show(double share, std::uint64_t count) {
  if (!line_.is_terminal())
    return;
  const auto now = std::chrono::steady_clock::now();
  if (now - begun_ < patience || now - drawn_ < redraw_interval)
    return;
  drawn_ = now;
  draw(share, count);
}

void progress_bar::draw(double share, std::uint64_t count) {
  const auto elapsed = std::chrono::duration<double>(drawn_ - begun_).count();
  const auto rate = elapsed > 0 ? static_cast<double>(count) / elapsed : 0.0;
  std::string line = what_;
  if (share >= 0) {
    const auto part = std::min(share, 1.0);
    line += "  " + bar_of(part) + "  " + std::to_string(static_cast<int>(part * 100)) + " %";
  }
  line += "  " + grouped(count) + " " + unit_ + "  " + grouped(static_cast<std::uint64_t>(rate)) + "/s";
  if (share > 0 && share < 1)
    line += "  " + time_left(elapsed * (1 - share) / share) + " left";
  line_.show(line);
}

unsigned terminal_width() {
  return width_of(STDOUT_FILENO, 100);
}

} // namespace daybook
