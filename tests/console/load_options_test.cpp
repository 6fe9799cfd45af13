#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "daybook/apps/load_options.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

using words = std::vector<std::string>;

load_options read(const words& given) {
  auto options = parse_load_options(given);
  INFO((options ? "" : options.error().message));
  REQUIRE(options);
  return std::move(*options);
}

} // namespace

TEST_CASE("A load without options is ten seconds of lives in a closed loop on the default directory, and is checked") {
  const auto options = read({});
  CHECK(options.what == mix::lifecycle);
  CHECK(options.duration == std::chrono::seconds{10});
  CHECK_FALSE(options.rate);
  CHECK(options.in_flight() == 1024);
  CHECK(options.pack_size() == 128);
  CHECK(options.check);
  CHECK(options.data.empty());
  CHECK(options.connect.empty());
}

TEST_CASE("The options of a load are taken in both forms") {
  const auto options = read({"--data=books",
                             "--mix",
                             "pay",
                             "--duration=5s",
                             "--clients",
                             "4",
                             "--window=8",
                             "--pack",
                             "2",
                             "--warm-up",
                             "1s",
                             "--prepare",
                             "50",
                             "--seed",
                             "9",
                             "--json",
                             "--html",
                             "page.html",
                             "--save-receipts=r",
                             "--view-wait",
                             "3s"});
  CHECK(options.data == "books");
  CHECK(options.what == mix::pay);
  CHECK(options.duration == std::chrono::seconds{5});
  CHECK(options.in_flight() == 32);
  CHECK(options.pack_size() == 2);
  CHECK(options.warm_up == std::chrono::seconds{1});
  CHECK(options.prepare == 50);
  CHECK(options.seed == 9u);
  CHECK(options.json);
  CHECK(options.html == "page.html");
  CHECK(options.save_receipts == "r");
  CHECK(options.view_wait == std::chrono::seconds{3});
  CHECK(read({"--rate", "500"}).rate == 500u);
  CHECK_FALSE(read({"--rate", "max", "--clients", "2"}).rate);
  CHECK(read({"--clients", "2", "--window", "4"}).pack_size() == 1);
  CHECK(read({"--orders", "7"}).orders == 7u);
  CHECK_FALSE(read({"--orders", "7"}).duration);
  CHECK(read({"--commands", "7"}).commands == 7u);
  CHECK(read({"--mix", "pay"}).prepare == 10'000);
  CHECK_FALSE(read({"--no-check"}).check);
}

TEST_CASE("A replay plays at its own pace unless a rate is given") {
  const auto own = read({"--replay", "orders.csv", "--speed", "2.5"});
  CHECK(own.what == mix::replay);
  CHECK(own.speed == 2.5);
  CHECK_FALSE(own.duration);
  CHECK(read({"--replay", "orders.csv"}).speed == 1.0);
  const auto fast = read({"--replay", "orders.csv", "--rate", "max", "--clients", "3"});
  CHECK_FALSE(fast.speed);
  CHECK(fast.in_flight() == 192);
}

TEST_CASE("Unknown, malformed and contradicting options of a load are usage errors that name the option") {
  const std::vector<std::pair<words, std::string>> wrong{{{"--nonsense"}, "--nonsense"},
                                                         {{"word"}, "word"},
                                                         {{"--data", "a", "--connect", "127.0.0.1:1"}, "--connect"},
                                                         {{"--config", "a", "--connect", "127.0.0.1:1"}, "--config"},
                                                         {{"--data", ""}, "--data"},
                                                         {{"--orders", "1", "--duration", "1s"}, "--duration"},
                                                         {{"--orders", "1", "--commands", "1"}, "--commands"},
                                                         {{"--orders", "0"}, "--orders"},
                                                         {{"--duration", "5"}, "--duration"},
                                                         {{"--duration", "0s"}, "--duration"},
                                                         {{"--rate", "0"}, "--rate"},
                                                         {{"--rate", "fast"}, "--rate"},
                                                         {{"--rate", "100", "--clients", "2"}, "--clients"},
                                                         {{"--rate", "100", "--window", "2"}, "--window"},
                                                         {{"--clients", "1000", "--window", "1000"}, "60000"},
                                                         {{"--pack", "5000"}, "--pack"},
                                                         {{"--mix", "everything"}, "everything"},
                                                         {{"--mix", "replay"}, "replay"},
                                                         {{"--mix", "pay", "--orders", "5"}, "--commands"},
                                                         {{"--mix", "read", "--orders", "5"}, "--commands"},
                                                         {{"--mix", "submit", "--prepare", "5"}, "--prepare"},
                                                         {{"--replay", "f", "--mix", "submit"}, "--mix"},
                                                         {{"--replay", "f", "--speed", "2", "--rate", "max"}, "--speed"},
                                                         {{"--replay", "f", "--clients", "2"}, "--clients"},
                                                         {{"--replay", "f", "--warm-up", "2s"}, "--warm-up"},
                                                         {{"--replay", "f", "--speed", "0"}, "--speed"},
                                                         {{"--replay", "f", "--speed", "inf"}, "--speed"},
                                                         {{"--speed", "2"}, "--speed"},
                                                         {{"--seed", "-1"}, "--seed"},
                                                         {{"--check", "f", "--no-check"}, "--no-check"},
                                                         {{"--check", "f", "--duration", "1s"}, "--check"},
                                                         {{"--check", "f", "--html", "p"}, "--check"}};
  for (const auto& [given, part] : wrong) {
    const auto options = parse_load_options(given);
    INFO(given.front() << " … names " << part);
    REQUIRE_FALSE(options);
    CHECK(options.error().code == errc::invalid_argument);
    CHECK(options.error().message.find(part) != std::string::npos);
    CHECK(options.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("Help and version of a load are texts") {
  CHECK(read({"--help"}).text.find("--save-receipts") != std::string::npos);
  CHECK(read({"--version"}).text.find("daybook-load ") == 0);
}
