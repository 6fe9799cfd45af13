// Events into a JetStream stream with file storage: one subject an order, each message with the sequence of its subject's last
// message (`Nats-Expected-Last-Subject-Sequence`), which the server refuses when it is not. Published asynchronously,
// `--in-flight` messages unacknowledged at a time, one of each order.
//
// usage: peer_nats --url nats://HOST:PORT [--count N] [--in-flight N] [--orders N] [--record BYTES]
//        [--version TEXT]   the server does not say it to this library

#include <condition_variable>
#include <deque>
#include <mutex>

#include <nats/nats.h>

#include "client.hpp"

namespace {

using namespace peers;

void check(natsStatus status, const std::string& what) {
  require(status == NATS_OK, what + ": " + natsStatus_GetText(status));
}

struct order_subject {
  std::string name;
  std::uint64_t last_sequence = 0;
  clock_type::time_point sent;
};

/// What the library's thread hands to ours.
struct mail {
  std::mutex mutex;
  std::condition_variable arrived;
  struct answer {
    std::size_t order = 0;
    std::uint64_t sequence = 0;
    clock_type::time_point at;
    std::string problem;
  };
  std::vector<answer> answers;
};

constexpr std::size_t prefix_length = 7; // "orders."

void on_answer(jsCtx*, natsMsg* message, jsPubAck* done, jsPubAckErr* failed, void* closure) {
  auto& to = *static_cast<mail*>(closure);
  mail::answer next;
  next.order = std::stoul(natsMsg_GetSubject(message) + prefix_length);
  next.at = clock_type::now();
  if (done != nullptr)
    next.sequence = done->Sequence;
  else
    next.problem = failed != nullptr && failed->ErrText != nullptr ? failed->ErrText : "no answer";
  natsMsg_Destroy(message);
  const std::lock_guard guard{to.mutex};
  const bool was_empty = to.answers.empty();
  to.answers.push_back(std::move(next));
  if (was_empty)
    to.arrived.notify_one();
}

class publisher {
public:
  publisher(const std::string& url, std::size_t orders, std::string record) : record_(std::move(record)) {
    check(natsConnection_ConnectTo(&connection_, url.c_str()), "cannot connect to NATS");
    jsOptions options;
    check(jsOptions_Init(&options), "options");
    options.PublishAsync.AckHandler = on_answer;
    options.PublishAsync.AckHandlerClosure = &mail_;
    check(natsConnection_JetStream(&stream_, connection_, &options), "no JetStream");
    make_stream();
    for (std::size_t i = 0; i < orders; ++i) {
      orders_.push_back({"orders." + std::to_string(i), 0, {}});
      idle_.push_back(i);
    }
  }

  double publish(std::size_t count, std::size_t in_flight, std::vector<double>& latencies) {
    std::vector<mail::answer> answers;
    std::size_t sent = 0;
    std::size_t answered = 0;
    const auto begun = clock_type::now();
    while (answered < count) {
      for (; sent < count && sent - answered < in_flight; ++sent)
        send();
      {
        std::unique_lock guard{mail_.mutex};
        const bool came = mail_.arrived.wait_for(guard, std::chrono::seconds{60}, [&] { return !mail_.answers.empty(); });
        require(came, "NATS does not answer");
        answers.swap(mail_.answers);
      }
      for (const auto& each : answers) {
        require(each.problem.empty(), "a message was refused: " + each.problem);
        orders_[each.order].last_sequence = each.sequence;
        latencies.push_back(std::chrono::duration<double>(each.at - orders_[each.order].sent).count());
        idle_.push_back(each.order);
      }
      answered += answers.size();
      answers.clear();
    }
    return seconds_since(begun);
  }

  ~publisher() {
    jsCtx_Destroy(stream_);
    natsConnection_Destroy(connection_);
  }

  publisher(const publisher&) = delete;
  publisher& operator=(const publisher&) = delete;

private:
  void make_stream() {
    jsStreamConfig config;
    check(jsStreamConfig_Init(&config), "stream");
    const char* subjects[] = {"orders.*"};
    config.Name = "ORDERS";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    js_DeleteStream(stream_, "ORDERS", nullptr, nullptr);
    jsStreamInfo* info = nullptr;
    check(js_AddStream(&info, stream_, &config, nullptr, nullptr), "the stream cannot be made");
    jsStreamInfo_Destroy(info);
  }

  void send() {
    auto& order = orders_[idle_.front()];
    idle_.pop_front();
    jsPubOptions options;
    check(jsPubOptions_Init(&options), "options");
    options.ExpectLastSubjectSeq = order.last_sequence;
    options.ExpectNoMessage = order.last_sequence == 0;
    order.sent = clock_type::now();
    check(js_PublishAsync(stream_, order.name.c_str(), record_.data(), static_cast<int>(record_.size()), &options),
          "cannot publish");
  }

  std::string record_;
  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
  mail mail_;
  std::vector<order_subject> orders_;
  std::deque<std::size_t> idle_;
};

void run(const arguments& given) {
  const auto count = given.number("--count", 200'000);
  const auto in_flight = given.number("--in-flight", 1024);
  const auto orders = std::max(given.number("--orders", 10'000), in_flight);
  const auto record = given.number("--record", 300);
  publisher all{given.text("--url", "nats://127.0.0.1:4222"), orders, make_record(record)};
  std::vector<double> latencies;
  // What warms up: every order's subject is there.
  all.publish(std::max(orders, count / 10), in_flight, latencies);
  latencies.clear();
  const auto seconds = all.publish(count, in_flight, latencies);
  const auto settings = "{\"in_flight\":" + std::to_string(in_flight) + ",\"orders\":" + std::to_string(orders) +
                        ",\"record_bytes\":" + std::to_string(record) + "}";
  print_result("nats", given.text("--version", "?"), settings, count, seconds, latencies);
}

} // namespace

int main(int argc, char** argv) {
  const auto status = guarded("peer_nats", [&] { run({argc, argv}); });
  nats_Close();
  return status;
}
