#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>

#include "daybook/tests/tidy/tidy.hpp"

namespace daybook {

namespace {

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void add_matches(const std::string& text, const std::regex& form, const std::string& prefix, std::vector<std::string>& into) {
  for (auto each = std::sregex_iterator{text.begin(), text.end(), form}; each != std::sregex_iterator{}; ++each)
    into.push_back(prefix + (*each)[1].str());
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool names(const std::string& wanted, const std::string& test) {
  static const std::string more = "\u2026";
  const bool has_more = wanted.size() > more.size() && wanted.compare(wanted.size() - more.size(), more.size(), more) == 0;
  const auto start = has_more ? wanted.substr(0, wanted.size() - more.size()) : wanted;
  if (const auto open = test.find("${"); open != std::string::npos)
    return begins_with(wanted, test.substr(0, open)) || (has_more && begins_with(test.substr(0, open), start));
  if (has_more)
    return begins_with(test, start);
  return wanted == test;
}

} // namespace

std::vector<std::string> find_missing_tests(const std::string& page, const std::vector<std::string>& tests) {
  std::vector<std::string> named;
  add_matches(page, std::regex{"`([a-z0-9_]+: [^`]+)`"}, "", named);
  named.erase(std::remove_if(named.begin(), named.end(),
                             [&](const auto& wanted) {
                               return std::any_of(tests.begin(), tests.end(),
                                                  [&](const auto& test) { return names(wanted, test); });
                             }),
              named.end());
  return named;
}

std::vector<std::string> test_names(const std::filesystem::path& root) {
  std::vector<std::string> tests;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root / "tests"}) {
    const auto kind = entry.path().extension();
    if (kind == ".cmake" || kind == ".txt")
      add_matches(contents_of(entry.path()), std::regex{"NAME \"([^\"]+)\""}, "", tests);
    if (kind != ".cpp")
      continue;
    const auto folder = (*entry.path().lexically_relative(root / "tests").begin()).string();
    add_matches(contents_of(entry.path()), std::regex{"TEST_CASE\\(\"([^\"]+)\""}, folder + ": ", tests);
  }
  return tests;
}

} // namespace daybook
