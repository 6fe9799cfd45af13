// Orders into PostgreSQL as people keep them who want events and tables: two transactions an order.
//
//   1. the request's event, and the order's row
//   2. the verdict's event, the row's update, and the order's three lines
//
//   create table events (position bigint generated always as identity primary key, stream text not null,
//                        version integer not null, type text not null, recorded_at timestamptz not null default now(),
//                        command_id uuid not null, data json not null, unique (stream, version));
//   create table orders (order_id text primary key, status text not null, customer text not null, country text not null,
//                        currency text not null, ordered_at timestamp not null, total_minor bigint, version integer not null);
//   create table lines (order_id text not null, line integer not null, stock_code text not null, description text not null,
//                       quantity integer not null, unit_price_minor bigint not null, primary key (order_id, line));
//
// Everything is prepared, and a transaction is one pipeline: one round trip, committed by its sync. Each client has one order
// under way; all are in one poll loop.
//
// usage: peer_postgres --connect CONNINFO [--count N] [--clients N] [--seconds N]

#include <memory>

#include <libpq-fe.h>
#include <poll.h>

#include "client.hpp"

namespace {

using namespace peers;

constexpr const char* schema = R"sql(
drop table if exists events, orders, lines;
create table events (position bigint generated always as identity primary key, stream text not null,
                     version integer not null, type text not null, recorded_at timestamptz not null default now(),
                     command_id uuid not null, data json not null, unique (stream, version));
create table orders (order_id text primary key, status text not null, customer text not null, country text not null,
                     currency text not null, ordered_at timestamp not null, total_minor bigint, version integer not null);
create table lines (order_id text not null, line integer not null, stock_code text not null, description text not null,
                    quantity integer not null, unit_price_minor bigint not null, primary key (order_id, line));
)sql";

constexpr const char* statements[][2] = {
  {"event", "insert into events (stream, version, type, command_id, data) values ($1, $2, $3, $4, $5)"},
  {"order", "insert into orders values ($1, 'requested', $2, 'United Kingdom', 'GBP', '2010-12-01T08:26:00', null, 1)"},
  {"verdict", "update orders set status = 'validated', total_minor = $2, version = 2 where order_id = $1"},
  {"lines", "insert into lines values ($1, 1, $2, $3, 6, 255), ($1, 2, $2, $3, 6, 255), ($1, 3, $2, $3, 6, 255)"},
};

constexpr const char* stock_code = "85123A";
constexpr const char* description = "WHITE HANGING HEART T-LIGHT HOLDER";

struct close_connection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using connection_ptr = std::unique_ptr<PGconn, close_connection>;

connection_ptr connect(const arguments& given) {
  connection_ptr made{PQconnectdb(given.text("--connect", "").c_str())};
  require(PQstatus(made.get()) == CONNECTION_OK, std::string{"cannot connect: "} + PQerrorMessage(made.get()));
  return made;
}

void execute(PGconn* connection, const char* text) {
  PGresult* answer = PQexec(connection, text);
  const auto status = PQresultStatus(answer);
  PQclear(answer);
  require(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, PQerrorMessage(connection));
}

std::size_t count_of(PGconn* connection, const std::string& rows) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> answer{PQexec(connection, ("select count(*) from " + rows).c_str()),
                                                             PQclear};
  require(PQresultStatus(answer.get()) == PGRES_TUPLES_OK, PQerrorMessage(connection));
  return std::stoul(PQgetvalue(answer.get(), 0, 0));
}

struct texts {
  std::string requested;
  std::string validated = R"({"total_minor":4590,"lines":[{"quantity":6,"unit_price_minor":255},)"
                          R"({"quantity":6,"unit_price_minor":255},{"quantity":6,"unit_price_minor":255}]})";

  texts() {
    const std::string line =
      std::string{R"({"stock_code":"85123A","description":")"} + description + R"(","quantity":"6","unit_price":"2.55"})";
    requested =
      R"({"customer":"17850","country":"United Kingdom","currency":"GBP","ordered_at":"2010-12-01T08:26:00","lines":[)" + line +
      "," + line + "," + line + "]}";
  }
};

class client {
public:
  explicit client(const arguments& given) : connection_(connect(given)) {
    for (const auto& [name, text] : statements) {
      PGresult* answer = PQprepare(connection_.get(), name, text, 0, nullptr);
      const auto status = PQresultStatus(answer);
      PQclear(answer);
      require(status == PGRES_COMMAND_OK, PQerrorMessage(connection_.get()));
    }
    require(PQenterPipelineMode(connection_.get()) == 1 && PQsetnonblocking(connection_.get(), 1) == 0, "no pipeline");
  }

