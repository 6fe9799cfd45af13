#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

#include "daybook/tests/tidy/tidy.hpp"

using namespace daybook;

namespace {

using texts = std::vector<std::string>;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

} // namespace

TEST_CASE("the source files are tidy") {
  const std::filesystem::path root{DAYBOOK_SOURCE_DIR};
  const auto files = source_files(root);
  REQUIRE(files.size() > 10);
  std::string found;
  for (const auto& file : files) {
    std::ifstream in{root / file, std::ios::binary};
    for (const auto& each : find_untidy(file, {std::istreambuf_iterator<char>{in}, {}}))
      found += each + "\n";
  }
  INFO(found);
  CHECK(found.empty());
}

TEST_CASE("the tests that docs/reliability.md names are there") {
  const std::filesystem::path root{DAYBOOK_SOURCE_DIR};
  std::ifstream in{root / "docs" / "reliability.md", std::ios::binary};
  const std::string page{std::istreambuf_iterator<char>{in}, {}};
  REQUIRE(page.size() > 1000);
  const auto missing = find_missing_tests(page, test_names(root));
  CHECK(missing == texts{});
}

TEST_CASE("a test that a page names and that is none is found") {
  const texts tests{"a: one", "b: part ${part}", "c: \"two\""};
  CHECK(find_missing_tests("`a: one` and `a: two`", tests) == texts{"a: two"});
  CHECK(find_missing_tests("`b: part 3`, `b: par\xE2\x80\xA6`, `b: 3`", tests) == texts{"b: 3"});
  CHECK(find_missing_tests("`one`, `a:one`", tests).empty());
}

TEST_CASE("tidy finds includes against the direction of the folders") {
  const auto including = [](const std::string& path, const std::string& header) {
    return !find_untidy(path, "#include " + header + "\n").empty();
  };
  CHECK(including("domain/a.hpp", "\"daybook/persistence/journal.hpp\""));
  CHECK(including("domain/a.hpp", "<caf/actor.hpp>"));
  CHECK(including("domain/a.hpp", "<nlohmann/json.hpp>"));
  CHECK(including("domain/a.hpp", "<fstream>"));
  CHECK(including("domain/a.hpp", "<unistd.h>"));
  CHECK(including("domain/a.hpp", "\"order.hpp\""));
  CHECK_FALSE(including("domain/a.hpp", "<vector>"));
  CHECK_FALSE(including("domain/a.hpp", "\"daybook/domain/order.hpp\""));
  CHECK(including("persistence/a.cpp", "<caf/actor.hpp>"));
  CHECK(including("persistence/a.cpp", "\"daybook/config/settings.hpp\""));
  CHECK(including("persistence/a.cpp", "\"daybook/actors/node.hpp\""));
  CHECK_FALSE(including("persistence/a.cpp", "<zlib.h>"));
  CHECK(including("config/a.hpp", "\"daybook/domain/order.hpp\""));
  CHECK(including("config/a.hpp", "<fmt/format.h>"));
  CHECK_FALSE(including("config/a.hpp", "\"daybook/domain/result.hpp\""));
  CHECK_FALSE(including("config/a.hpp", "<caf/actor_system_config.hpp>"));
  CHECK(including("actors/a.cpp", "\"daybook/apps/session.hpp\""));
  CHECK(including("actors/a.cpp", "<CLI/CLI.hpp>"));
  CHECK_FALSE(including("actors/a.cpp", "\"daybook/persistence/journal.hpp\""));
  CHECK(including("apps/a.cpp", "\"daybook/tests/support/temp_dir.hpp\""));
  CHECK_FALSE(including("tests/domain/a.cpp", "\"daybook/apps/session.hpp\""));
}

TEST_CASE("tidy finds words, blanks, long lines and long files") {
  CHECK(find_untidy("actors/a.cpp", "int a;\n// TODO: b\n") == texts{"actors/a.cpp:2: says TODO"});
  CHECK(find_untidy("tests/e2e/a.cpp", "  std::this_thread::sleep_for(1s);\n").size() == 1);
  CHECK(find_untidy("actors/a.cpp", "request(a, caf::infinite);\n").size() == 1);
  CHECK(find_untidy("domain/a.cpp", "int a; \n") == texts{"domain/a.cpp:1: ends with a blank"});
  CHECK(find_untidy("domain/a.cpp", "int a;") == texts{"domain/a.cpp:1: does not end with a line end"});
  CHECK(find_untidy("domain/a.cpp", repeated("\xE2\x80\xA6", 128) + "\n").empty());
  CHECK(find_untidy("domain/a.cpp", repeated("x", 129) + "\n") == texts{"domain/a.cpp:1: has 129 columns"});
  CHECK(find_untidy("domain/a.cpp", repeated("\n", 500)).empty());
  CHECK(find_untidy("domain/a.cpp", repeated("\n", 501)).size() == 1);
}

TEST_CASE("tidy finds long functions, and takes neither classes nor texts for functions") {
  const auto body = repeated("  a({1}, '{', \"}\", 1'0); // }\n", 68);
  CHECK(find_untidy("domain/a.cpp", "namespace b {\n\nint f(int c) {\n" + body + "}\n\n}\n").empty());
  CHECK(find_untidy("domain/a.cpp", "namespace b {\n\nint f(int c) {\n" + body + "\n}\n\n}\n") ==
        texts{"domain/a.cpp:3: a function of 71 lines"});
  CHECK(find_untidy("domain/a.cpp", "f::f(int c) : a_{c}, b_{c} {\n" + body + "\n}\n").empty() == false);
  CHECK(find_untidy("domain/a.hpp", "class c : public d {\n" + repeated("  void e() { f(); }\n", 90) + "};\n").empty());
  CHECK(find_untidy("domain/a.cpp", "constexpr auto t = R\"(\n" + repeated("(\n) {\n", 40) + ")\";\n").empty());
}
