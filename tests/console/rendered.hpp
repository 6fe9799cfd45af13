#pragma once

#include <string>
#include <string_view>

#include "daybook/apps/render.hpp"

namespace daybook::testing {

/// No colours, wide enough for every line.
inline const text_style plain{false, 100};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace daybook::testing
