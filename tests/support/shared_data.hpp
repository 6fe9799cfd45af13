#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace daybook {

/// The path of a file of ../shared/data; empty, and the test says that it is skipped, where the data is missing. Then:
/// `if (file.empty()) return;`
inline std::string shared_data(const std::string& name) {
  const auto file = std::filesystem::path{DAYBOOK_SOURCE_DIR}.parent_path() / "shared" / "data" / name;
  if (std::filesystem::exists(file))
    return file.string();
  WARN("SKIPPED: there is no ../shared/data/" << name);
  return {};
}

} // namespace daybook
