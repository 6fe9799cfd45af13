#include <limits>

#include <catch2/catch.hpp>

#include "daybook/persistence/order_canonical.hpp"
#include "daybook/tests/support/given.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

struct golden {
  order_event event;
  std::string_view data;
};

/// The journal's form, frozen: these bytes are in journals.
const std::vector<golden>& goldens() {
  static const std::vector<golden> all{
    {some_request(),
     R"({"customer":"17850","country":"United Kingdom","currency":"GBP","ordered_at":"2010-12-01T08:26:00","lines":[)"
     R"({"stock_code":"85123A","description":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":"6","unit_price":"2.55"},)"
     R"({"stock_code":"71053","description":"WHITE METAL LANTERN","quantity":"2","unit_price":"3.39"}]})"},
    {order_requested{}, R"({"customer":"","currency":"","ordered_at":"","lines":[]})"},
    {order_requested{"c", "", "GBP", "", {{"", "", "", ""}}},
     R"({"customer":"c","currency":"GBP","ordered_at":"","lines":[{"stock_code":"","quantity":"","unit_price":""}]})"},
    {some_validation(),
     R"({"total_minor":2208,"lines":[{"quantity":6,"unit_price_minor":255},{"quantity":2,"unit_price_minor":339}]})"},
    {order_rejected{{rejection::no_lines, rejection::malformed_time}}, R"({"reasons":["no_lines","malformed_time"]})"},
    {order_rejected{}, R"({"reasons":[]})"},
    {payment_recorded{2208, "GBP", "R-1"}, R"({"amount_minor":2208,"currency":"GBP","reference":"R-1"})"},
    {payment_recorded{std::numeric_limits<minor_units>::max(), "JPY", ""},
     R"({"amount_minor":9223372036854775807,"currency":"JPY"})"},
    {order_shipped{"DHL", "JD0"}, R"({"carrier":"DHL","tracking":"JD0"})"},
    {order_shipped{"", "JD0"}, R"({"tracking":"JD0"})"},
    {order_shipped{}, "{}"},
    {order_delivered{}, "{}"},
    {order_undeliverable{"moved"}, R"({"reason":"moved"})"},
    {order_cancelled{""}, R"({"reason":""})"},
    {items_returned{{{1, 3}, {2, 2}}, 1443, "broken"},
     R"({"lines":[{"line":1,"quantity":3},{"line":2,"quantity":2}],"value_minor":1443,"reason":"broken"})"},
    {refund_recorded{5, "GBP", ""}, R"({"amount_minor":5,"currency":"GBP"})"},
  };
  return all;
}

bool reads(std::string_view type, std::string_view data) {
  const auto event = order_codec::decode(type, data);
  if (!event)
    CHECK(event.error().code == errc::unsupported_format);
  return event.ok();
}

errc readable(const order_command& command) {
  const auto checked = order_codec::check_readable(command);
  return checked ? errc{} : checked.error().code;
}

} // namespace

TEST_CASE("events have the journal's frozen form", "[codec]") {
  for (const auto& [event, data] : goldens())
    CHECK(order_codec::encode(event) == data);
}

TEST_CASE("every event reads back as it was written", "[codec]") {
  for (const auto& [event, data] : goldens()) {
    const auto read = order_codec::decode(type_name(event), data);
    INFO(type_name(event) << ' ' << data);
    REQUIRE(read);
    CHECK(read->index() == event.index());
    CHECK(text_of(*read) == text_of(event));
  }
}

TEST_CASE("any text survives the journal on one line", "[codec]") {
  std::string text = "caf\xc3\xa9 \xf0\x9f\x98\x80 \x7f / ";
  for (char c = 0; c < 0x30; ++c)
    text += c;
  text += "\\\"";
  const auto data = order_codec::encode(order_cancelled{text});
  CHECK(std::all_of(data.begin(), data.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; }));
  const auto read = order_codec::decode("OrderCancelled", data);
  REQUIRE(read);
  CHECK(std::get<order_cancelled>(*read).reason == text);
  CHECK(order_codec::encode(order_cancelled{std::string("\0\x1f\n\t\r\b\f\"\\", 9)}) ==
        R"({"reason":"\u0000\u001f\n\t\r\b\f\"\\"})");
}

TEST_CASE("unknown types are refused, not skipped", "[codec]") {
  for (const auto* type : {"", "orderRequested", "OrderRequested ", "OrderSplit", "order_requested"})
    CHECK_FALSE(reads(type, "{}"));
}

