// What one order costs in a whole node: time when it is alone, memory when it is there and when it is not, coming back.

#include <random>

#include "daybook/bench/journal/modes.hpp"
#include "daybook/bench/journal/running_node.hpp"
#include "daybook/bench/support.hpp"

namespace daybook::bench {

namespace {

constexpr std::size_t lines_of_order = 3;

std::string order_name(std::size_t number) {
  std::uint64_t random = number;
  return cheap_uuid(number, random);
}

/// Submits orders of three lines; in slices, so that what the client holds does not count.
void submit(running_node& node, std::size_t from, std::size_t to, const bench_options& options) {
  constexpr std::size_t slice = 8192;
  for (auto first = from; first < to; first += slice) {
    std::vector<order_command> wishes;
    for (auto i = first; i < std::min(first + slice, to); ++i)
      wishes.push_back(make_command(order_name(i), make_request(lines_of_order, i)));
    const auto expected = wishes.size();
    const auto validated = node.execute_all(std::move(wishes), options.batch ? options.batch : 256,
                                            options.window ? options.window : 8, "validated");
    require(validated == expected, "an order was not validated");
  }
}

struct growth {
  double heap_bytes = 0;
  double resident_bytes = 0;
  /// As long as deadlines of answered requests are still running: CAF keeps each with its actor until its time is over.
  double heap_bytes_at_once = 0;
  /// All of it: the view's page caches, the same however many orders there are.
  double sqlite_bytes = 0;
};

/// Every actor's deadline for others, shorter than a node's so that it need not be waited for as long.
constexpr std::chrono::seconds request_timeout{5};

/// Orders leave memory as soon as they may.
node_settings forgetful_settings(const std::filesystem::path& dir, std::size_t threads) {
  auto settings = quiet_settings(dir, threads);
  settings.resident_orders_max = 1'000;
  settings.order_idle_timeout = std::chrono::seconds{1};
  return settings;
}

/// Growth of memory for each of `count` orders behind a warm-up, measured when no more than `residents` are in memory.
growth grow(node_settings settings, std::size_t warm_up, std::size_t count, std::size_t residents,
            const bench_options& options) {
  settings.request_timeout = request_timeout;
  running_node node{settings};
  const auto rest = [&] {
    node.settle(residents);
    const auto at_once = memory_now();
    node.wait(request_timeout + std::chrono::seconds{1});
    return std::pair{at_once, memory_now()};
  };
  submit(node, 0, warm_up, options);
  const auto before = rest().second;
  submit(node, warm_up, warm_up + count, options);
  const auto [at_once, after] = rest();
  const auto orders = static_cast<double>(count);
  return {(after.heap_bytes - before.heap_bytes) / orders, (after.resident_bytes - before.resident_bytes) / orders,
          (at_once.heap_bytes - before.heap_bytes) / orders, after.sqlite_bytes};
}

} // namespace

report run_memory(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto count = options.count ? options.count : 600'000;
  const auto few = std::min<std::size_t>(count, 50'000);
  auto settings = quiet_settings(dir.path() / "here", options.threads);
  settings.resident_orders_max = few * 2;
  const auto here = grow(settings, std::min<std::size_t>(few, 5'000), few, few * 2, options);
  const auto away = grow(forgetful_settings(dir.path() / "away", options.threads), count / 3, count, 0, options);
  report all;
  all["name"] = "memory_per_order";
  all["passivated_orders"] = count;
  all["passivated_heap_bytes"] = away.heap_bytes;
  all["passivated_resident_bytes"] = away.resident_bytes;
  all["passivated_heap_bytes_at_once"] = away.heap_bytes_at_once;
  all["passivated_wanted"] = 64;
  all["sqlite_bytes"] = away.sqlite_bytes;
  all["resident_orders"] = few;
  all["lines"] = lines_of_order;
  all["resident_heap_bytes"] = here.heap_bytes;
  all["resident_resident_bytes"] = here.resident_bytes;
  all["resident_heap_bytes_at_once"] = here.heap_bytes_at_once;
  all["resident_wanted"] = 3072;
  return all;
}

/// Commands that are refused: what is measured is finding, reading, folding and deciding, not a write.
report run_revive(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto count = options.count ? options.count : 100'000;
  running_node node{forgetful_settings(dir.path(), options.threads)};
  submit(node, 0, count, options);
  node.settle(0);
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i)
    order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64{1});
  std::vector<order_command> wishes;
  for (const auto each : order)
    wishes.push_back(make_command(order_name(each), ship_order{"Royal Mail", "RM123456785GB"}));
  const auto begun = clock_type::now();
  const auto refused =
    node.execute_all(std::move(wishes), options.batch ? options.batch : 256, options.window ? options.window : 8, "validated");
  const auto seconds = seconds_since(begun);
  require(refused == count, "an order came back as something else");
  report all;
  all["name"] = "revive";
  all["orders"] = count;
  all["seconds"] = seconds;
  all["per_second"] = static_cast<double>(count) / seconds;
  all["wanted"] = 20'000;
  return all;
}

report run_latency(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto groups = options.count ? options.count : 40;
  constexpr std::size_t in_group = 50;
  running_node node{quiet_settings(dir.path(), options.threads)};
  submit(node, 0, in_group, options);
  const auto pay = [&](std::size_t which) {
    auto wish = make_command(order_name(which), record_payment{"0.01", "GBP", "INV-20101201-0001"});
    const auto begun = clock_type::now();
    const auto given = node.execute(std::move(wish));
    const auto seconds = seconds_since(begun);
    require(!given.refused, "a payment was refused");
    return seconds;
  };
  const auto segments = [&] { return bytes_of_journal(dir.path()); };
  const auto before = segments();
  for (std::size_t i = 0; i < in_group; ++i)
    pay(i);
  const std::string bytes((segments() - before) / in_group, 'x');
  bare_file bare{dir.path() / "bare"};
  std::vector<double> ours;
  std::vector<double> plain;
  for (std::size_t group = 0; group < groups; ++group) {
    // Nobody else writes while the bare syncs are timed: the view has come to rest.
    node.settle(in_group);
    for (std::size_t i = 0; i < in_group; ++i)
      plain.push_back(bare.append(bytes.data(), bytes.size()));
    for (std::size_t i = 0; i < in_group; ++i)
      ours.push_back(pay(i));
  }
  report all;
  all["name"] = "latency_alone";
  all["commands"] = ours.size();
  all["bytes"] = bytes.size();
  all["p50_us"] = median(ours) * 1e6;
  all["p99_us"] = percentile(ours, 0.99) * 1e6;
  all["bare_p50_us"] = median(plain) * 1e6;
  all["bare_p99_us"] = percentile(plain, 0.99) * 1e6;
  all["ratio"] = median(ours) / median(plain);
  all["wanted"] = 1.3;
  return all;
}

} // namespace daybook::bench
