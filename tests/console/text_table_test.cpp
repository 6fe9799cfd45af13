#include <catch2/catch.hpp>

#include "daybook/apps/text_table.hpp"

using namespace daybook;

namespace {

using align = text_table::align;

text_style plain(unsigned width) {
  return {false, width};
}

} // namespace

TEST_CASE("the width of a text counts columns, not bytes", "[text_table]") {
  CHECK(display_width("") == 0);
  CHECK(display_width("Österreich") == 10);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("\xff\xfe") == 2);
  CHECK(display_width("\xe2\x82") == 2);
}

TEST_CASE("a text that is too wide is cut between characters and says so", "[text_table]") {
  CHECK(cut_to_width("Österreich", 10) == "Österreich");
  CHECK(cut_to_width("Österreich", 4) == "Öst…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("abc", 1) == "…");
  CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("texts from outside cannot steer the terminal", "[text_table]") {
  CHECK(printable("a\x1b[31mb\nc\td\x7f") == "a [31mb c d ");
  CHECK(printable("\u202e"
                  "abc") == " abc");
  CHECK(printable("\x9b") == "\xef\xbf\xbd");
  CHECK(cut_to_width("a\nb", 3) == "a b");
}

TEST_CASE("texts stand left, numbers right, and no line ends in spaces", "[text_table]") {
  text_table table{{{"country"}, {"orders", align::right}, {"note"}}};
  table.add({"Österreich", "7", "x"});
  table.add({"日本", "1,234", ""});
  CHECK(table.text(plain(80)) == "country     orders  note\n"
                                 "Österreich       7  x\n"
                                 "日本         1,234\n");
}

TEST_CASE("columns that may be cut give way until the row fits", "[text_table]") {
  text_table table{{{"id"}, {"description", align::left, true}, {"total", align::right}}};
  table.add({"536365", "WHITE HANGING HEART T-LIGHT HOLDER", "15.30"});
  CHECK(table.text(plain(30)) == "id      description      total\n"
                                 "536365  WHITE HANGING …  15.30\n");
}

TEST_CASE("numbers are never cut, however narrow the terminal", "[text_table]") {
  text_table table{{{"id"}, {"total", align::right}}};
  table.add({"536365", "1234567890"});
  CHECK(table.text(plain(5)).find("1234567890") != std::string::npos);
}

TEST_CASE("cells that are missing are empty, and a head without titles is left out", "[text_table]") {
  text_table table{{{""}, {""}}};
  CHECK(table.empty());
  table.add({"a"});
  CHECK(table.text(plain(80)) == "a\n");
}

TEST_CASE("colours are only used where they are allowed, and take no room", "[text_table]") {
  CHECK(paint("paid", ink::good, {false, 80}) == "paid");
  CHECK(paint("paid", ink::good, {true, 80}) == "\x1b[32mpaid\x1b[0m");
  CHECK(paint("paid", ink::plain, {true, 80}) == "paid");
  text_table table{{{""}, {""}}};
  table.add({{"paid", ink::good}, "x"});
  table.add({"validated", "y"});
  CHECK(table.text({true, 80}) == "\x1b[32mpaid\x1b[0m       x\nvalidated  y\n");
}

TEST_CASE("thousands are set apart", "[text_table]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
}

TEST_CASE("labels are padded to the longest", "[text_table]") {
  CHECK(labelled({{"größe", "1"}, {"x", "2"}}, plain(80)) == "größe  1\nx      2\n");
}

TEST_CASE("words are set in as many columns as there is room for", "[text_table]") {
  CHECK(in_columns({"ship", "show", "submit"}, 80) == "ship    show    submit\n");
  CHECK(in_columns({"ship", "show", "submit"}, 16) == "ship    show\nsubmit\n");
  CHECK(in_columns({"ship", "show"}, 1) == "ship\nshow\n");
  CHECK(in_columns({}, 80).empty());
}