TEST_CASE("unknown additional fields are ignored", "[codec]") {
  CHECK(reads("OrderDelivered", R"({"by":{"name":"x","tags":[1,[2,{"lines":[]}],null]},"at":1.5})"));
  CHECK(reads("OrderCancelled", R"({"new":[{"reason":1}],"reason":"x","more":null,"yes":true})"));
  const auto read = order_codec::decode("ItemsReturned",
                                        R"({"x":[],"lines":[{"y":{"line":7},"line":1,"z":[[]],"quantity":2}],
                                            "value_minor":3,"reason":"r","lines_more":[{"line":9}]})");
  REQUIRE(read);
  CHECK(text_of(*read) == text_of(items_returned{{{1, 2}}, 3, "r"}));
}

TEST_CASE("missing, doubled and mistyped facts are refused", "[codec]") {
  for (const auto* data : {"",
                           "{",
                           "[]",
                           "null",
                           "5",
                           "{}",
                           R"({"amount_minor":5})",
                           R"({"currency":"GBP"})",
                           R"({"amount_minor":"5","currency":"GBP"})",
                           R"({"amount_minor":5.0,"currency":"GBP"})",
                           R"({"amount_minor":5,"currency":7})",
                           R"({"amount_minor":5,"currency":null})",
                           R"({"amount_minor":-5,"currency":"GBP"})",
                           R"({"amount_minor":9223372036854775808,"currency":"GBP"})",
                           R"({"amount_minor":1e3,"currency":"GBP"})",
                           R"({"amount_minor":99999999999999999999,"currency":"GBP"})",
                           R"({"amount_minor":5,"amount_minor":5,"currency":"GBP"})",
                           R"({"amount_minor":[5],"currency":"GBP"})",
                           R"({"amount_minor":{"x":5},"currency":"GBP"})",
                           R"({"amount_minor":5,"currency":"GBP","reference":1})",
                           R"({"amount_minor":5,"currency":"GBP"}x)",
                           "{\"amount_minor\":5,\"currency\":\"\xff\"}"}) {
    INFO(data);
    CHECK_FALSE(reads("PaymentRecorded", data));
    CHECK_FALSE(reads("RefundRecorded", data));
  }
}

TEST_CASE("lines must be an array of whole objects", "[codec]") {
  for (const auto* lines :
       {"{}", "5", "null", "\"x\"", "[5]", "[null]", "[[]]", "[{}]", R"([{"quantity":1}])", R"(["x"])",
        R"([{"quantity":1,"quantity":1,"unit_price_minor":1}])", R"([{"quantity":"1","unit_price_minor":1}])",
        R"([{"quantity":[],"unit_price_minor":1}])", R"([{"quantity":{},"unit_price_minor":1}])"}) {
    INFO(lines);
    CHECK_FALSE(reads("OrderValidated", R"({"total_minor":1,"lines":)" + std::string(lines) + "}"));
  }
  CHECK(reads("OrderValidated", R"({"lines":[{"unit_price_minor":1,"quantity":1}],"total_minor":1})"));
  CHECK_FALSE(reads("OrderValidated", R"({"total_minor":1})"));
  CHECK_FALSE(reads("OrderValidated", R"({"total_minor":1,"lines":[],"lines":[]})"));
  CHECK_FALSE(reads("OrderRequested", R"({"customer":"","currency":"","ordered_at":"","lines":[{"stock_code":""}]})"));
  CHECK_FALSE(reads("OrderRequested", R"({"customer":"","currency":"","lines":[]})"));
}

TEST_CASE("reasons must be known ones", "[codec]") {
  for (const auto* data : {"{}", R"({"reasons":{}})", R"({"reasons":[1]})", R"({"reasons":["bad_mood"]})",
                           R"({"reasons":"no_lines"})", R"({"reasons":["no_lines"]}x)", "[]",
                           R"({"reasons":["no_lines"],"reasons":["no_lines"]})"})
    CHECK_FALSE(reads("OrderRejected", data));
  CHECK(reads("OrderRejected", R"({"more":{"reasons":1},"reasons":["no_lines"]})"));
  for (const auto* value : {"null", "true", "-1", "1", "1.5", "[null,true,-1,1,1.5]", "\"text\""}) {
    CHECK(reads("OrderRejected", R"({"more":)" + std::string{value} + R"(,"reasons":["no_lines"]})"));
    CHECK_FALSE(reads("OrderRejected", R"({"reasons":)" + std::string{value} + "}"));
  }
}

