#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daybook::testing {

/// What keeps a page from being read as XML: tags that do not match, attributes without quotes, bare ampersands. Empty: none.
inline std::string ill_formed(std::string_view page) {
  std::vector<std::string> open;
  constexpr std::string_view doctype = "<!DOCTYPE html>\n";
  if (page.substr(0, doctype.size()) == doctype)
    page.remove_prefix(doctype.size());
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (page[i] == '&') {
      const auto end = page.find(';', i);
      if (end == std::string_view::npos || end - i > 6)
        return "a bare ampersand at byte " + std::to_string(i);
    }
    if (page[i] == '>')
      return "a bare > at byte " + std::to_string(i);
    if (page[i] != '<')
      continue;
    const auto end = page.find('>', i);
    if (end == std::string_view::npos)
      return "a tag that does not end";
    const auto tag = page.substr(i + 1, end - i - 1);
    std::size_t quotes = 0;
    for (const auto each : tag)
      quotes += each == '"' ? 1 : 0;
    std::size_t values = 0;
    for (std::size_t at = tag.find("=\""); at != std::string_view::npos; at = tag.find("=\"", at + 2))
      ++values;
    if (quotes != values * 2 || tag.find('<') != std::string_view::npos)
      return "a tag that is not well-formed: " + std::string{tag};
    const std::string name{tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" /", 1) - (tag[0] == '/' ? 1 : 0))};
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    i = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

} // namespace daybook::testing
