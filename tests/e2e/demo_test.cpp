// Generated orders, to look around in.

#include "client.hpp"

#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {
namespace {

TEST_CASE("The demo takes orders through their whole life and prints the report") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto summary = daybook.ask({"demo", "--orders", "200", "--seed", "7"});
  CHECK(summary.at("orders_requested") == 200);
  CHECK(summary.at("orders_rejected") > 0);
  for (const auto* each : {"delivered", "cancelled", "partly_returned", "rejected"})
    CHECK(summary.at("by_status").value(each, 0) > 0);
  CHECK(daybook.ask({"report", "summary"}) == summary);
}

TEST_CASE("The demo again with the same seed changes nothing, with another it adds orders") {
  temp_dir dir;
  const auto daybook = client::embedded(dir.path() / "data");
  const auto first = daybook.ask({"demo", "--orders", "50", "--seed", "7"});
  const auto events = daybook.list({"events"});
  CHECK(daybook.ask({"demo", "--orders", "50", "--seed", "7"}) == first);
  CHECK(daybook.list({"events"}) == events);
  const auto other = daybook.ask({"demo", "--orders", "50", "--seed", "8"});
  CHECK(other.at("orders_requested") == 100);
}

TEST_CASE("The same seed makes the same orders everywhere, also on a server") {
  temp_dir dir;
  const auto here = client::embedded(dir.path() / "here").ask({"demo", "--orders", "50", "--seed", "9"});
  server node{dir.path() / "there"};
  CHECK(client::remote(node).ask({"demo", "--orders", "50", "--seed", "9"}) == here);
}

TEST_CASE("The demo's text has no control characters where no terminal is") {
  temp_dir dir;
  const auto done = client::embedded(dir.path() / "data").run({"demo", "--orders", "20"});
  CHECK(done.exit_code == 0);
  CHECK(done.err.empty());
  CHECK(done.out.find('\x1b') == std::string::npos);
  CHECK(done.out.find('\r') == std::string::npos);
}

} // namespace
} // namespace daybook::testing
