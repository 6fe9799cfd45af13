#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace daybook {

inline constexpr std::size_t max_columns = 128;
inline constexpr std::size_t max_function_lines = 70;
inline constexpr std::size_t max_file_lines = 500;

/// What is wrong with a file of ours, one "path:line: what" each. It reads C++ roughly, not as a compiler does.
/// @param path from the repository's root on, e.g. "domain/order.hpp"; its folder decides what may be included.
std::vector<std::string> find_untidy(const std::string& path, const std::string& text);

/// What a page names as a test (`folder: name`, in backticks) and is none. A name that ends with "…" stands for all that
/// begin so.
/// @param names "folder: name" of every test; what stands behind a "${" in one is left open.
std::vector<std::string> find_missing_tests(const std::string& page, const std::vector<std::string>& names);

/// "folder: name" of every test below tests/: test cases, and what CMake files add.
std::vector<std::string> test_names(const std::filesystem::path& root);

/// The source files of the repository, from its root on, sorted.
std::vector<std::string> source_files(const std::filesystem::path& root);

} // namespace daybook
