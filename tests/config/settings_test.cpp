#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "daybook/config/setting_values.hpp"
#include "daybook/config/settings.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using Catch::Matchers::Contains;

namespace {

std::filesystem::path write(const temp_dir& dir, const std::string& text) {
  const auto file = dir.path() / "daybook.conf";
  std::ofstream{file, std::ios::binary} << text;
  return file;
}

std::string refusal(const std::string& name, const std::string& value) {
  node_settings settings;
  const auto set = set_setting(settings, name, value);
  if (!set)
    CHECK(set.error().code == errc::invalid_argument);
  return set ? "" : set.error().message;
}

} // namespace

TEST_CASE("the defaults are valid") {
  CHECK(validate(node_settings{}).ok());
}

TEST_CASE("the sample file holds every setting with its default and description") {
  const auto file = std::filesystem::path{DAYBOOK_SOURCE_DIR} / "config" / "daybook.conf";
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  CHECK(text == sample_settings());
  for (const auto& info : all_settings())
    CHECK_THAT(text, Contains("\n" + std::string{info.name} + " ="));

  node_settings settings;
  settings.query_connections = 7;
  REQUIRE(read_settings_file(settings, file).ok());
  CHECK(settings.query_connections == node_settings{}.query_connections);
}

TEST_CASE("every setting can be set to its default text") {
  for (const auto& info : all_settings()) {
    CAPTURE(info.name);
    node_settings settings;
    CHECK(set_setting(settings, info.name, info.default_text).ok());
    CHECK_FALSE(info.unit.empty());
    CHECK_FALSE(info.allowed.empty());
    CHECK_FALSE(info.description.empty());
  }
}

TEST_CASE("settings of a file replace the defaults and leave the others") {
  const temp_dir dir;
  const auto file = write(dir, "# ours\r\n\n  data = /srv/a#b c  # where\r\nlisten=[::1]:0\nsegment-bytes = 1 MiB\n"
                               "order-idle-timeout = 1500ms\nlog-level = debug\nlog-file = /var/log/daybook.log");
  node_settings settings;
  settings.admission_limit = 5;
  REQUIRE(read_settings_file(settings, file).ok());
  CHECK(settings.data_dir == "/srv/a#b c");
  CHECK(settings.listen_host == "::1");
  CHECK(settings.listen_port == 0);
  CHECK(settings.segment_bytes == 1 << 20);
  CHECK(settings.order_idle_timeout == std::chrono::milliseconds{1500});
  CHECK(settings.log_level == "debug");
  CHECK(settings.log_file == "/var/log/daybook.log");
  CHECK(settings.admission_limit == 5);
}

TEST_CASE("a wrong line in a file is refused with file, line and name, and changes nothing") {
  const temp_dir dir;
  const auto [text, complaint] = GENERATE(table<std::string, std::string>({
    {"admission-limit = 7\nadmision-limit = 8\n", ":2: there is no setting 'admision-limit'"},
    {"admission-limit = 7\nquery-connections = 0\n", ":2: setting query-connections must not be '0'; allowed: 1 to 64"},
    {"admission-limit = 7\n\nadmission-limit = 8\n", ":3: setting admission-limit was already set in line 1"},
    {"admission-limit = 7\nlisten 127.0.0.1:1\n", ":2: 'listen 127.0.0.1:1' is no `name = value`"},
    {"admission-limit = 7\n= 3\n", ":2: there is no setting ''"},
  }));
  const auto file = write(dir, text);
  node_settings settings;
  const auto read = read_settings_file(settings, file);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == errc::invalid_argument);
  CHECK_THAT(read.error().message, Contains(file.string() + complaint));
  CHECK(settings.admission_limit == node_settings{}.admission_limit);
}

TEST_CASE("a settings file that is missing or a directory is an error that names it") {
  const temp_dir dir;
  node_settings settings;
  const auto missing = read_settings_file(settings, dir.path() / "none");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == errc::not_found);
  CHECK_THAT(missing.error().message, Contains((dir.path() / "none").string()));
  const auto directory = read_settings_file(settings, dir.path());
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.error().code == errc::io_error);
}

