#include "daybook/apps/words.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace daybook {
namespace {

constexpr std::string_view separators = " \t\r\n";
constexpr std::string_view special = " \t\r\n'\"\\";

error not_closed(char quote) {
  return {errc::invalid_argument, std::string{"a quote ("} + quote + ") is not closed; close it, or write \\" + quote};
}

/// Appends what stands between quotes; `at` is behind the opening quote, then behind the closing one. False: not closed.
bool take_quoted(std::string_view line, std::size_t& at, char quote, std::string& word) {
  for (; at < line.size(); ++at) {
    if (line[at] == quote) {
      ++at;
      return true;
    }
    const bool escapes =
      quote == '"' && line[at] == '\\' && at + 1 < line.size() && (line[at + 1] == '"' || line[at + 1] == '\\');
    if (escapes)
      ++at;
    word += line[at];
  }
  return false;
}

} // namespace

result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(separators); at < line.size(); at = line.find_first_not_of(separators, at)) {
    std::string word;
    while (at < line.size() && separators.find(line[at]) == std::string_view::npos) {
      const char each = line[at++];
      if (each == '\'' || each == '"') {
        if (!take_quoted(line, at, each, word))
          return not_closed(each);
      } else if (each != '\\') {
        word += each;
      } else if (at < line.size()) {
        word += line[at++];
      } else {
        return error{errc::invalid_argument, "a backslash ends the line; write \\\\ for a backslash"};
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::string quote_word(std::string_view word) {
  if (!word.empty() && word.find_first_of(special) == std::string_view::npos)
    return std::string{word};
  std::string quoted = "\"";
  for (const char each : word) {
    if (each == '"' || each == '\\')
      quoted += '\\';
    quoted += each;
  }
  return quoted + '"';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment table: a swap looks two rows back.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t least = 4;
  for (const auto& each : candidates) {
    const auto allowed = std::clamp<std::size_t>(each.size() / 3, 1, 3);
    const auto distance = edit_distance(word, each);
    if (distance <= allowed && distance < least) {
      least = distance;
      nearest = each;
    }
  }
  return nearest;
}

bool begins_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

std::string common_start(const std::vector<std::string>& words) {
  auto common = words.empty() ? std::string{} : words.front();
  for (const auto& each : words) {
    const auto end = std::mismatch(common.begin(), common.end(), each.begin(), each.end()).first;
    common.erase(end, common.end());
  }
  return common;
}

std::vector<std::string> options_in(std::string_view text) {
  std::set<std::string> options;
  for (auto at = text.find("--"); at != std::string_view::npos; at = text.find("--", at + 2)) {
    auto end = at + 2;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '-'))
      ++end;
    if (end > at + 2)
      options.emplace(text.substr(at, end - at));
  }
  return {options.begin(), options.end()};
}

// -- names of commands ------------------------------------------------------------------------------------------------

namespace {

/// How many words a name has, when `words` begin with it; else 0.
std::size_t match(const std::vector<std::string>& words, const std::string& name) {
  const auto parts = split_words(name);
  const bool begins = parts && parts->size() <= words.size() && std::equal(parts->begin(), parts->end(), words.begin());
  return begins ? parts->size() : 0;
}

} // namespace

std::string command_of(const std::vector<std::string>& words, const std::vector<std::string>& names) {
  std::string longest;
  std::size_t most = 0;
  for (const auto& each : names)
    if (const auto count = match(words, each); count > most) {
      most = count;
      longest = each;
    }
  return longest;
}

std::vector<std::string> next_words(const std::vector<std::string>& before, const std::vector<std::string>& names) {
  std::set<std::string> next;
  for (const auto& each : names) {
    const auto parts = split_words(each);
    if (parts && parts->size() > before.size() && std::equal(before.begin(), before.end(), parts->begin()))
      next.insert((*parts)[before.size()]);
  }
  return {next.begin(), next.end()};
}

std::string unknown_command(const std::vector<std::string>& words, const std::vector<std::string>& names) {
  if (words.empty() || begins_with(words.front(), "-") || !command_of(words, names).empty())
    return {};
  const bool is_group = !next_words({words.front()}, names).empty();
  const bool has_second = words.size() > 1 && !begins_with(words[1], "-");
  if (is_group && !has_second)
    return {};
  const auto both = has_second ? words[0] + " " + words[1] : words[0];
  // The first words of names can be mistyped alone, too: "oder".
  auto candidates = names;
  for (auto& each : next_words({}, names))
    candidates.push_back(std::move(each));
  auto meant = nearest_word(is_group ? both : words[0], candidates);
  if (meant.empty() || (has_second && next_words({meant}, names).size() > 0))
    if (auto longer = nearest_word(both, candidates); !longer.empty())
      meant = std::move(longer);
  return "there is no command '" + (is_group ? both : words[0]) + "'; " +
         (meant.empty() ? "" : "did you mean '" + meant + "'? ") + "'help' lists them all";
}

} // namespace daybook
