#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace daybook {

/// What the programs print with `--json`: members stand in the order they were set in.
using json = nlohmann::ordered_json;

/// In one line. Texts come from outside and from files that may be damaged: a byte that is not UTF-8 must not cost the whole
/// answer.
inline std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

inline json or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

} // namespace daybook
