#pragma once

#include <filesystem>
#include <string>

namespace daybook::simulation {

/// Every row of a view's tables as text, a line each: equal views have equal texts. Throws what SQLiteCpp throws.
std::string view_rows(const std::filesystem::path& file);

} // namespace daybook::simulation
