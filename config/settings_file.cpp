#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "daybook/config/setting_values.hpp"
#include "daybook/config/settings.hpp"

namespace daybook {

namespace {

constexpr std::size_t comment_width = 100;

/// Without its comment: '#' in a name or a path is none.
std::string_view without_comment(std::string_view line) noexcept {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t'))
      return line.substr(0, i);
  return line;
}

void write_comment(std::ostream& out, const std::string& text) {
  std::istringstream words{text};
  std::size_t width = 0;
  for (std::string word; words >> word; width += word.size() + 1) {
    if (width == 0 || width + word.size() > comment_width) {
      out << (width == 0 ? "# " : "\n# ") << word;
      width = 0;
    } else {
      out << ' ' << word;
    }
  }
  out << '\n';
}

} // namespace

std::string sample_settings() {
  std::ostringstream out;
  write_comment(out,
                "Every setting of a Daybook node with its default. Use it with `daybookd --config FILE`; what the "
                "command line says wins. A line is `name = value`; a '#' at its beginning or after a space begins a "
                "comment. Durations: 500ms, 5s, 5min, 1h. Sizes: 4096B, 64KiB, 64MiB, 1GiB.");
  for (const auto& info : all_settings()) {
    out << '\n';
    write_comment(out, std::string{info.description});
    write_comment(out, std::string{info.unit} + "; " + std::string{info.allowed});
    out << info.name << (info.default_text.empty() ? " =" : " = ") << info.default_text << '\n';
  }
  return out.str();
}

result<done> read_settings_file(node_settings& settings, const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) {
    const auto cause = errno;
    return error{cause == ENOENT ? errc::not_found : errc::io_error,
                 "cannot read the settings in " + file.string() + ": " + std::strerror(cause)};
  }
  auto changed = settings;
  std::map<std::string, std::size_t, std::less<>> seen;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto where = file.string() + ":" + std::to_string(number) + ": ";
    const auto text = trimmed(without_comment(line));
    if (text.empty())
      continue;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
      return error{errc::invalid_argument, where + "'" + std::string{text} + "' is no `name = value`"};
    const auto name = trimmed(text.substr(0, equals));
    if (const auto [first, is_new] = seen.emplace(name, number); !is_new)
      return error{errc::invalid_argument,
                   where + "setting " + first->first + " was already set in line " + std::to_string(first->second)};
    if (auto set = set_setting(changed, name, text.substr(equals + 1)); !set)
      return error{set.error().code, where + set.error().message};
  }
  // A directory opens, but cannot be read.
  if (in.bad())
    return error{errc::io_error, "cannot read the settings in " + file.string() + ": " + std::strerror(errno)};
  settings = std::move(changed);
  return done{};
}

} // namespace daybook
