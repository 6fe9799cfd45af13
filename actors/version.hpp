#pragma once

#include <string_view>

namespace daybook {

/// The release, as in CMakeLists.txt (a test compares them).
inline constexpr std::string_view version_text = "0.1.0";

} // namespace daybook
