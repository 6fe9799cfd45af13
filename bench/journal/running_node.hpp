#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "daybook/actors/node.hpp"
#include "daybook/config/caf_config.hpp"

namespace daybook::bench {

/// A node in this process and a client of it, who blocks. Messages of a failure name what was asked.
class running_node {
public:
  explicit running_node(const node_settings& settings);
  ~running_node();

  /// One command alone; its receipt.
  receipt execute(order_command wish);

  /// Sends all, `pack` in a message and `window` messages under way; returns how many had a receipt that `status` expects.
  std::size_t execute_all(std::vector<order_command> wishes, std::size_t pack, std::size_t window, const std::string& status);

  /// Waits until the view has everything and no more than `residents` orders are in memory.
  void settle(std::size_t residents);

  /// Lets time pass: for what the node itself does by the clock.
  void wait(std::chrono::milliseconds pause);

  void stop();

private:
  daybook_config config_;
  caf::actor_system system_;
  std::unique_ptr<node> node_;
  std::unique_ptr<caf::scoped_actor> self_;
};

/// Settings that measure a node and not its limits.
node_settings quiet_settings(const std::filesystem::path& dir, std::size_t threads);

order_command make_command(std::string order_id, order_action action);

} // namespace daybook::bench
