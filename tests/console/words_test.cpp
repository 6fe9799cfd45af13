#include <catch2/catch.hpp>

#include "daybook/apps/words.hpp"

using namespace daybook;

namespace {

using words = std::vector<std::string>;

words split(std::string_view line) {
  auto found = split_words(line);
  INFO((found ? std::string{} : found.error().message));
  REQUIRE(found);
  return *found;
}

const words names{"order submit", "order show", "order ship", "orders", "report summary", "events", "status", "help"};

} // namespace

TEST_CASE("spaces and tabs part words", "[words]") {
  CHECK(split("order show 536365") == words{"order", "show", "536365"});
  CHECK(split("  \torders \t --limit=5\r\n") == words{"orders", "--limit=5"});
  CHECK(split("").empty());
  CHECK(split(" \t ").empty());
}

TEST_CASE("quotes keep spaces, also inside a word, and may hold nothing", "[words]") {
  CHECK(split("orders --country 'United Kingdom'") == words{"orders", "--country", "United Kingdom"});
  CHECK(split("orders --country=\"United Kingdom\"") == words{"orders", "--country=United Kingdom"});
  CHECK(split("a''b \"\" ''") == words{"ab", "", ""});
  CHECK(split("'a\"b' \"a'b\"") == words{"a\"b", "a'b"});
}

TEST_CASE("a backslash keeps the next character, except between single quotes", "[words]") {
  CHECK(split("United\\ Kingdom \\' \\\\") == words{"United Kingdom", "'", "\\"});
  CHECK(split("\"a\\\"b\\\\c\\d\"") == words{"a\"b\\c\\d"});
  CHECK(split("'a\\b'") == words{"a\\b"});
}

TEST_CASE("what is not closed is refused and says which quote", "[words]") {
  for (const auto* line : {"order 'show", "order \"show", "order \"show\\\"", "order\\"}) {
    INFO(line);
    const auto found = split_words(line);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == errc::invalid_argument);
  }
  CHECK(split_words("it's").error().message.find("(')") != std::string::npos);
}

TEST_CASE("a quoted word is read as the same word again", "[words]") {
  for (const std::string word : {"plain", "", "two words", "it's", "a \"quote\"", "back\\slash", "\t", "größe"}) {
    INFO(word);
    CHECK(split(quote_word(word)) == words{word});
  }
  CHECK(quote_word("536365") == "536365");
}

TEST_CASE("the edit distance counts insertions, removals, replacements and swaps", "[words]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("orders", "orders") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("oders", "orders") == 1);
  CHECK(edit_distance("orderss", "orders") == 1);
  CHECK(edit_distance("arders", "orders") == 1);
  CHECK(edit_distance("shwo", "show") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is suggested, a far one is not", "[words]") {
  CHECK(nearest_word("oders", names) == "orders");
  CHECK(nearest_word("statsu", names) == "status");
  CHECK(nearest_word("event", names) == "events");
  CHECK(nearest_word("banana", names).empty());
  CHECK(nearest_word("", names).empty());
}

TEST_CASE("a command is the longest name that the words begin with", "[words]") {
  CHECK(command_of({"order", "show", "1"}, names) == "order show");
  CHECK(command_of({"orders"}, names) == "orders");
  CHECK(command_of({"order"}, names).empty());
  CHECK(command_of({}, names).empty());
}

TEST_CASE("the words that may come next are named once each", "[words]") {
  CHECK(next_words({}, names) == words{"events", "help", "order", "orders", "report", "status"});
  CHECK(next_words({"order"}, names) == words{"ship", "show", "submit"});
  CHECK(next_words({"events"}, names).empty());
}

TEST_CASE("an unknown command is named with what was meant", "[words]") {
  CHECK(unknown_command({"oders"}, names).find("there is no command 'oders'; did you mean 'orders'?") == 0);
  CHECK(unknown_command({"order", "shwo", "1"}, names).find("no command 'order shwo'; did you mean 'order show'?") !=
        std::string::npos);
  CHECK(unknown_command({"oder", "show", "1"}, names).find("did you mean 'order show'?") != std::string::npos);
  CHECK(unknown_command({"banana"}, names) == "there is no command 'banana'; 'help' lists them all");
}

TEST_CASE("what begins like a command is left to the parser", "[words]") {
  for (const auto& line :
       {words{"orders", "--bogus"}, words{"order"}, words{"order", "--help"}, words{"--help"}, words{}, words{"order", "show"}})
    CHECK(unknown_command(line, names).empty());
}

TEST_CASE("options are found in a help text", "[words]") {
  CHECK(options_in("ID AMOUNT [--currency C] [--command-id=UUID], -- --currency") == words{"--command-id", "--currency"});
  CHECK(options_in("none - at all").empty());
}

TEST_CASE("the common start of words", "[words]") {
  CHECK(common_start({"submit", "summary"}) == "su");
  CHECK(common_start({"orders", "order"}) == "order");
  CHECK(common_start({"a", "b"}).empty());
  CHECK(common_start({}).empty());
}
