#include "daybook/bench/journal/running_node.hpp"

#include <deque>

#include "daybook/actors/error.hpp"
#include "daybook/bench/support.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook::bench {

namespace {

constexpr std::chrono::minutes patience{10};

} // namespace

node_settings quiet_settings(const std::filesystem::path& dir, std::size_t threads) {
  node_settings settings;
  settings.data_dir = dir;
  settings.scheduler_threads = threads;
  settings.query_wait = std::chrono::milliseconds{patience};
  settings.order_idle_timeout = std::chrono::hours{24};
  return settings;
}

order_command make_command(std::string order_id, order_action action) {
  order_command wish;
  wish.sent_at = system_now();
  wish.id = std::move(order_id);
  wish.command_id = make_uuid_v7(wish.sent_at);
  wish.action = std::move(action);
  return wish;
}

running_node::running_node(const node_settings& settings) : config_(settings), system_((configure(config_), config_)) {
  auto started = node::start(system_, settings);
  require(started.ok(), started ? "" : "cannot start a node: " + started.error().message);
  node_ = std::move(*started);
  self_ = std::make_unique<caf::scoped_actor>(system_);
}

running_node::~running_node() {
  stop();
}

void running_node::stop() {
  self_.reset();
  if (node_)
    node_->stop();
  node_.reset();
}

receipt running_node::execute(order_command wish) {
  receipt given;
  (*self_)
    ->request(node_->gateway(), patience, std::move(wish))
    .receive([&](receipt& answer) { given = std::move(answer); },
             [](caf::error& cause) { require(false, "a command failed: " + from_caf(cause).message); });
  return given;
}

std::size_t running_node::execute_all(std::vector<order_command> wishes, std::size_t pack, std::size_t window,
                                      const std::string& status) {
  auto& self = *self_;
  std::size_t as_expected = 0;
  const auto send = [&](std::vector<order_command> some) { return self->request(node_->gateway(), patience, std::move(some)); };
  std::deque<decltype(send({}))> under_way;
  const auto take_one = [&] {
    under_way.front().receive(
      [&](const std::vector<outcome>& outcomes) {
        for (const auto& each : outcomes) {
          require(each.answered, "a command failed: " + each.message);
          as_expected += each.answer.status == status ? 1 : 0;
        }
      },
      [](caf::error& cause) { require(false, "a message of commands failed: " + from_caf(cause).message); });
    under_way.pop_front();
  };
  for (std::size_t from = 0; from < wishes.size(); from += pack) {
    const auto begin = wishes.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = wishes.begin() + static_cast<std::ptrdiff_t>(std::min(from + pack, wishes.size()));
    if (under_way.size() >= window)
      take_one();
    under_way.push_back(send({std::make_move_iterator(begin), std::make_move_iterator(end)}));
  }
  while (!under_way.empty())
    take_one();
  return as_expected;
}

void running_node::wait(std::chrono::milliseconds pause) {
  (*self_)->receive(caf::after(pause) >> [] {});
}

void running_node::settle(std::size_t residents) {
  auto& self = *self_;
  const auto fail = [](caf::error& cause) { require(false, "a question failed: " + from_caf(cause).message); };
  self->request(node_->gateway(), patience, summary_query{}).receive([](const summary_report&) {}, fail);
  const auto until = clock_type::now() + patience;
  for (bool rests = false; !rests;) {
    require(clock_type::now() < until, "orders do not leave memory");
    wait(std::chrono::milliseconds{20});
    self->request(node_->gateway(), patience, status_query{})
      .receive([&](const node_status& now) { rests = now.resident_orders <= residents && now.commands_in_flight == 0; }, fail);
  }
}

} // namespace daybook::bench
