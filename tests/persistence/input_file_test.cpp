#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include <zlib.h>

#include "daybook/persistence/input_file.hpp"
#include "daybook/tests/support/text_file.hpp"

using namespace daybook;
using Catch::Matchers::Contains;

namespace {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// The lines up to the end or the error; the error's message comes last, after "error: ".
std::vector<std::string> lines_of(input_file& file) {
  std::vector<std::string> lines;
  std::string line;
  while (true) {
    const auto more = file.next_line(line);
    if (!more) {
      CHECK(more.error().code == errc::io_error);
      CHECK_FALSE(file.next_line(line).ok());
      lines.push_back("error: " + more.error().message);
      return lines;
    }
    if (!*more)
      return lines;
    lines.push_back(line);
  }
}

std::vector<std::string> lines_of(const std::string& bytes) {
  const temp_dir dir;
  const auto file = open_text(dir, bytes);
  CHECK(file->total_bytes() == bytes.size());
  auto lines = lines_of(*file);
  if (lines.empty() || lines.back().rfind("error: ", 0) != 0) {
    CHECK(file->consumed_bytes() == bytes.size());
    std::string line;
    const auto again = file->next_line(line);
    CHECK((again.ok() && !*again));
  }
  return lines;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("a file is read line by line, with and without a line feed at its end") {
  CHECK(lines_of("") == texts{});
  CHECK(lines_of("a") == texts{"a"});
  CHECK(lines_of("a\n") == texts{"a"});
  CHECK(lines_of("\n\nb\r\n\n") == texts{"", "", "b\r", ""});
  CHECK(lines_of("a\nb") == texts{"a", "b"});
}

TEST_CASE("gzip is recognised by content") {
  CHECK(lines_of(gzipped("a\nb\n")) == texts{"a", "b"});
  CHECK(lines_of(gzipped("")) == texts{});
  CHECK(lines_of("\x1F") == texts{"\x1F"});
}

TEST_CASE("gzip streams in a row are one text, and zeros behind them are padding") {
  CHECK(lines_of(gzipped("a\nb") + gzipped("c\n") + std::string(700, '\0')) == texts{"a", "bc"});
}

TEST_CASE("lines longer than the buffers come whole, plain and compressed") {
  std::string text;
  texts expected;
  std::mt19937 random{7};
  for (const std::size_t length : {0, 1, 262143, 262144, 262145, 1, 1000000, 524287}) {
    std::string line(length, ' ');
    for (auto& each : line)
      each = static_cast<char>('a' + random() % 26);
    text += line + "\n";
    expected.push_back(line);
  }
  CHECK((lines_of(text) == expected));
  CHECK((lines_of(gzipped(text)) == expected));
  // So well compressible that one chunk of the file fills the buffer many times.
  const std::string zeros(5'000'000, '0');
  CHECK((lines_of(gzipped(zeros + "\n" + zeros)) == texts{zeros, zeros}));
}

TEST_CASE("a gzip stream that is cut off anywhere is an error after the lines before") {
  const auto packed = gzipped("first line\nsecond line\nthird line\n");
  for (std::size_t length = 2; length < packed.size(); ++length) {
    CAPTURE(length);
    const auto lines = lines_of(packed.substr(0, length));
    REQUIRE_FALSE(lines.empty());
    CHECK_THAT(lines.back(), Contains("error: ") && Contains("cut off"));
    for (std::size_t i = 0; i + 1 < lines.size(); ++i)
      CHECK_THAT(lines[i], Contains(" line"));
  }
}

TEST_CASE("a gzip stream with a changed byte or with other bytes behind it is an error") {
  auto packed = gzipped("first line\nsecond line\n");
  CHECK_THAT(lines_of(packed + "more").back(), Contains("error: ") && Contains("damaged"));
  packed[packed.size() - 6] ^= 1;
  CHECK_THAT(lines_of(packed).back(), Contains("error: ") && Contains("damaged"));
}

TEST_CASE("a line over the limit is an error") {
  const auto lines =
    lines_of("a\n" + std::string(max_line_bytes, 'x') + "\n" + std::string(max_line_bytes + 1, 'x') + "\n");
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].size() == max_line_bytes);
  CHECK_THAT(lines[2], Contains("error: ") && Contains("16777216"));
}

TEST_CASE("a file that is missing or a directory is an error that names it") {
  const temp_dir dir;
  const auto missing = input_file::open((dir.path() / "none.csv").string());
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == errc::not_found);
  CHECK_THAT(missing.error().message, Contains("none.csv"));
  const auto directory = input_file::open(dir.path().string());
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.error().code == errc::io_error);
  CHECK_THAT(directory.error().message, Contains(dir.path().string()));
}
