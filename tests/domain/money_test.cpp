#include <limits>

#include <catch2/catch.hpp>

#include "daybook/domain/money.hpp"

using namespace daybook;

TEST_CASE("a currency has its own number of decimals", "[money]") {
  CHECK(currency_decimals("GBP") == 2);
  CHECK(currency_decimals("EUR") == 2);
  CHECK(currency_decimals("JPY") == 0);
  CHECK(currency_decimals("KWD") == 3);
  CHECK(currency_decimals("CLF") == 4);
  CHECK(currency_decimals("AED") == 2);
  CHECK(currency_decimals("ZWG") == 2);
}

TEST_CASE("a code without a minor unit, in small letters or of nobody is unknown", "[money]") {
  for (const auto* code : {"XAU", "XAG", "XDR", "XXX", "XTS", "XSU", "XUA", "XBA", "XPT", "gbp", "Gbp", "", "G", "GB",
      "GBPP",
                           "ZZZ", "AAA", "GBP ", " GBP", "\xc2\xa3"}) {
    INFO(code);
    CHECK_FALSE(currency_decimals(code).has_value());
  }
}

TEST_CASE("a decimal is read exactly", "[money]") {
  const auto billionths = [](std::string_view text) {
    return static_cast<std::int64_t>(decimal::parse(text)->billionths);
  };
  CHECK(billionths("2.55") == 2'550'000'000);
  CHECK(billionths("-2.55") == -2'550'000'000);
  CHECK(billionths("0.000000001") == 1);
  CHECK(billionths("007") == 7'000'000'000);
  CHECK(billionths("-0") == 0);
  const auto largest = decimal::parse("999999999999.999999999");
  REQUIRE(largest);
  CHECK(largest->billionths == static_cast<int128>(999'999'999'999) * 1'000'000'000 + 999'999'999);
}

TEST_CASE("any other text is no decimal", "[money]") {
  for (const auto* text : {"", "-", "+6", ".5", "1.", "1e2", " 1", "1 ", "1,5", "--1", "1.2.3", "1234567890123",
                           "1.1234567890", "-1.", "0x1", "1.-2", "\xd9\xa1", "99999999999999999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(decimal::parse(text).has_value());
  }
}

TEST_CASE("trailing zeros do not count as decimals", "[money]") {
  CHECK(decimal::parse("2.5500")->fits(2));
  CHECK_FALSE(decimal::parse("2.5501")->fits(2));
  CHECK_FALSE(decimal::parse("-2.555")->fits(2));
  CHECK(decimal::parse("100.000000000")->fits(0));
  CHECK_FALSE(decimal::parse("100.5")->fits(0));
  CHECK(decimal::parse("1.234")->fits(3));
  CHECK(decimal::parse("0.000000001")->fits(9));
  CHECK_FALSE(decimal::parse("999999999999.999")->fits(2));
  CHECK(decimal::parse("999999999999.99")->fits(2));
}

TEST_CASE("a decimal becomes minor units", "[money]") {
  CHECK(decimal::parse("22.08")->minor(2) == 2208);
  CHECK(decimal::parse("-22.08")->minor(2) == -2208);
  CHECK(decimal::parse("22")->minor(0) == 22);
  CHECK(decimal::parse("1.234")->minor(3) == 1234);
  CHECK(decimal::parse("999999999999.9999")->minor(4) == 9'999'999'999'999'999);
}

TEST_CASE("a quantity is up to nine digits", "[money]") {
  CHECK(parse_quantity("6") == 6);
  CHECK(parse_quantity("-6") == -6);
  CHECK(parse_quantity("000000006") == 6);
  CHECK(parse_quantity("999999999") == 999'999'999);
  CHECK(parse_quantity("-0") == 0);
  for (const auto* text : {"", "-", "+6", "6.0", "1e2", " 6", "6 ", "1234567890", "null", "six", "6\n", "0x6"}) {
    INFO(text);
    CHECK_FALSE(parse_quantity(text).has_value());
  }
}

TEST_CASE("an amount is written in its currency", "[money]") {
  CHECK(format_amount(2208, "GBP") == "22.08");
  CHECK(format_amount(5, "GBP") == "0.05");
  CHECK(format_amount(0, "GBP") == "0.00");
  CHECK(format_amount(-5, "GBP") == "-0.05");
  CHECK(format_amount(100, "GBP") == "1.00");
  CHECK(format_amount(2208, "JPY") == "2208");
  CHECK(format_amount(2208, "KWD") == "2.208");
  CHECK(format_amount(7, "UYW") == "0.0007");
  CHECK(format_amount(2208, "XAU") == "2208");
  CHECK(format_amount(std::numeric_limits<minor_units>::min(), "GBP") == "-92233720368547758.08");
}

TEST_CASE("powers of ten reach to 18", "[money]") {
  CHECK(power_of_ten(0) == 1);
  CHECK(power_of_ten(9) == 1'000'000'000);
  CHECK(power_of_ten(18) == 1'000'000'000'000'000'000);
}
