// daybookd and its clients, as processes of their own on loopback.

#include <csignal>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/others.hpp>
#include <caf/scoped_actor.hpp>

#include "client.hpp"

#include "daybook/actors/error.hpp"
#include "daybook/actors/protocol.hpp"
#include "daybook/config/caf_config.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {
namespace {

using namespace std::chrono_literals;

std::string message_of(const json& problem) {
  return problem.at("message").get<std::string>();
}

/// Connections to a port of the loopback that say nothing; fewer than asked for where one is refused.
class silent_connections {
public:
  silent_connections(std::uint16_t port, std::size_t count) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < count; ++i) {
      sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (::connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        break;
      ++count_;
    }
  }
  ~silent_connections() {
    for (const int each : sockets_)
      ::close(each);
  }
  silent_connections(const silent_connections&) = delete;
  silent_connections& operator=(const silent_connections&) = delete;

  std::size_t count() const noexcept { return count_; }

private:
  std::vector<int> sockets_;
  std::size_t count_ = 0;
};

// -- two clients, two ways -----------------------------------------------------------------------------------------------

TEST_CASE("Two clients of a server see each other's orders at once") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto one = client::remote(node);
  const auto other = client::remote("localhost:" + std::to_string(node.port()));
  submit(one, "A1");
  CHECK(other.ask({"order", "pay", "A1", "22.08"}).at("status") == "paid");
  CHECK(one.ask({"order", "show", "A1"}).at("paid_minor") == 2208);
  submit(other, "B1");
  CHECK(one.list({"orders"}).size() == 2);
  CHECK(other.ask({"report", "summary"}) == one.ask({"report", "summary"}));
}

TEST_CASE("Many clients that submit at the same time lose and double nothing") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto daybook = client::remote(node);
  std::vector<std::unique_ptr<process>> clients;
  for (int i = 0; i < 4; ++i) {
    std::string text;
    for (int j = 0; j < 200; ++j)
      text += request_text("C" + std::to_string(i) + "-" + std::to_string(j)) + '\n';
    clients.push_back(std::make_unique<process>(program_path("daybook"), daybook.all_words({"order", "submit", "-", "--json"}),
                                                start_options{text, {}}));
  }
  for (auto& each : clients) {
    const auto done = each->wait(in(60s));
    CHECK(done.exit_code == 0);
    CHECK(count_lines(done.out) == 200);
  }
  CHECK(daybook.ask({"report", "summary"}).at("orders_validated") == 800);
  const auto events = daybook.list({"events"});
  REQUIRE(events.size() == 1600);
  CHECK(events.back().at("position") == 1600);
}

/// What happens by itself: times, and what is made of them.
void forget_times(json& found) {
  if (found.is_array())
    for (auto& each : found)
      forget_times(each);
  if (!found.is_object())
    return;
  for (const auto* each :
       {"recorded_at", "journal_id", "created_at", "last_recorded_at", "started_at", "digest", "last_digest", "recovery",
        "resident_orders", "commands_in_flight", "correlation_id", "causation_id", "index_bytes"})
    if (found.contains(each))
      found[each] = "…";
  for (auto& each : found)
    forget_times(each);
}

