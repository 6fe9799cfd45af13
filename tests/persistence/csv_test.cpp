#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "daybook/persistence/csv.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/tests/support/text_file.hpp"

using namespace daybook;

namespace {

/// Each row as "line: field|field", or as "line! first column (problem)".
std::vector<std::string> rows_of(const std::string& text, std::size_t columns = 0) {
  const temp_dir dir;
  const auto file = open_text(dir, text);
  csv_reader reader{*file, columns};
  csv_row row;
  std::vector<std::string> rows;
  while (true) {
    const auto more = reader.next(row);
    REQUIRE(more.ok());
    if (!*more)
      return rows;
    auto shown = std::to_string(row.line);
    if (!row.problem.empty()) {
      rows.push_back(shown + "! " + std::string{row.first_column} + " (" + row.problem + ")");
      continue;
    }
    CHECK(row.first_column == row.fields.front());
    for (std::size_t i = 0; i < row.fields.size(); ++i)
      shown += (i == 0 ? ": " : "|") + std::string{row.fields[i]};
    rows.push_back(shown);
  }
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("rows are split at commas, and spaces and empty fields are kept") {
  CHECK(rows_of("a,b\n c , d\n,\n,,x\n") == texts{"1: a|b", "2:  c | d", "3: |", "4: ||x"});
  CHECK(rows_of("") == texts{});
}

TEST_CASE("fields in quotes may hold commas, doubled quotes and line breaks") {
  CHECK(rows_of("\"a,b\",\"\",\"say \"\"hi\"\"\"\n\"\"\"\",x\n") == texts{"1: a,b||say \"hi\"", "2: \"|x"});
  CHECK(rows_of("\"a\nb\"\"c\n\",\"d\"\ne,f\n") == texts{"1: a\nb\"c\n|d", "4: e|f"});
  CHECK(rows_of("\"\n\n\"\nb") == texts{"1: \n\n", "4: b"});
}

TEST_CASE("CRLF ends a line as LF does, and stays inside quotes") {
  CHECK(rows_of("a,b\r\n\"c\",\"d\"\r\n\r\n,\r\n\"e\r\nf\",g\r\n") == texts{"1: a|b", "2: c|d", "4: |", "5: e\r\nf|g"});
}

TEST_CASE("empty lines are no rows, and lines are still counted") {
  CHECK(rows_of("\na\n\n\nb\n\n") == texts{"2: a", "5: b"});
}

TEST_CASE("a wrong number of columns makes a row unreadable") {
  CHECK(rows_of("a,b\nc\nd,e,f\ng,h\n", 2) ==
        texts{"1: a|b", "2! c (1 column instead of 2)", "3! d (3 columns instead of 2)", "4: g|h"});
}

TEST_CASE("text after a closing quote and quotes in the middle of a field are refused") {
  CHECK(rows_of("a,\"b\"c,d\ne,f\n") == texts{"1! a (text after the closing quote of column 2)", "2: e|f"});
  CHECK(rows_of("a,5\" nail\ne,f\n") ==
        texts{"1! a (a quote inside column 2, which does not begin with one)", "2: e|f"});
  CHECK(rows_of("a,\"b\" \n") == texts{"1! a (text after the closing quote of column 2)"});
}

TEST_CASE("a quote that is not closed takes its own row only") {
  const std::string complaint = "(a quote that opens in line 2 is not closed)";
  CHECK(rows_of("a,b\nc,\"d\ne,f\ng,h\n") == texts{"1: a|b", "2! c " + complaint, "3: e|f", "4: g|h"});
  CHECK(rows_of("a,b\nc,\"d") == texts{"1: a|b", "2! c " + complaint});
  // The next row's quote closes it; text follows.
  CHECK(rows_of("a,\"b\nc,\"d,e\"\nf,g\n") ==
        texts{"1! a (text after the closing quote of column 2)", "2: c|d,e", "3: f|g"});
  // Two in a row.
  CHECK(rows_of("a,\"b\nc,\"d\ne,f\n").size() == 3);
  CHECK(rows_of("a,\"b\nc,\"d\ne,f\n").back() == "3: e|f");
}

TEST_CASE("a row that spans lines and has a wrong number of columns does not take the rows after its first line") {
  CHECK(rows_of("a,\"b\nc\",d\ne,f\n", 2) == texts{"1! a (3 columns instead of 2)",
                                                   "2! c (a quote inside column 1, which does not begin with one)",
                                                   "3: e|f"});
}

TEST_CASE("a row spans a limited number of lines and bytes") {
  std::string text = "a,\"b";
  for (std::size_t i = 1; i < max_row_lines; ++i)
    text += "\nx";
  CHECK(rows_of(text + "\"\nc,d\n").size() == 2);
  const auto too_many = rows_of(text + "\nx\"\nc,d\n");
  CHECK(too_many.front() == "1! a (a quote that opens in line 1 is not closed within 100 lines and 1 MiB)");
  CHECK(too_many.back() == "102: c|d");
  CHECK(too_many.size() == 102);

  const auto too_long = rows_of("a,\"" + std::string(max_spanning_row_bytes, 'x') + "\nc,d\n");
  CHECK(too_long == texts{"1! a (a quote that opens in line 1 is not closed within 100 lines and 1 MiB)", "2: c|d"});
}

TEST_CASE("the first column is known even if the row broke in it") {
  CHECK(rows_of("\"536365,x\nb,c\n").front() == "1! 536365 (a quote that opens in line 1 is not closed)");
  CHECK(rows_of("536365\",x\n") == texts{"1! 536365 (a quote inside column 1, which does not begin with one)"});
  CHECK(rows_of("\"536365\"x,y\n") == texts{"1! 536365 (text after the closing quote of column 1)"});
}

TEST_CASE("UTF-8 is told from other bytes") {
  for (const auto* good : {"", "plain ASCII, long enough", "\xC2\xA3 5", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                           "\xEF\xBF\xBF", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF", "12345678\xC2\xA3"})
    CHECK(is_utf8(good));
  for (const auto* bad :
       {"\xA3", "\xC2", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "\xE2\x28\xA1", "abcdefgh\x80", "\xC2\xC2"})
    CHECK_FALSE(is_utf8(bad));
}
