#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "daybook/domain/ids.hpp"
#include "daybook/persistence/uuid.hpp"

using namespace daybook;

namespace {

constexpr auto dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

bool has_form(const std::string& id, char version) {
  if (id.size() != 36)
    return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? id[i] != '-' : std::string("0123456789abcdef").find(id[i]) == std::string::npos)
      return false;
  }
  return id[14] == version && std::string("89ab").find(id[19]) != std::string::npos;
}

} // namespace

TEST_CASE("a UUIDv5 is that of RFC 9562", "[uuid]") {
  CHECK(make_uuid_v5(dns, "www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(make_uuid_v5("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "www.example.com") ==
        "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(make_uuid_v5(dns, "www.example.org") != make_uuid_v5(dns, "www.example.com"));
  CHECK(has_form(make_uuid_v5(dns, ""), '5'));
}

TEST_CASE("a UUIDv5 needs a UUID as its namespace", "[uuid]") {
  CHECK_THROWS_AS(make_uuid_v5("", "x"), std::invalid_argument);
  CHECK_THROWS_AS(make_uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c", "x"), std::invalid_argument);
  CHECK_THROWS_AS(make_uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c81", "x"), std::invalid_argument);
  CHECK_THROWS_AS(make_uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430cg", "x"), std::invalid_argument);
}

TEST_CASE("a UUIDv7 carries its time, version and variant", "[uuid]") {
  // The time of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z.
  const auto id = make_uuid_v7(1'645'557'742'000'000);
  CHECK(id.substr(0, 15) == "017f22e2-79b0-7");
  CHECK(id.substr(14, 4) == "7000");
  CHECK(has_form(id, '7'));
  CHECK(is_legal_id(id));
  CHECK(has_form(make_uuid_v7(-5), '7'));
  CHECK(has_form(make_uuid_v7(system_now()), '7'));
}

TEST_CASE("UUIDv7s sort in the order they were made", "[uuid]") {
  std::vector<std::string> ids;
  for (time_us now = 1'645'557'742'000'000; now < 1'645'557'742'003'000; ++now) {
    ids.push_back(make_uuid_v7(now));
    ids.push_back(make_uuid_v7(now));
    ids.push_back(make_uuid_v7(now));
  }
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
}

TEST_CASE("UUIDv7s of several threads differ, also at the same time", "[uuid]") {
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made)
    threads.emplace_back([&ids] {
      for (int i = 0; i < 2000; ++i)
        ids.push_back(make_uuid_v7(1'645'557'742'000'000));
    });
  for (auto& thread : threads)
    thread.join();
  std::set<std::string> all;
  for (const auto& ids : made)
    all.insert(ids.begin(), ids.end());
  CHECK(all.size() == 8000);
}

TEST_CASE("the machine's clock is in this century", "[uuid]") {
  CHECK(system_now() > *parse_time("2020-01-01"));
  CHECK(system_now() < *parse_time("2100-01-01"));
}
