#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "daybook/tests/fuzz/fuzz_target.hpp"

// Runs a fuzz target over files and directories of files, without libFuzzer: any compiler will do.

namespace {

void run(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  // Said before, so that it stands above a crash's report.
  std::cerr << path.string() << '\n';
  // A copy of exactly that size: address sanitizer sees a read beyond its end.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

} // namespace

int main(int argc, char* argv[]) {
  // A property that does not hold aborts, for libFuzzer; here it is a failure like any other.
  std::signal(SIGABRT, [](int) { std::_Exit(1); });
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i]))
      files.emplace_back(argv[i]);
    else
      for (const auto& each : std::filesystem::directory_iterator{argv[i]})
        files.push_back(each.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& each : files)
    run(each);
  std::cout << files.size() << " inputs, every property held\n";
  return files.empty() ? 1 : 0;
}
