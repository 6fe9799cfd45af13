#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "daybook/persistence/input_file.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook {

/// A file of a test with these bytes.
inline std::filesystem::path write_text(const temp_dir& dir, std::string_view bytes,
                                        const std::string& name = "input") {
  const auto file = dir.path() / name;
  std::ofstream{file, std::ios::binary} << bytes;
  return file;
}

inline std::unique_ptr<input_file> open_text(const temp_dir& dir, std::string_view bytes) {
  auto file = input_file::open(write_text(dir, bytes).string());
  REQUIRE(file.ok());
  return std::move(*file);
}

} // namespace daybook
