// Events into Redis streams: one stream an order, and the event's version in the order as the entry's id (`3-0`), which Redis
// refuses when it is not above the last one. Each client has some orders for itself and `--pipeline` entries under way, one of
// each order; all clients are in one poll loop.
//
// usage: peer_redis --socket PATH | --host HOST --port PORT  [--count N] [--clients N] [--pipeline N] [--record BYTES]

#include <memory>

#include <hiredis/hiredis.h>
#include <poll.h>

#include "client.hpp"

namespace {

using namespace peers;

constexpr std::size_t orders_of_client = 128;

struct close_context {
  void operator()(redisContext* context) const { redisFree(context); }
};
using context_ptr = std::unique_ptr<redisContext, close_context>;

context_ptr connect(const arguments& given) {
  const auto socket = given.text("--socket", "");
  context_ptr made{socket.empty()
                     ? redisConnect(given.text("--host", "127.0.0.1").c_str(), static_cast<int>(given.number("--port", 6379)))
                     : redisConnectUnix(socket.c_str())};
  require(made && made->err == 0, "cannot connect to Redis");
  return made;
}

struct client {
  context_ptr context;
  std::size_t number = 0;
  std::vector<std::size_t> versions = std::vector<std::size_t>(orders_of_client);
  std::size_t next = 0;
  /// When the oldest and all behind it were sent; answers come in that order.
  std::vector<clock_type::time_point> sent;
  std::size_t answered = 0;

  void send(const std::string& record) {
    const auto order = next++ % orders_of_client;
    const auto key = "order-019aafcd-0000-7910-8a2d-" + std::to_string(1'000'000'000'000 + number * orders_of_client + order);
    const auto id = std::to_string(++versions[order]) + "-0";
    const char* words[] = {"XADD", key.c_str(), id.c_str(), "event", record.c_str()};
    const std::size_t sizes[] = {4, key.size(), id.size(), 5, record.size()};
    require(redisAppendCommandArgv(context.get(), 5, words, sizes) == REDIS_OK, "XADD could not be made");
    sent.push_back(clock_type::now());
  }

  void flush() {
    for (int is_done = 0; is_done == 0;)
      require(redisBufferWrite(context.get(), &is_done) == REDIS_OK, "cannot send to Redis");
  }

  /// Takes what has arrived; the number of answers.
  std::size_t take(std::vector<double>& latencies) {
    require(redisBufferRead(context.get()) == REDIS_OK, "lost Redis");
    std::size_t taken = 0;
    for (;;) {
      void* answer = nullptr;
      require(redisGetReplyFromReader(context.get(), &answer) == REDIS_OK, "Redis answers nonsense");
      if (answer == nullptr)
        return taken;
      const std::unique_ptr<void, decltype(&freeReplyObject)> held{answer, freeReplyObject};
      require(static_cast<redisReply*>(answer)->type != REDIS_REPLY_ERROR,
              std::string{"XADD was refused: "} + static_cast<redisReply*>(answer)->str);
      latencies.push_back(seconds_since(sent[answered++]));
      ++taken;
    }
  }
};

struct load {
  std::size_t count;
  std::size_t pipeline;
  std::string record;
};

double append_all(std::vector<client>& clients, const load& what, std::vector<double>& latencies) {
  std::vector<pollfd> places;
  for (auto& each : clients)
    places.push_back({each.context->fd, POLLIN, 0});
  std::size_t sent = 0;
  std::size_t answered = 0;
  const auto begun = clock_type::now();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    for (std::size_t k = 0; k < what.pipeline && sent < what.count; ++k, ++sent)
      clients[i].send(what.record);
    clients[i].flush();
  }
  while (answered < what.count) {
    require(::poll(places.data(), places.size(), 60'000) > 0, "Redis does not answer");
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if ((places[i].revents & (POLLIN | POLLHUP)) == 0)
        continue;
      const auto taken = clients[i].take(latencies);
      answered += taken;
      for (std::size_t k = 0; k < taken && sent < what.count; ++k, ++sent)
        clients[i].send(what.record);
      clients[i].flush();
    }
  }
  return seconds_since(begun);
}

std::string version_of(const arguments& given) {
  const auto context = connect(given);
  const std::unique_ptr<void, decltype(&freeReplyObject)> answer{redisCommand(context.get(), "INFO server"), freeReplyObject};
  require(answer != nullptr, "INFO failed");
  const std::string text = static_cast<redisReply*>(answer.get())->str;
  const auto from = text.find("redis_version:") + 14;
  return text.substr(from, text.find('\r', from) - from);
}

void run(const arguments& given) {
  load what{given.number("--count", 200'000), given.number("--pipeline", 1), make_record(given.number("--record", 300))};
  require(what.pipeline <= orders_of_client, "--pipeline is at most 128");
  std::vector<client> clients(given.number("--clients", 64));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].context = connect(given);
    clients[i].number = i;
  }
  std::vector<double> latencies;
  // What warms up: every order's stream is there.
  auto warm_up = what;
  warm_up.count = std::max(what.count / 10, clients.size() * orders_of_client);
  append_all(clients, warm_up, latencies);
  latencies.clear();
  const auto seconds = append_all(clients, what, latencies);
  const auto settings = "{\"clients\":" + std::to_string(clients.size()) + ",\"pipeline\":" + std::to_string(what.pipeline) +
                        ",\"record_bytes\":" + std::to_string(what.record.size()) + "}";
  print_result("redis", version_of(given), settings, what.count, seconds, latencies);
}

} // namespace

int main(int argc, char** argv) {
  return guarded("peer_redis", [&] { run({argc, argv}); });
}
