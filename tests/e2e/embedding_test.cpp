// Installs the build into a directory of its own and builds and runs a foreign project on it.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "daybook/tests/support/process.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {
namespace {

using namespace std::chrono_literals;

void must_run(const std::string& program, const std::vector<std::string>& arguments, const std::filesystem::path& directory) {
  const auto done = run(program, arguments, {"", directory}, 280s);
  INFO(program << ' ' << arguments.front() << "\n" << done.out << done.err);
  REQUIRE(done.exit_code == 0);
}

TEST_CASE("A project that embeds a node is built from an installed prefix and runs") {
  const auto example = std::filesystem::path{DAYBOOK_SOURCE_DIR} / "examples" / "embedding";
  temp_dir dir;
  const auto prefix = dir.path() / "prefix";
  const auto build = dir.path() / "build";
  must_run("cmake", {"--install", DAYBOOK_BINARY_DIR, "--prefix", prefix.string()}, dir.path());
  REQUIRE(std::filesystem::exists(prefix / "bin" / "daybookd"));
  // Libraries with sanitizers or counters in them need those in their program, too. Where an actor's function takes no
  // arguments CAF follows a null pointer to its empty tuple of them.
  must_run("cmake",
           {"-G", "Ninja", "-S", example.string(), "-B", build.string(), "-DCMAKE_PREFIX_PATH=" + prefix.string(),
            "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=" DAYBOOK_INSTRUMENTATION " -fno-sanitize=null"},
           dir.path());
  must_run("cmake", {"--build", build.string()}, dir.path());
  must_run((build / "embedding").string(), {(dir.path() / "data").string()}, dir.path());
}

} // namespace
} // namespace daybook::testing