  int socket() const { return PQsocket(connection_.get()); }
  bool is_idle() const { return half_ == 0; }
  clock_type::time_point begun() const { return begun_; }

  void begin_order(std::size_t number, const texts& facts) {
    begun_ = clock_type::now();
    char digits[13];
    std::snprintf(digits, sizeof digits, "%012zu", number);
    id_ = std::string{"019aafcd-0000-7910-8a2d-"} + digits;
    half_ = 1;
    send("event", {("order-" + id_).c_str(), "1", "OrderRequested", id_.c_str(), facts.requested.c_str()});
    send("order", {id_.c_str(), "17850"});
    end_transaction();
  }

  /// Takes what has arrived. True when the order is durable, verdict and all.
  bool take(const texts& facts) {
    require(PQconsumeInput(connection_.get()) == 1, PQerrorMessage(connection_.get()));
    while (PQisBusy(connection_.get()) == 0) {
      PGresult* answer = PQgetResult(connection_.get());
      if (answer == nullptr) {
        // The end of one statement's results; the end of everything where nothing is awaited.
        if (half_ == 0)
          return false;
        continue;
      }
      const auto status = PQresultStatus(answer);
      PQclear(answer);
      require(status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_SYNC, PQerrorMessage(connection_.get()));
      if (status != PGRES_PIPELINE_SYNC)
        continue;
      if (half_ == 2) {
        half_ = 0;
        return true;
      }
      half_ = 2;
      send("event", {("order-" + id_).c_str(), "2", "OrderValidated", id_.c_str(), facts.validated.c_str()});
      send("verdict", {id_.c_str(), "4590"});
      send("lines", {id_.c_str(), stock_code, description});
      end_transaction();
    }
    return false;
  }

private:
  void send(const char* statement, const std::vector<const char*>& values) {
    const int sent =
      PQsendQueryPrepared(connection_.get(), statement, static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0);
    require(sent == 1, PQerrorMessage(connection_.get()));
  }

  void end_transaction() {
    require(PQpipelineSync(connection_.get()) == 1 && PQflush(connection_.get()) == 0, PQerrorMessage(connection_.get()));
  }

  connection_ptr connection_;
  std::string id_;
  /// 0: nothing is under way; else which transaction is.
  int half_ = 0;
  clock_type::time_point begun_;
};

/// Makes orders `first` … until there are `count`, or `seconds` are over; how many.
std::size_t make_orders(std::vector<client>& clients, std::size_t first, std::size_t count, double seconds,
                        std::vector<double>& latencies) {
  const texts facts;
  std::vector<pollfd> places;
  std::size_t sent = 0;
  std::size_t made = 0;
  const auto begun = clock_type::now();
  for (auto& each : clients) {
    places.push_back({each.socket(), POLLIN, 0});
    if (sent < count)
      each.begin_order(first + sent++, facts);
  }
  while (made < sent) {
    require(::poll(places.data(), places.size(), 60'000) > 0, "PostgreSQL does not answer");
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (places[i].revents == 0 || clients[i].is_idle() || !clients[i].take(facts))
        continue;
      latencies.push_back(seconds_since(clients[i].begun()));
      ++made;
      if (sent < count && seconds_since(begun) < seconds)
        clients[i].begin_order(first + sent++, facts);
    }
  }
  return made;
}

void run(const arguments& given) {
  const auto plain = connect(given);
  execute(plain.get(), schema);
  const std::string version = PQparameterStatus(plain.get(), "server_version");
  const auto number = given.number("--clients", 32);
  std::vector<client> clients;
  for (std::size_t i = 0; i < number; ++i)
    clients.emplace_back(given);
  const auto count = given.number("--count", 20'000);
  const auto limit = static_cast<double>(given.number("--seconds", 1'000'000));
  std::vector<double> latencies;
  const auto warm = make_orders(clients, 0, count / 10, limit / 10, latencies);
  latencies.clear();
  const auto begun = clock_type::now();
  const auto made = make_orders(clients, warm, count, limit, latencies);
  const auto seconds = seconds_since(begun);
  const auto all = warm + made;
  require(count_of(plain.get(), "events") == 2 * all && count_of(plain.get(), "lines") == 3 * all, "rows are missing");
  print_result("postgres", version.substr(0, version.find(' ')), "{\"clients\":" + std::to_string(number) + "}", made, seconds,
               latencies);
}

} // namespace

int main(int argc, char** argv) {
  return guarded("peer_postgres", [&] { run({argc, argv}); });
}
