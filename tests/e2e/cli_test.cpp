// The command line of daybook and daybookd as a script meets it.

#include "daybook/apps/command_line.hpp"

#include "client.hpp"

namespace daybook::testing {
namespace {

// -- words ---------------------------------------------------------------------------------------------------------------

TEST_CASE("Help and version are everywhere, cost no data directory and end with 0") {
  temp_dir dir;
  std::vector<words> places{{}, {"order"}, {"report"}, {"import"}, {"journal"}, {"view"}};
  for (const auto& each : all_commands())
    places.push_back(split(each.words));
  REQUIRE(places.size() > 25);
  for (auto place : places) {
    for (const auto* option : {"--help", "--version"}) {
      auto command = place;
      command.emplace_back(option);
      const auto done = run(program_path("daybook"), command, {"", dir.path()});
      INFO(place.size() << " words, the last " << (place.empty() ? "none" : place.back()) << ' ' << option);
      CHECK(done.exit_code == 0);
      CHECK(done.err.empty());
      CHECK(done.out.find(std::string{option} == "--version" ? "daybook 0." : "--help") != std::string::npos);
    }
  }
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("The service has help and a version too") {
  const auto help = run(program_path("daybookd"), {"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("--listen") != std::string::npos);
  CHECK(help.out.find("--data") != std::string::npos);
  const auto version = run(program_path("daybookd"), {"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.find("daybookd 0.") == 0);
}

TEST_CASE("Options and words that are not known are errors of usage") {
  temp_dir dir;
  const std::vector<words> wrong{{"frobnicate"},
                                 {"order", "frobnicate"},
                                 {"orders", "--frob"},
                                 {"--frob"},
                                 {"orders", "extra"},
                                 {"order"},
                                 {"order", "pay", "A1"},
                                 {"order", "show"},
                                 {"report", "sales"},
                                 {"report", "sales", "--by", "colour"},
                                 {"orders", "--limit", "0"},
                                 {"orders", "--limit", "many"},
                                 {"orders", "--status", "lost"},
                                 {"orders", "--from", "yesterday"},
                                 {"order", "show", ""},
                                 {"order", "pay", "A1", "1", "--command-id", ""},
                                 {"status", "--connect", ""},
                                 {"status", "--data", ""},
                                 {"orders", "--after", ""},
                                 {"events", "--order", ""},
                                 {"orders", "--to", "2010-13-01"},
                                 {"orders", "--from", "2010-12-01T08:26:00Z"},
                                 {"events", "--from", "0"},
                                 {"--timeout", "soon", "status"},
                                 {"--connect", "nowhere", "status"},
                                 {"--connect", "127.0.0.1:1", "--data", "x", "status"},
                                 {"order", "show", "a b"},
                                 {"order", "return", "A1", "one"},
                                 {"order", "return", "A1"},
                                 {"order", "show", "A1", "--at", "noon"},
                                 {"orders", "--stale-ok", "--at-least", "1"},
                                 {"view", "build"},
                                 {"demo", "--orders", "0"},
                                 {"--config", "missing.conf", "status"}};
  for (const auto& each : wrong) {
    INFO("… " << each.back());
    const auto text = run(program_path("daybook"), each, {"", dir.path()});
    CHECK(text.exit_code == 2);
    CHECK(text.out.empty());
    CHECK(count_lines(text.err) == 1);
    CHECK(text.err.find("daybook: ") == 0);
    auto with_json = each;
    with_json.emplace_back("--json");
    const auto machine = run(program_path("daybook"), with_json, {"", dir.path()});
    CHECK(machine.exit_code == 2);
    CHECK(machine.out.empty());
    CHECK(keys(json::parse(machine.err).at("error")) == "code message");
  }
  for (const auto* each : {"--frob", "extra", "--listen=nowhere", "--admission-limit=0"}) {
    const auto service = run(program_path("daybookd"), {"--data", (dir.path() / "d").string(), each});
    INFO(each << ": " << service.err);
    CHECK(service.exit_code == 2);
    CHECK(service.out.empty());
  }
}

TEST_CASE("Options stand before or behind a command, with a space or an equals sign") {
  embedded_daybook it;
  submit(it.daybook, "A1");
  const auto data = it.data.string();
  const auto expected = it.daybook.ask({"order", "show", "A1"});
  for (const auto& each : std::vector<words>{{"--data", data, "--json", "order", "show", "A1"},
                                             {"--data=" + data, "order", "show", "A1", "--json"},
                                             {"order", "--json", "--data=" + data, "show", "A1"},
                                             {"--stale-ok", "--json", "--data", data, "order", "show", "A1"},
                                             {"--json", "order", "--at-least", "2", "--data", data, "show", "A1"},
                                             {"order", "show", "--data", data, "A1", "--json", "--timeout=5s"}}) {
    const auto done = run(program_path("daybook"), each);
    REQUIRE(done.exit_code == 0);
    CHECK(json::parse(done.out) == expected);
  }
  CHECK(it.daybook.ask({"order", "cancel", "A1", "--reason=changed my mind"}).at("status") == "cancelled");
}

TEST_CASE("Without options the data directory is ./daybook-data") {
  temp_dir dir;
  const auto done = run(program_path("daybook"), {"order", "submit", "-", "--json"}, {request_text("A1"), dir.path()});
  CHECK(done.exit_code == 0);
  CHECK(std::filesystem::exists(dir.path() / "daybook-data" / "journal"));
}

TEST_CASE("A data directory that cannot be made is a matter of storage, a view that is not there of what was asked for") {
  CHECK(client::embedded("/proc/nowhere").fails({"status"}, 4).at("code") == "io_error");
  temp_dir dir;
  const auto missing = (dir.path() / "missing.db").string();
  const auto problem = client::bare().fails({"report", "summary", "--view", missing}, 1);
  CHECK(problem.at("code") == "not_found");
  CHECK(problem.at("message").get<std::string>().find(missing) != std::string::npos);
}

TEST_CASE("A reader that has had enough is no failure, and ends what follows the events") {
  embedded_daybook it;
  REQUIRE(it.daybook.run({"demo", "--orders", "300"}).exit_code == 0);
  const auto daybook = program_path("daybook") + " --data " + it.data.string();
  for (const auto* each : {" events", " events --follow"}) {
    const auto done = run("/bin/bash", {"-c", "set -o pipefail; " + daybook + each + " | head -1"});
    CHECK(done.exit_code == 0);
    CHECK(count_lines(done.out) == 1);
    CHECK(done.err.empty());
  }
  const auto full = run("/bin/sh", {"-c", daybook + " events > /dev/full"});
  CHECK(full.exit_code == 4);
  CHECK(count_lines(full.err) == 1);
}

TEST_CASE("A file of settings is read, and a wrong value in it is named") {
  embedded_daybook it;
  const auto good = write_file(it.dir.path() / "good.conf", "# mine\ndata = " + it.data.string() + "\n");
  const auto from_file = client::bare().with({"--config", good});
  submit(from_file, "A1");
  CHECK(it.daybook.ask({"order", "show", "A1"}).at("status") == "validated");
  const auto elsewhere = from_file.with({"--data", (it.dir.path() / "elsewhere").string()});
  CHECK(elsewhere.fails({"order", "show", "A1"}, 1).at("code") == "not_found");
  const auto bad = write_file(it.dir.path() / "bad.conf", "admission-limit = none\n");
  const auto problem = it.daybook.with({"--config", bad}).fails({"status"}, 2);
  CHECK(problem.at("message").get<std::string>().find("admission-limit") != std::string::npos);
}

} // namespace
} // namespace daybook::testing
