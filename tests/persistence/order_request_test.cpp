#include <catch2/catch.hpp>

#include "daybook/persistence/order_codec.hpp"

using namespace daybook;

namespace {

using Catch::Matchers::Contains;

order_request read(const std::string& json) {
  auto request = parse_order_request(json);
  INFO(json);
  if (!request)
    FAIL(request.error().message);
  return std::move(request).value();
}

/// The error's message; empty when the request was readable or the code another.
std::string unreadable(const std::string& json, errc code = errc::unreadable_request) {
  const auto request = parse_order_request(json);
  return !request && request.error().code == code ? request.error().message : "";
}

std::string with_line(const std::string& fields) {
  return R"({"lines":[{)" + fields + "}]}";
}

requested_line line(const std::string& fields) {
  return read(with_line(fields)).action.lines.at(0);
}

} // namespace

TEST_CASE("the contract's request is read", "[request]") {
  const auto request = read(R"({"order_id": "536365", "customer": "17850", "country": "United Kingdom",
     "currency": "GBP", "ordered_at": "2010-12-01T08:26:00",
     "lines": [{"stock_code": "85123A", "description": "WHITE HANGING HEART T-LIGHT HOLDER",
                "quantity": "6", "unit_price": "2.55"}]})");
  CHECK(request.order_id == "536365");
  CHECK(request.action.customer == "17850");
  CHECK(request.action.country == "United Kingdom");
  CHECK(request.action.currency == "GBP");
  CHECK(request.action.ordered_at == "2010-12-01T08:26:00");
  REQUIRE(request.action.lines.size() == 1);
  CHECK(request.action.lines[0].stock_code == "85123A");
  CHECK(request.action.lines[0].description == "WHITE HANGING HEART T-LIGHT HOLDER");
  CHECK(request.action.lines[0].quantity == "6");
  CHECK(request.action.lines[0].unit_price == "2.55");
}

TEST_CASE("every field may be absent or null", "[request]") {
  for (const auto* json : {"{}", " { } ", R"({"order_id":null,"customer":null,"country":null,"currency":null,
                           "ordered_at":null,"lines":null})"}) {
    const auto request = read(json);
    CHECK(request.order_id.empty());
    CHECK(request.action.customer.empty());
    CHECK_FALSE(request.action.ordered_at.has_value());
    CHECK(request.action.lines.empty());
  }
  CHECK(line("").quantity.empty());
  CHECK(line(R"("stock_code":null,"description":null)").stock_code.empty());
  CHECK(read(R"({"lines":[]})").action.lines.empty());
}

TEST_CASE("an empty time is there, unlike an absent one", "[request]") {
  CHECK(read(R"({"ordered_at":""})").action.ordered_at == "");
}

TEST_CASE("numbers keep the text they were written in", "[request]") {
  for (const auto* text :
       {"6", "-6", "0", "-0", "2.50", "2.5500", "1e2", "1E+2", "1e-2", "1e999", "-1e-999", "6.0",
        "123456789012345678901234567890", "0.1000000000000000055511151231257827", "18446744073709551616"}) {
    const auto read = line(R"("quantity":)" + std::string(text) + R"(,"unit_price": )" + text + " ");
    CHECK(read.quantity == text);
    CHECK(read.unit_price == text);
  }
}

TEST_CASE("other literals in place of a number are kept as written", "[request]") {
  for (const auto* text : {"null", "true", "false"})
    CHECK(line(R"("quantity":)" + std::string(text)).quantity == text);
  CHECK(line(R"("quantity":"")").quantity.empty());
  CHECK(line(R"("quantity":"six \"or\" so")").quantity == "six \"or\" so");
}

