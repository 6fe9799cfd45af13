#include "daybook/tests/tidy/tidy.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <string_view>

namespace daybook {

namespace {

using findings = std::vector<std::string>;

void tell(findings& into, const std::string& path, std::size_t line, const std::string& what) {
  into.push_back(path + ":" + std::to_string(line) + ": " + what);
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// Prefixes of what each folder may include: docs/architecture.md, "Folders".
const std::map<std::string, std::vector<std::string>, std::less<>>& allowed_includes() {
  static const std::map<std::string, std::vector<std::string>, std::less<>> folders{
    {"domain", {"daybook/domain/"}},
    {"persistence", {"daybook/domain/", "daybook/persistence/"}},
    {"config", {"daybook/domain/result.hpp", "daybook/config/", "caf/"}},
    {"actors", {"daybook/domain/", "daybook/persistence/", "daybook/config/", "daybook/actors/"}},
    {"apps", {"daybook/domain/", "daybook/persistence/", "daybook/config/", "daybook/actors/", "daybook/apps/"}},
  };
  return folders;
}

/// Whether an include that is none of ours may stand in the folder.
bool may_include_foreign(std::string_view folder, std::string_view header) {
  const bool is_standard = header.find_first_of("/.") == std::string_view::npos;
  if (folder == "domain")
    return is_standard && header != "filesystem" && header != "fstream" && header != "random" && header != "thread";
  if (folder == "config")
    return is_standard || starts_with(header, "caf/") || starts_with(header, "spdlog/");
  if (starts_with(header, "CLI/") || header == "histedit.h")
    return folder != "persistence" && folder != "actors";
  return !(folder == "persistence" && starts_with(header, "caf/"));
}

void check_include(findings& into, const std::string& path, std::size_t number, std::string_view line) {
  const auto folder = std::string_view{path}.substr(0, path.find('/'));
  const auto rules = allowed_includes().find(folder);
  const auto begin = line.find_first_of("<\"");
  if (rules == allowed_includes().end() || !starts_with(line, "#include") || begin == std::string_view::npos)
    return;
  const auto header = line.substr(begin + 1, line.find_first_of(">\"", begin + 1) - begin - 1);
  const auto& allowed = rules->second;
  const bool is_allowed =
    starts_with(header, "daybook/") || line[begin] == '"'
      ? std::any_of(allowed.begin(), allowed.end(), [&](const auto& start) { return starts_with(header, start); })
      : may_include_foreign(folder, header);
  if (!is_allowed)
    tell(into, path, number, std::string{folder} + "/ must not include " + std::string{header});
}

/// Where an endless request is none: a commit's deadline is kept by its aggregate and router (see `on_overdue`).
bool is_allowed(const std::string& path, std::string_view word) {
  return word == "caf::infinite" && path == "actors/aggregate.hpp";
}

void check_words(findings& into, const std::string& path, std::size_t number, std::string_view line) {
  if (starts_with(path, "tests/tidy/"))
    return;
  for (const std::string_view word : {"caf/all.hpp", "sleep_for", "caf::infinite", "TODO", "FIXME", "std::system("})
    if (line.find(word) != std::string_view::npos && !is_allowed(path, word))
      tell(into, path, number, "says " + std::string{word});
}

void check_line(findings& into, const std::string& path, std::size_t number, std::string_view line) {
  const auto columns = std::count_if(line.begin(), line.end(), [](char each) { return (each & 0xC0) != 0x80; });
  if (static_cast<std::size_t>(columns) > max_columns)
    tell(into, path, number, "has " + std::to_string(columns) + " columns");
  if (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
    tell(into, path, number, "ends with a blank");
  if (line.find('\t') != std::string_view::npos)
    tell(into, path, number, "has a tab");
}

/// The text with comments, strings and characters blanked out; line ends stay.
std::string code_of(std::string_view text) {
  std::string code{text};
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (auto i = from; i < std::min(to, code.size()); ++i)
      if (code[i] != '\n')
        code[i] = ' ';
  };
  const auto is_word = [&](std::size_t i) { return std::isalnum(static_cast<unsigned char>(text[i])) != 0; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto end = i;
    if (text.substr(i, 2) == "//") {
      end = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      end = std::min(text.find("*/", i), text.size());
    } else if (text.substr(i, 2) == "R\"") {
      const auto open = text.find('(', i);
      if (open == std::string_view::npos)
        return code;
      const auto closing = ")" + std::string{text.substr(i + 2, open - i - 2)} + "\"";
      end = std::min(text.find(closing, open), text.size()) + closing.size();
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(i - 1)))) {
      for (end = i + 1; end < text.size() && text[end] != text[i]; ++end)
        end += text[end] == '\\' ? 1 : 0;
      ++end;
    }
    blank(i, end);
    i = std::max(i, end == i ? i : end - 1);
  }
  return code;
}

/// Whether what stands before a brace outside of functions begins one.
bool begins_function(std::string_view head) {
  // Macros stand before it without a semicolon.
  if (starts_with(head.substr(head.rfind('\n') + 1), "namespace"))
    return false;
  const auto begin = head.find_first_not_of(" \n");
  head.remove_prefix(std::min(begin, head.size()));
  for (const auto word : {"namespace", "class ", "struct ", "enum ", "union "})
    if (starts_with(head, word) && head.find(") ") == std::string_view::npos)
      return false;
  return head.find(')') != std::string_view::npos;
}

void check_functions(findings& into, const std::string& path, std::string_view text) {
  const auto code = code_of(text);
  std::string head;
  std::size_t line = 1;
  std::size_t began = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char each = code[i];
    line += each == '\n' ? 1 : 0;
    if (depth > 0) {
      depth += each == '{' ? 1 : 0;
      depth -= each == '}' ? 1 : 0;
      if (depth == 0 && began > 0 && line - began + 1 > max_function_lines)
        tell(into, path, began, "a function of " + std::to_string(line - began + 1) + " lines");
      continue;
    }
    if (each == '{' && (i == 0 || code[i - 1] != ' ')) {
      // A member's or an object's initial value.
      began = 0;
      depth = 1;
    } else if (each == '{' && begins_function(head)) {
      began = line;
      depth = 1;
      head.clear();
    } else if (each == ';' || each == '{' || each == '}') {
      head.clear();
    } else {
      head += each;
    }
  }
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

} // namespace

std::vector<std::string> find_untidy(const std::string& path, const std::string& text) {
  findings found;
  std::istringstream lines{text};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    check_line(found, path, number, line);
    check_include(found, path, number, line);
    check_words(found, path, number, line);
  }
  if (!text.empty() && text.back() != '\n')
    tell(found, path, number, "does not end with a line end");
  if (number > max_file_lines)
    tell(found, path, number, "the file has more than " + std::to_string(max_file_lines) + " lines");
  check_functions(found, path, text);
  return found;
}

std::vector<std::string> source_files(const std::filesystem::path& root) {
  std::vector<std::string> files;
  for (const auto* folder : {"domain", "persistence", "actors", "config", "apps", "tests", "bench", "examples"}) {
    if (!std::filesystem::exists(root / folder))
      continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
      const auto name = entry.path().lexically_relative(root).generic_string();
      if (entry.is_regular_file() && (ends_with(name, ".hpp") || ends_with(name, ".cpp")))
        files.push_back(name);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace daybook