TEST_CASE("a wrong value is refused by name, with the value and what is allowed") {
  CHECK(refusal("scheduler-threads", "-1") == "setting scheduler-threads must not be '-1'; allowed: 0 to 1024");
  CHECK(refusal("scheduler-threads", "1025") != "");
  CHECK(refusal("admission-limit", "99999999999999999999999") != "");
  CHECK(refusal("projection", "yes") == "setting projection must not be 'yes'; allowed: on, off");
  CHECK(refusal("projection", "off") == "");
  CHECK(refusal("admission-limit", "1e3") != "");
  CHECK(refusal("admission-limit", "") != "");
  CHECK(refusal("request-timeout", "30") != "");
  CHECK(refusal("request-timeout", "0s") != "");
  CHECK(refusal("request-timeout", "2h") != "");
  CHECK(refusal("segment-bytes", "64MB") != "");
  CHECK(refusal("segment-bytes", "5GiB") != "");
  CHECK(refusal("log-level", "loud") != "");
  CHECK(refusal("data", " ") != "");
  CHECK(refusal("listen", "127.0.0.1") != "");
  CHECK(refusal("log-file", "") == "");
}

TEST_CASE("an address is a host and a port") {
  std::string host;
  std::uint16_t port = 0;
  REQUIRE(parse_address("[::1]:7799", host, port).ok());
  CHECK(host == "::1");
  CHECK(port == 7799);
  REQUIRE(parse_address("books.example:65535", host, port).ok());
  CHECK(host == "books.example");
  CHECK(port == 65535);
  for (const auto* wrong :
       {"", ":1", "a", "a:", "a:65536", "a:-1", "a:1x", "::1:7799", "[::1:7799", "[]:1", "a b:1", "a:1 "})
    CHECK_FALSE(parse_address(wrong, host, port).ok());
  CHECK(host == "books.example");
}

TEST_CASE("addresses that others can reach are refused with the reason") {
  for (const auto* own : {"127.0.0.1", "127.255.0.9", "localhost", "::1"})
    CHECK(is_loopback(own));
  for (const auto* host :
       {"0.0.0.0", "::", "192.168.1.4", "127.0.0.1.example", "127.0.0", "127.0.0.256", "127.", "", "*"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
  node_settings settings;
  REQUIRE(set_setting(settings, "listen", "0.0.0.0:7799").ok());
  const auto valid = validate(settings);
  REQUIRE_FALSE(valid.ok());
  CHECK(valid.error().code == errc::access_refused);
  CHECK_THAT(valid.error().message, Contains("listen") && Contains("0.0.0.0:7799") && Contains("TLS"));
}

TEST_CASE("values that do not fit together or were filled in wrong are found by validate") {
  node_settings settings;
  settings.connection_timeout = std::chrono::milliseconds{1999};
  auto valid = validate(settings);
  REQUIRE_FALSE(valid.ok());
  CHECK(valid.error().code == errc::invalid_argument);
  CHECK_THAT(valid.error().message, Contains("connection-timeout") && Contains("1999ms") && Contains("1s"));

  settings = {};
  settings.request_timeout = std::chrono::milliseconds{-5};
  valid = validate(settings);
  REQUIRE_FALSE(valid.ok());
  CHECK_THAT(valid.error().message, Contains("request-timeout") && Contains("'-5ms'"));
}

TEST_CASE("durations and sizes are written so that they read back as they were") {
  for (const auto* text : {"0ms", "1ms", "1500ms", "5s", "5min", "90s", "2h"})
    CHECK(write_duration(read_duration(text).value()) == text);
  CHECK(read_duration("60 s") == std::chrono::minutes{1});
  for (const auto* text : {"0B", "1B", "4097B", "64KiB", "64MiB", "3GiB"})
    CHECK(write_bytes(read_bytes(text).value()) == text);
  for (const auto* wrong : {"", "5", "s", "5 parsecs", "1.5s", "-5s", "9223372036854775807h"})
    CHECK_FALSE(read_duration(wrong));
}