/// Every verb, with the command ids given; all that was printed.
std::string whole_session(const client& daybook) {
  std::string text;
  int count = 0;
  const auto say = [&](words command, const std::string& input = "") {
    if (command[0] == "order" && command[1] != "show" && command[1] != "history")
      command.insert(command.end(), {"--command-id", "0193580b-2c40-7000-8000-" + std::to_string(100'000'000'000 + ++count)});
    text += "> ";
    for (const auto& each : command)
      text += each + ' ';
    const auto done = daybook.run_json(command, input);
    text += '(' + std::to_string(done.exit_code) + ")\n" + done.err;
    for (auto each : json_lines(done.out)) {
      forget_times(each);
      text += each.dump() + '\n';
    }
  };
  for (const auto* id : {"A1", "B1", "C1"})
    say({"order", "submit", "-"}, request_text(id));
  say({"order", "submit", "-"}, R"({"order_id": "R1", "customer": "", "currency": "GBP", "ordered_at": "now", "lines": []})");
  say({"order", "submit", "-"}, "{\"order_id\": 1}");
  say({"order", "submit", "-"}, request_text("A1"));
  say({"order", "ship", "A1"});
  say({"order", "pay", "A1", "30", "--currency", "GBP", "--reference", "T1"});
  say({"order", "pay", "A1", "x"});
  say({"order", "ship", "A1", "--carrier", "DHL", "--tracking", "1"});
  say({"order", "deliver", "A1"});
  say({"order", "return", "A1", "1:1", "2:1", "--reason", "broken"});
  say({"order", "refund", "A1", "1.00"});
  say({"order", "cancel", "B1", "--reason", "no"});
  say({"order", "pay", "C1", "22.08"});
  say({"order", "ship", "C1"});
  say({"order", "undeliverable", "C1", "--reason", "moved"});
  for (const auto* id : {"A1", "R1", "nobody"}) {
    say({"order", "show", id});
    say({"order", "show", id, "--at", "7"});
    say({"order", "history", id});
  }
  say({"orders"});
  say({"orders", "--limit", "2", "--after", "C1"});
  say({"orders", "--status", "lost"});
  say({"report", "summary"});
  for (const auto* by : {"country", "day", "customer", "product"})
    say({"report", "sales", "--by", by});
  say({"events"});
  say({"events", "--from", "5", "--order", "A1"});
  say({"status"});
  say({"view", "status"});
  say({"view", "rebuild"});
  say({"journal", "verify"});
  say({"journal", "stat"});
  say({"import", "orders", "-"}, request_text("I1") + "\nnonsense\n");
  say({"demo", "--orders", "5"});
  return text;
}

TEST_CASE("A server that is started under a shell's limit of open files has more connections than that") {
  temp_dir dir;
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit few{64, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  server node{dir.path() / "data"};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
  const silent_connections others{node.port(), 100};
  REQUIRE(others.count() == 100);
  CHECK(submit(client::remote(node), "A1").at("status") == "validated");
}

TEST_CASE("Every command answers the same over the network as in its own process") {
  temp_dir dir;
  const auto embedded = whole_session(client::embedded(dir.path() / "embedded"));
  server node{dir.path() / "remote"};
  const auto remote = whole_session(client::remote(node));
  CHECK(count_lines(embedded) > 100);
  std::istringstream left{embedded};
  std::istringstream right{remote};
  std::string expected;
  std::string found;
  std::string command;
  while (std::getline(left, expected) && std::getline(right, found)) {
    if (expected[0] == '>')
      command = expected;
    INFO(command);
    REQUIRE(found == expected);
  }
  CHECK(remote.size() == embedded.size());
}

TEST_CASE("A view is built from a server's journal into a file of the client's") {
  temp_dir dir;
  server node{dir.path() / "data"};
  const auto daybook = client::remote(node);
  submit(daybook, "A1");
  const auto then = daybook.ask({"report", "summary"});
  daybook.ask({"order", "pay", "A1", "22.08"});
  const auto file = (dir.path() / "then.db").string();
  CHECK(daybook.ask({"view", "build", "--at", "2", file}).at("position") == 2);
  CHECK(client::bare().with({"--view", file}).ask({"report", "summary"}) == then);
}

// -- stops, crashes and comebacks ----------------------------------------------------------------------------------------

TEST_CASE("SIGTERM and SIGINT stop the server cleanly") {
  temp_dir dir;
  for (const int signal : {SIGTERM, SIGINT}) {
    server node{dir.path() / "data"};
    submit(client::remote(node), "A" + std::to_string(signal));
    const auto done = node.stop(signal);
    INFO(done.err);
    CHECK(done.exit_code == 0);
    CHECK(count_lines(done.out) == 1);
  }
  CHECK(client::embedded(dir.path() / "data").list({"orders"}).size() == 2);
}

TEST_CASE("The server stops although a client follows its events") {
  temp_dir dir;
  server node{dir.path() / "data"};
  submit(client::remote(node), "A1");
  process follower{program_path("daybook"), client::remote(node).all_words({"events", "--follow", "--json"})};
  REQUIRE(follower.wait_for_out("OrderValidated", in(20s)));
  CHECK(node.stop().exit_code == 0);
}

TEST_CASE("Everything is still there after a kill and a restart, command ids included") {
  temp_dir dir;
  const std::string id = "0193580b-2c40-7000-8000-000000000001";
  json paid;
  std::vector<json> events;
  json summary;
  {
    server node{dir.path() / "data"};
    const auto daybook = client::remote(node);
    submit(daybook, "A1");
    submit(daybook, "B1");
    paid = daybook.ask({"order", "pay", "A1", "22.08", "--command-id", id});
    events = daybook.list({"events"});
    summary = daybook.ask({"report", "summary"});
    node.crash();
  }
  server again{dir.path() / "data"};
  const auto daybook = client::remote(again);
  CHECK(daybook.list({"events"}) == events);
  CHECK(daybook.ask({"report", "summary"}) == summary);
  CHECK(daybook.ask({"order", "pay", "A1", "22.08", "--command-id", id}) == paid);
  CHECK(daybook.ask({"order", "pay", "A1", "1", "--command-id", id}, 1).at("reasons") == json({"command_id_reused"}));
  CHECK(daybook.ask({"order", "ship", "A1"}).at("position") == 6);
}

TEST_CASE("A client that is started before its server waits for it") {
  temp_dir dir;
  const auto port = free_port();
  const auto daybook = client::remote("127.0.0.1:" + std::to_string(port)).with({"--timeout", "60s"});
  process early{program_path("daybook"), daybook.all_words({"order", "submit", "-", "--json"}), {request_text("A1"), {}}};
  server node{dir.path() / "data", {}, port};
  const auto done = early.wait(in(60s));
  INFO(done.err);
  CHECK(done.exit_code == 0);
  CHECK(json::parse(done.out).at("status") == "validated");
}

TEST_CASE("A client that loses its server says so, comes back when it can and hears what is new") {
  temp_dir dir;
  auto node = std::make_unique<server>(dir.path() / "data");
  const auto port = node->port();
  submit(client::remote(*node), "A1");
  process follower{program_path("daybook"),
                   client::remote(*node).all_words({"events", "--follow", "--json", "--timeout", "60s"})};
  REQUIRE(follower.wait_for_out("OrderValidated", in(20s)));
  node->crash();
  REQUIRE(follower.wait_for_err("lost the server", in(20s)));
  node = std::make_unique<server>(dir.path() / "data", words{}, port);
  REQUIRE(follower.wait_for_err("connected again", in(30s)));
  submit(client::remote(*node), "B1");
  REQUIRE(follower.wait_for_out("\"position\":4", in(20s)));
  follower.signal(SIGINT);
  const auto done = follower.wait(in(20s));
  CHECK(done.exit_code == 0);
  CHECK(json_lines(done.out).size() == 4);
}

TEST_CASE("A client that finds no server gives up after its timeout with 3") {
  const auto address = "127.0.0.1:" + std::to_string(free_port());
  const auto begun = std::chrono::steady_clock::now();
  const auto problem = client::remote(address).with({"--timeout", "300ms"}).fails({"orders"}, 3);
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
  CHECK(problem.at("code") == "unavailable");
  CHECK(message_of(problem).find(address) != std::string::npos);
}

TEST_CASE("What follows events ends with 0 when the user interrupts it") {
  temp_dir dir;
  server node{dir.path() / "data"};
  submit(client::remote(node), "A1");
  process follower{program_path("daybook"), client::remote(node).all_words({"events", "--from", "3", "--follow", "--json"})};
  submit(client::remote(node), "B1");
  REQUIRE(follower.wait_for_out("\"position\":4", in(20s)));
  CHECK(client::remote(node).ask({"order", "pay", "A1", "1"}).at("position") == 5);
  REQUIRE(follower.wait_for_out("PaymentRecorded", in(20s)));
  follower.signal(SIGINT);
  const auto done = follower.wait(in(20s));
  CHECK(done.exit_code == 0);
  CHECK(done.err.empty());
  const auto events = json_lines(done.out);
  REQUIRE(events.size() == 3);
  CHECK(events[0].at("position") == 3);
}

TEST_CASE("What follows the events of one order prints no others") {
  temp_dir dir;
  server node{dir.path() / "data"};
  submit(client::remote(node), "A1");
  submit(client::remote(node), "B1");
  process follower{program_path("daybook"), client::remote(node).all_words({"events", "--order", "B1", "--follow", "--json"})};
  REQUIRE(follower.wait_for_out("OrderValidated", in(20s)));
  client::remote(node).ask({"order", "pay", "A1", "1"});
  client::remote(node).ask({"order", "cancel", "B1"});
  REQUIRE(follower.wait_for_out("OrderCancelled", in(20s)));
  follower.signal(SIGINT);
  const auto events = json_lines(follower.wait(in(20s)).out);
  REQUIRE(events.size() == 3);
  for (const auto& each : events)
    CHECK(each.at("order_id") == "B1");
}

TEST_CASE("The view and the index may be deleted between two runs and are made again") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  json summary;
  json details;
  std::vector<json> history;
  {
    server node{data};
    const auto daybook = client::remote(node);
    submit(daybook, "A1");
    submit(daybook, "B1");
    daybook.ask({"order", "pay", "A1", "22.08"});
    summary = daybook.ask({"report", "summary"});
    details = daybook.ask({"order", "show", "A1"});
    history = daybook.list({"order", "history", "A1"});
    CHECK(node.stop().exit_code == 0);
  }
  const std::vector<std::vector<const char*>> losses{{"view"}, {"index"}, {"view", "index"}};
  for (const auto& lost : losses) {
    for (const auto* each : lost)
      REQUIRE(std::filesystem::remove_all(data / each) > 0);
    server node{data};
    const auto daybook = client::remote(node);
    CHECK(daybook.ask({"report", "summary"}) == summary);
    CHECK(daybook.ask({"order", "show", "A1"}) == details);
    CHECK(daybook.list({"order", "history", "A1"}) == history);
    CHECK(daybook.ask({"order", "submit", "-"}, 1, request_text("A1")).at("reasons") == json({"order_exists"}));
    node.crash();
  }
  // Whatever is in the directory but the journal.
  for (const auto& each : std::filesystem::directory_iterator{data})
    if (each.path().filename() != "journal")
      std::filesystem::remove_all(each.path());
  CHECK(client::embedded(data).ask({"report", "summary"}) == summary);
}

TEST_CASE("Orders of an embedded run are served afterwards, and the other way round") {
  temp_dir dir;
  const auto data = dir.path() / "data";
  submit(client::embedded(data), "A1");
  {
    server node{data};
    CHECK(client::remote(node).ask({"order", "pay", "A1", "22.08"}).at("status") == "paid");
    node.crash();
  }
  CHECK(client::embedded(data).ask({"order", "ship", "A1"}).at("status") == "shipped");
}

// -- where it may be served ----------------------------------------------------------------------------------------------

TEST_CASE("An address that is not of this machine is refused by the server and by the client") {
  temp_dir dir;
  for (const auto* each : {"0.0.0.0:0", "192.0.2.1:0", "[::]:0", "example.com:0"}) {
    const auto service = run(program_path("daybookd"), {"--data", (dir.path() / "data").string(), "--listen", each});
    INFO(each << ": " << service.err);
    CHECK(service.exit_code == 3);
    CHECK(service.out.empty());
    CHECK(service.err.find("listen") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(dir.path() / "data"));
  const auto problem = client::remote("192.0.2.1:7799").fails({"orders"}, 3);
  CHECK(problem.at("code") == "access_refused");
}

TEST_CASE("A port that is taken is a clear error") {
  temp_dir dir;
  server node{dir.path() / "one"};
  const auto second = run(program_path("daybookd"), {"--data", (dir.path() / "two").string(), "--listen", node.address()});
  CHECK(second.exit_code == 3);
  CHECK(second.out.empty());
  CHECK(second.err.find(std::to_string(node.port())) != std::string::npos);
}

// The second argument is for CAF, which follows a null pointer to the arguments of functions that have none.
caf::behavior other_version(caf::event_based_actor* self, int) {
  self->set_default_handler(caf::drop);
  return {[](hello_atom, std::uint32_t client_protocol) -> caf::result<server_info> {
    return to_caf({errc::wrong_protocol, "the server speaks protocol 999, the client " + std::to_string(client_protocol) +
                                           "; use the same version on both sides"});
  }};
}

TEST_CASE("A server of another protocol version is refused at once, and both versions are named") {
  node_settings settings;
  daybook_config config{settings, true};
  configure(config);
  caf::actor_system system{config};
  const auto fake = system.spawn(other_version, 0);
  const auto port = system.middleman().publish(fake, 0, "127.0.0.1");
  REQUIRE(port);
  const auto begun = std::chrono::steady_clock::now();
  const auto problem = client::remote("127.0.0.1:" + std::to_string(*port)).fails({"orders"}, 3);
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
  CHECK(problem.at("code") == "wrong_protocol");
  CHECK(message_of(problem).find("999") != std::string::npos);
  CHECK(message_of(problem).find("same version") != std::string::npos);
  caf::anon_send_exit(fake, caf::exit_reason::user_shutdown);
}

} // namespace
} // namespace daybook::testing