TEST_CASE("arrays and objects in place of a value are unreadable", "[request]") {
  CHECK_THAT(unreadable(with_line(R"("quantity":[6])")), Contains("lines[0].quantity: "));
  CHECK_THAT(unreadable(with_line(R"("unit_price":{})")), Contains("lines[0].unit_price: "));
  CHECK_THAT(unreadable(R"({"customer":{}})"), Contains("customer: "));
  CHECK_THAT(unreadable(R"({"lines":{}})"), Contains("lines: must be an array"));
  CHECK_THAT(unreadable(R"({"lines":"x"})"), Contains("lines: must be an array"));
  CHECK_THAT(unreadable(R"({"lines":[{},[]]})"), Contains("lines[1]: must be an object"));
  CHECK_THAT(unreadable(R"({"lines":[null]})"), Contains("lines[0]: must be an object"));
}

TEST_CASE("a number in place of a text is unreadable", "[request]") {
  for (const std::string field : {"order_id", "customer", "country", "currency", "ordered_at"}) {
    for (const std::string value : {"5", "true", "[]", "1.5"})
      CHECK_THAT(unreadable("{\"" + field + "\":" + value + "}"), Contains(field + ": must be a string"));
  }
  CHECK_THAT(unreadable(R"({"lines":[{},{},{},{"stock_code":5}]})"), Contains("lines[3].stock_code: "));
  CHECK_THAT(unreadable(with_line(R"("description":5)")), Contains("lines[0].description: "));
}

TEST_CASE("unknown and doubled fields are unreadable", "[request]") {
  CHECK_THAT(unreadable(R"({"colour":"red"})"), Contains("colour: unknown field"));
  CHECK_THAT(unreadable(R"({"Customer":"1"})"), Contains("Customer: unknown field"));
  CHECK_THAT(unreadable(R"({"customer":"1","customer":"1"})"), Contains("customer: this field is there twice"));
  CHECK_THAT(unreadable(R"({"customer":null,"custo\u006der":"1"})"), Contains("customer: this field is there twice"));
  CHECK_THAT(unreadable(R"({"lines":[],"lines":[]})"), Contains("lines: this field is there twice"));
  CHECK_THAT(unreadable(with_line(R"("quantity":1,"quantity":1)")),
             Contains("lines[0].quantity: this field is there twice"));
  CHECK_THAT(unreadable(with_line(R"("price":1)")), Contains("lines[0].price: unknown field"));
  CHECK_THAT(unreadable("{\"a\\nb\":1}"), Contains("a?b: unknown field"));
}

TEST_CASE("what is no JSON object is unreadable", "[request]") {
  for (const auto* json : {"",
                           " ",
                           "null",
                           "[]",
                           "5",
                           "\"x\"",
                           "{",
                           "}",
                           "{}}",
                           "{} {}",
                           "{},",
                           "{,}",
                           R"({"customer"})",
                           R"({"customer":})",
                           R"({"customer":"1",})",
                           R"({"customer":"1" "country":"2"})",
                           R"({customer:"1"})",
                           R"({'customer':"1"})",
                           R"({"customer":"1)",
                           R"({"customer":"\x"})",
                           R"({"customer":"\u12"})",
                           R"({"customer":"\u12g4"})",
                           R"({"customer":"\ud800"})",
                           R"({"customer":"\udc00"})",
                           R"({"customer":"\ud800\u0041"})",
                           R"({"customer":"\)",
                           "{\"customer\":\"a\nb\"}",
                           "{\"customer\":\"a\tb\"}",
                           R"({"lines":[{"quantity":+6}]})",
                           R"({"lines":[{"quantity":06}]})",
                           R"({"lines":[{"quantity":6.}]})",
                           R"({"lines":[{"quantity":.5}]})",
                           R"({"lines":[{"quantity":-}]})",
                           R"({"lines":[{"quantity":1e}]})",
                           R"({"lines":[{"quantity":NaN}]})",
                           R"({"lines":[{"quantity":nul}]})",
                           R"({"lines":[{"quantity":nulls}]})",
                           R"({"lines":[{}})",
                           R"({"lines":[{})",
                           R"({"lines":[,]})",
                           R"({"lines":[{},]})",
                           "{}//x",
                           "/**/{}"}) {
    INFO(json);
    CHECK_FALSE(unreadable(json).empty());
  }
  CHECK_FALSE(unreadable(std::string("{}\0", 3)).empty());
  CHECK_FALSE(unreadable(std::string("\0{}", 3)).empty());
}

