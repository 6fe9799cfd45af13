// A node in one thread that carries out so many commands and tells what they cost in messages and allocations. Everything it
// does is decided by its arguments, so whoever counts its instructions and system calls from outside gets the same again.
//
// usage: counted_commands pay|submit|alone COUNT DIRECTORY
//   pay     payments of orders that are in memory, 64 in a message
//   submit  new orders of three lines, 64 in a message
//   alone   payments, each in a message of its own

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "daybook/actors/error.hpp"
#include "daybook/actors/node.hpp"
#include "daybook/tests/counts/programs/allocations.hpp"

namespace {

using namespace daybook;

constexpr std::size_t pack_size = 64;
constexpr std::size_t prepared_orders = 256;
/// Time stands still here.
constexpr std::chrono::seconds patience{3600};
/// 2026-11-23T10:15:00Z.
constexpr time_us first_moment = 1'795'428'900'000'000;

struct one_thread_config : caf::actor_system_config {
  one_thread_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    configure(*this);
  }
};

caf::behavior only_asks() {
  return {[](flush_atom) {}};
}

class one_thread_node {
public:
  explicit one_thread_node(const std::filesystem::path& dir) :
      system_(config_), scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
    node_environment world;
    world.now = [this] { return ++now_; };
    world.make_id = [](time_us) { return std::string{"0193580b-2c40-7000-8000-0000000000ff"}; };
    world.has_threads = false;
    world.run_until = [this](const std::function<bool()>& condition) {
      while (!condition())
        if (!run_one() && !scheduler_.trigger_timeout())
          throw std::runtime_error{"the node waits for something that never happens"};
    };
    node_settings settings;
    settings.data_dir = dir;
    auto started = node::start(system_, settings, nullptr, std::move(world));
    if (!started)
      throw std::runtime_error{started.error().message};
    node_ = std::move(*started);
    client_ = system_.spawn(only_asks);
  }

  ~one_thread_node() {
    node_.reset();
    caf::anon_send_exit(client_, caf::exit_reason::kill);
    while (run_one()) {
      // Until everybody is gone.
    }
  }

  /// Messages of one kind go out together; when it returns, all is answered and in the view.
  void carry_out(std::vector<order_command> wishes, std::size_t in_a_message) {
    auto& client = dynamic_cast<caf::event_based_actor&>(*caf::actor_cast<caf::abstract_actor*>(client_));
    const auto expected = answered_ + wishes.size();
    for (std::size_t from = 0; from < wishes.size(); from += in_a_message) {
      const auto begin = wishes.begin() + static_cast<std::ptrdiff_t>(from);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(in_a_message, wishes.size() - from));
      // It asks while it is not being run: what ran it last is gone.
      client.context(nullptr);
      client.request(node_->gateway(), patience, std::vector<order_command>(begin, end))
        .then([this](const std::vector<outcome>& outcomes) {
          for (const auto& each : outcomes)
            answered_ += each.answered && !each.answer.refused ? 1 : 0;
        });
      run_all();
      pass_time(std::chrono::milliseconds{1});
    }
    pass_time(std::chrono::milliseconds{100});
    if (answered_ != expected)
      throw std::runtime_error{"a command was not carried out"};
  }

  std::uint64_t messages() const noexcept { return messages_; }

private:
  bool run_one() {
    const bool ran = scheduler_.try_run_once();
    messages_ += ran ? 1 : 0;
    return ran;
  }

  void run_all() {
    while (run_one()) {
      // Whatever follows from what was sent.
    }
  }

  /// What shall happen within this time, happens.
  void pass_time(std::chrono::milliseconds time) {
    scheduler_.advance_time(time);
    run_all();
  }

  one_thread_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  time_us now_ = first_moment;
  std::unique_ptr<node> node_;
  caf::actor client_;
  std::uint64_t answered_ = 0;
  std::uint64_t messages_ = 0;
};

std::string numbered(const char* kind, std::size_t number) {
  char text[40];
  std::snprintf(text, sizeof text, "%s-0000-7000-8000-%012zu", kind, number);
  return text;
}

order_command make_command(std::size_t order, std::size_t number, order_action action) {
  order_command made;
  made.sent_at = first_moment;
  made.id = numbered("0193580b", order);
  made.command_id = numbered("0193580c", number);
  made.action = std::move(action);
  return made;
}

std::vector<order_command> submissions(std::size_t first, std::size_t count) {
  submit_order request;
  request.customer = "17850";
  request.country = "United Kingdom";
  request.currency = "GBP";
  request.ordered_at = "2010-12-01T08:26:00";
  request.lines = {{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "6", "2.55"},
                   {"71053", "WHITE METAL LANTERN", "6", "3.39"},
                   {"84406B", "CREAM CUPID HEARTS COAT HANGER", "8", "2.75"}};
  std::vector<order_command> made;
  for (std::size_t i = first; i < first + count; ++i)
    made.push_back(make_command(i, i, request));
  return made;
}

std::vector<order_command> payments(std::size_t count) {
  std::vector<order_command> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(make_command(i % prepared_orders, prepared_orders + i, record_payment{"0.01", "", "card"}));
  return made;
}

int run(const std::string& kind, std::size_t count, const std::filesystem::path& dir) {
  one_thread_node node{dir};
  node.carry_out(submissions(0, prepared_orders), pack_size);
  auto wishes = kind == "submit" ? submissions(prepared_orders, count) : payments(count);
  const auto messages_before = node.messages();
  const auto allocations_before = allocations_so_far();
  node.carry_out(std::move(wishes), kind == "alone" ? 1 : pack_size);
  std::printf("messages %llu\nallocations %llu\n", static_cast<unsigned long long>(node.messages() - messages_before),
              static_cast<unsigned long long>(allocations_so_far() - allocations_before));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4)
      throw std::runtime_error{"usage: counted_commands pay|submit|alone COUNT DIRECTORY"};
    return run(argv[1], std::stoul(argv[2]), argv[3]);
  } catch (const std::exception& cause) {
    std::fprintf(stderr, "counted_commands: %s\n", cause.what());
    return 1;
  }
}
