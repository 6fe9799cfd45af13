#include <limits>

#include <catch2/catch.hpp>

#include "daybook/domain/time.hpp"

using namespace daybook;

TEST_CASE("an instant is written with six decimals in UTC", "[time]") {
  CHECK(format_time(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_time(1'795'428'900'123'456) == "2026-11-23T10:15:00.123456Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("instants outside the years 0001 to 9999 are clamped", "[time]") {
  CHECK(format_time(std::numeric_limits<time_us>::min()) == "0001-01-01T00:00:00.000000Z");
  CHECK(format_time(std::numeric_limits<time_us>::max()) == "9999-12-31T23:59:59.999999Z");
  CHECK(format_local_time(std::numeric_limits<time_us>::min()) == "0001-01-01T00:00:00");
}

TEST_CASE("an instant reads back as it was written", "[time]") {
  for (time_us at = -62'135'596'800'000'000; at < 253'402'300'800'000'000; at += 86'399'999'999 * 97)
    REQUIRE(parse_time(format_time(at)) == at);
}

TEST_CASE("instants are read with zones, without and as dates", "[time]") {
  const time_us quarter_past_ten = 1'795'428'900'000'000;
  CHECK(parse_time("2026-11-23T10:15:00Z") == quarter_past_ten);
  CHECK(parse_time("2026-11-23t10:15:00z") == quarter_past_ten);
  CHECK(parse_time("2026-11-23T10:15:00") == quarter_past_ten);
  CHECK(parse_time("2026-11-23T12:15:00+02:00") == quarter_past_ten);
  CHECK(parse_time("2026-11-23T04:45:00-05:30") == quarter_past_ten);
  CHECK(parse_time("2026-11-23T10:15:00.1Z") == quarter_past_ten + 100'000);
  CHECK(parse_time("2026-11-23T10:15:00.123456789Z") == quarter_past_ten + 123'456);
  CHECK(parse_time("1970-01-02") == 86'400'000'000);
  CHECK(parse_time("2000-02-29") == 951'782'400'000'000);
}

TEST_CASE("any other text is no instant", "[time]") {
  for (const auto* text :
       {"", "2026", "2026-11", "2026-11-23T", "2026-11-23T10:15", "2026-11-23 10:15:00Z", "2026-11-23T10:15:00.Z",
        "2026-11-23T10:15:00.1234567890Z", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:15:60Z",
        "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-04-31", "2026-11-00", "0000-01-01", "2026-11-23Z",
        "2026-11-23T10:15:00+2:00", "2026-11-23T10:15:00+24:00", "2026-11-23T10:15:00ZZ", " 2026-11-23", "2026-11-23 ",
        "26-11-23", "+2026-11-23", "2026-1-23", "now"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("a shop's local time has no zone", "[time]") {
  for (const auto* text : {"2010-12-01T08:26:00", "2012-02-29T23:59:59", "2010-12-01T08:26:00.5",
      "2010-12-01T08:26:00.123456789",
                           "0001-01-01T00:00:00", "9999-12-31T23:59:59"}) {
    INFO(text);
    CHECK(is_local_time(text));
  }
  for (const auto* text : {"", "2010-12-01", "2010-12-01T08:26", "2010-12-01T08:26:00Z", "2010-12-01T08:26:00+01:00",
                           "2010-12-01 08:26:00", "2010-12-01t08:26:00", "2011-02-29T08:26:00", "2010-12-01T24:00:00",
                           "2010-12-01T08:60:00", "2010-12-01T08:26:60", "2010-12-01T08:26:00.",
                           "2010-12-01T08:26:00.1234567890",
                           "0000-01-01T00:00:00", "2010-12-01T08:26:00 ", "12/1/2010 8:26"}) {
    INFO(text);
    CHECK_FALSE(is_local_time(text));
  }
}

TEST_CASE("the sender's clock stands in for the shop's in whole seconds", "[time]") {
  CHECK(format_local_time(1'795'428'900'999'999) == "2026-11-23T10:15:00");
  CHECK(is_local_time(format_local_time(1'795'428'900'999'999)));
}