TEST_CASE("escapes are read", "[request]") {
  CHECK(read(R"({"customer":"\"\\\/\b\f\n\r\t"})").action.customer == "\"\\/\b\f\n\r\t");
  CHECK(read(R"({"customer":"\u00e9\u20AC\ud83d\ude00"})").action.customer == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(read(R"({"customer":"a\u0000b"})").action.customer == std::string("a\0b", 3));
}

TEST_CASE("only UTF-8 is readable", "[request]") {
  CHECK(read("{\"customer\":\"caf\xc3\xa9\"}").action.customer == "caf\xc3\xa9");
  CHECK(read("\xef\xbb\xbf{}").action.lines.empty());
  for (const auto* bytes :
       {"\xe9", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82"})
    CHECK_THAT(unreadable("{\"customer\":\"" + std::string(bytes) + "\"}"), Contains("not UTF-8"));
}

TEST_CASE("an order id must be legal", "[request]") {
  CHECK(read(R"({"order_id":"A.b_c:d-1"})").order_id == "A.b_c:d-1");
  for (const std::string id : {"", "a b", "a/b", "caf\xc3\xa9", "a\\u0000"})
    CHECK_FALSE(unreadable("{\"order_id\":\"" + id + "\"}", errc::illegal_id).empty());
  CHECK_FALSE(unreadable("{\"order_id\":\"" + std::string(65, 'x') + "\"}", errc::illegal_id).empty());
  CHECK_FALSE(unreadable(R"({"order_id":"a b","x":1})").empty());
}

TEST_CASE("a text has at most 1,000 bytes", "[request]") {
  const std::string longest(1000, 'x');
  CHECK(read("{\"customer\":\"" + longest + "\"}").action.customer == longest);
  CHECK_THAT(unreadable("{\"customer\":\"" + longest + "x\"}"), Contains("customer: longer than 1000 bytes"));
  CHECK(line("\"quantity\":" + std::string(1000, '9')).quantity.size() == 1000);
  CHECK_THAT(unreadable(with_line("\"quantity\":" + std::string(1001, '9'))),
             Contains("lines[0].quantity: longer than"));
}

TEST_CASE("a request has at most 10,000 lines and 4 MiB", "[request]") {
  const auto lines = [](int count) {
    std::string json = R"({"lines":[{})";
    for (int i = 1; i < count; ++i)
      json += ",{}";
    return json + "]}";
  };
  CHECK(read(lines(10'000)).action.lines.size() == 10'000);
  CHECK_THAT(unreadable(lines(10'001)), Contains("more than 10000 lines"));
  std::string wide = "{}";
  wide.resize(max_request_bytes, ' ');
  read(wide);
  CHECK_THAT(unreadable(wide + ' '), Contains("more than 4194304 bytes"));
}

TEST_CASE("every beginning of a request is unreadable, not a crash", "[request]") {
  const std::string json = R"({"order_id":"1","customer":"\u00e9\ud83d\ude00",)"
                           R"("lines":[{"quantity":-1.5e+3,"unit_price":true}]})";
  read(json);
  for (std::size_t length = 0; length < json.size(); ++length)
    REQUIRE_FALSE(unreadable(json.substr(0, length)).empty());
}

TEST_CASE("deep nesting is unreadable, not a crash", "[request]") {
  CHECK_FALSE(unreadable(std::string(1'000'000, '[')).empty());
  CHECK_FALSE(unreadable("{\"lines\":" + std::string(1'000'000, '[')).empty());
}