TEST_CASE("what stands behind a NUL is not passed over", "[codec]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(reads("OrderShipped", "{}\0"sv));
  CHECK_FALSE(reads("OrderShipped", "{\"carrier\":\"DHL\"}\0,\"tracking\":\"JD0\"}"sv));
  CHECK_FALSE(reads("OrderRejected", "{\"reasons\":[]}\0{}"sv));
}

TEST_CASE("no damage to an event's data makes reading throw", "[codec]") {
  for (const auto& [event, data] : goldens()) {
    for (std::size_t at = 0; at < data.size(); ++at) {
      for (const char c : {'\0', '"', '{', '}', '[', ']', '9', '-', '\xff'}) {
        std::string damaged(data);
        damaged[at] = c;
        (void)order_codec::decode(type_name(event), damaged);
      }
      REQUIRE_FALSE(order_codec::decode(type_name(event), data.substr(0, at)));
    }
  }
  CHECK_FALSE(reads("OrderCancelled", std::string(100'000, '[')));
  CHECK_FALSE(reads("OrderRejected", std::string(100'000, '[')));
}

TEST_CASE("what is written is read without the general reader", "[codec]") {
  order_requested requested;
  CHECK(read_canonical(goldens()[0].data, requested));
  CHECK(text_of(requested) == text_of(goldens()[0].event));
  order_validated validated;
  CHECK(read_canonical(R"({"total_minor":0,"lines":[{"quantity":0,"unit_price_minor":10}]})", validated));
  order_rejected rejected;
  CHECK(read_canonical(R"({"reasons":["no_lines","malformed_time"]})", rejected));
  payment_recorded payment;
  CHECK(read_canonical(R"({"amount_minor":9223372036854775807,"currency":"JPY"})", payment));
  refund_recorded refund;
  CHECK(read_canonical(R"({"amount_minor":5,"currency":"GBP","reference":"R"})", refund));
}

TEST_CASE("a zero with a sign is read, by the general reader only", "[codec]") {
  payment_recorded payment;
  const auto* data = R"({"amount_minor":-0,"currency":"JPY"})";
  CHECK_FALSE(read_canonical(data, payment));
  const auto read = order_codec::decode("PaymentRecorded", data);
  REQUIRE(read);
  CHECK(std::get<payment_recorded>(*read).amount == 0);
  CHECK(reads("OrderValidated", R"({"lines":[{"unit_price_minor":-0,"quantity":-0}],"total_minor":-0})"));
}

TEST_CASE("both readers agree about every change of a byte", "[codec]") {
  for (const auto& [event, data] : goldens()) {
    for (std::size_t at = 0; at < data.size(); ++at) {
      std::string changed(data);
      for (int c = 0; c < 256; ++c) {
        changed[at] = static_cast<char>(c);
        const auto read = order_codec::decode(type_name(event), changed);
        // Only the general reader takes a blank.
        const auto read_again = order_codec::decode(type_name(event), ' ' + changed);
        if (read.ok() != read_again.ok() || (read && text_of(*read) != text_of(*read_again)))
          FAIL(type_name(event) << ' ' << changed);
      }
    }
  }
}

// Computed by another implementation (Python), because journals store them.
TEST_CASE("fingerprints are frozen", "[codec]") {
  const auto print = [](order_action action) { return order_codec::fingerprint(action); };
  CHECK(print(some_submission()) == 0xb8fa6d81dccdd62c);
  CHECK(print(submit_order{}) == 0x593fd83ad9b7851a);
  CHECK(print(record_payment{"22.08", "GBP", "R"}) == 0xfada58f7a5a246a6);
  CHECK(print(ship_order{"DHL", "JD0"}) == 0xd1e18cecbd047e12);
  CHECK(print(deliver_order{}) == 0x9e1997e507d81f0d);
  CHECK(print(mark_undeliverable{"moved"}) == 0x8a50c78230dabf8f);
  CHECK(print(cancel_order{"moved"}) == 0x7d64cd7ea8228af2);
  CHECK(print(return_items{{{1, 3}, {2, -1}}, "broken"}) == 0x9b746f13090c0943);
  CHECK(print(record_refund{"22.08", "GBP", std::string(300, 'x')}) == 0xdfb6a46e4e8bc09b);
}

TEST_CASE("another content has another fingerprint", "[codec]") {
  const auto print = [](order_action action) { return order_codec::fingerprint(action); };
  CHECK(print(mark_undeliverable{"x"}) != print(cancel_order{"x"}));
  CHECK(print(record_payment{"1", "GBP", ""}) != print(record_refund{"1", "GBP", ""}));
  CHECK(print(ship_order{"ab", "c"}) != print(ship_order{"a", "bc"}));
  CHECK(print(ship_order{"a", ""}) != print(ship_order{"", "a"}));
  CHECK(print(return_items{{{1, 2}}, ""}) != print(return_items{{{2, 1}}, ""}));
  auto absent = some_submission();
  absent.ordered_at.reset();
  auto empty = absent;
  empty.ordered_at = "";
  CHECK(print(absent) != print(empty));
  CHECK(print(absent) != print(some_submission()));
  auto other = some_submission();
  other.lines[1].unit_price = "3.390";
  CHECK(print(other) != print(some_submission()));
}

TEST_CASE("a command needs legal ids", "[codec]") {
  auto command = wish(cancel_order{});
  CHECK(readable(command) == errc{});
  command.correlation_id = "c-1";
  command.causation_id = "c-2";
  CHECK(readable(command) == errc{});
  for (const std::string bad : {"a b", "\xc3\xa9", "a/b"}) {
    for (const auto member : {&order_command::id, &order_command::command_id, &order_command::correlation_id,
                              &order_command::causation_id}) {
      auto broken = command;
      broken.*member = bad;
      CHECK(readable(broken) == errc::illegal_id);
    }
  }
  auto nameless = command;
  nameless.id.clear();
  CHECK(readable(nameless) == errc::illegal_id);
  nameless = command;
  nameless.command_id.clear();
  CHECK(readable(nameless) == errc::illegal_id);
}

TEST_CASE("every text of a command is UTF-8 and has at most 1,000 bytes", "[codec]") {
  const auto actions_with = [](const std::string& t) {
    const auto with_line = [](requested_line line) {
      return submit_order{"", "", "", {}, {{"", "", "", ""}, std::move(line)}};
    };
    return std::vector<order_action>{
      submit_order{t, "", "", {}, {}},  submit_order{"", t, "", {}, {}}, submit_order{"", "", t, {}, {}},
      submit_order{"", "", "", t, {}},  with_line({t, "", "", ""}),      with_line({"", t, "", ""}),
      with_line({"", "", t, ""}),       with_line({"", "", "", t}),      pay(t),
      pay("", t),                       pay("", "", t),                  refund(t),
      refund("", t),                    refund("", "", t),               ship_order{t, ""},
      ship_order{"", t},                mark_undeliverable{t},           cancel_order{t},
      give_back({}, t),
    };
  };
  for (const auto& action : actions_with(std::string(1000, 'x')))
    CHECK(readable(wish(action)) == errc{});
  for (const auto& action : actions_with(std::string(1001, 'x')))
    CHECK(readable(wish(action)) == errc::unreadable_request);
  for (const auto& action : actions_with("caf\xe9"))
    CHECK(readable(wish(action)) == errc::unreadable_request);
  const auto checked = order_codec::check_readable(wish(submit_order{"", "", "", {}, {{}, {"", "", "", "\xff"}}}));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message == "unreadable request: lines[1].unit_price is not UTF-8");
}

TEST_CASE("a command has at most 10,000 lines and 4 MiB of text", "[codec]") {
  submit_order action;
  action.lines.resize(10'000);
  CHECK(readable(wish(action)) == errc{});
  action.lines.resize(10'001);
  CHECK(readable(wish(action)) == errc::unreadable_request);
  action.lines.assign(4194, {std::string(1000, 'x'), "", "", ""});
  action.customer = std::string(304, 'x');
  CHECK(readable(wish(action)) == errc{});
  action.customer += 'x';
  CHECK(readable(wish(action)) == errc::unreadable_request);
  return_items many;
  many.lines.resize(10'001);
  CHECK(readable(wish(many)) == errc::unreadable_request);
}

TEST_CASE("UTF-8 is told from what is not", "[codec]") {
  for (const auto* text :
       {"", "plain", "0123456789abcdef\xc3\xa9", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xc2\x80"})
    CHECK(is_utf8(text));
  for (const auto* text : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xff", "01234567\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98"})
    CHECK_FALSE(is_utf8(text));
}
