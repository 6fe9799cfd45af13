#include <array>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "daybook/apps/import_commands.hpp"
#include "daybook/apps/load/life.hpp"
#include "daybook/apps/order_commands.hpp"
#include "daybook/apps/progress.hpp"
#include "daybook/apps/query_commands.hpp"
#include "daybook/domain/money.hpp"
#include "daybook/persistence/uuid.hpp"

// Generated orders with believable lives: most are delivered, some are rejected, cancelled, lost or sent back.

namespace daybook {

namespace {

constexpr auto demo_space = "0f6f6d0a-0a6e-4c7b-8a43-5a7c2d9f3b21";

struct product {
  const char* stock_code;
  const char* description;
  int pence;
};

constexpr std::array<product, 10> products{{{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 255},
                                            {"22423", "REGENCY CAKESTAND 3 TIER", 1275},
                                            {"85099B", "JUMBO BAG RED RETROSPOT", 195},
                                            {"47566", "PARTY BUNTING", 495},
                                            {"84879", "ASSORTED COLOUR BIRD ORNAMENT", 169},
                                            {"20725", "LUNCH BAG RED RETROSPOT", 165},
                                            {"22720", "SET OF 3 CAKE TINS PANTRY DESIGN", 495},
                                            {"21212", "PACK OF 72 RETROSPOT CAKE CASES", 55},
                                            {"22197", "SMALL POPCORN HOLDER", 85},
                                            {"23203", "JUMBO BAG VINTAGE DOILY", 208}}};

constexpr std::array<const char*, 6> countries{"United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands"};

using load::comes_back;
using load::fate;
using load::is_shipped;

struct demo_order {
  std::string id;
  fate way = fate::delivered;
  minor_units total = 0;
  std::int64_t first_quantity = 0;
  std::size_t lines = 0;
};

/// Makes the same orders from the same seed, on any machine: only the engine's own numbers are used, no distribution.
class generator {
public:
  generator(std::uint64_t seed, std::uint32_t count) : seed_(seed), engine_(seed) {
    orders_.resize(count);
  }

  std::vector<demo_order>& orders() { return orders_; }

  submit_order request(std::uint32_t index) {
    auto& each = orders_[index];
    each.id = "demo-" + std::to_string(seed_) + "-" + std::to_string(index + 1);
    each.way = load::fate_of(below(100));
    submit_order wish;
    wish.customer = each.way == fate::rejected && below(2) == 0 ? "" : std::to_string(12000 + below(200) * below(20));
    wish.country = countries[below(2) == 0 ? 0 : below(countries.size())];
    wish.currency = "GBP";
    wish.ordered_at = format_local_time((20'400 + static_cast<time_us>(below(60))) * 86'400'000'000
                                        + static_cast<time_us>(below(36'000) + 28'800) * 1'000'000);
    each.lines = 1 + below(4);
    for (std::size_t i = 0; i < each.lines; ++i)
      add_line(each, wish, i);
    return wish;
  }

private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  void add_line(demo_order& each, submit_order& wish, std::size_t index) {
    const auto& what = products[below(products.size())];
    // Two pieces or more, so that a part can come back.
    const auto quantity = static_cast<std::int64_t>(2 + below(11));
    if (index == 0)
      each.first_quantity = quantity;
    each.total += quantity * what.pence;
    const bool is_wrong = each.way == fate::rejected && index == 0 && !wish.customer.empty();
    wish.lines.push_back({what.stock_code, what.description, is_wrong ? "0" : std::to_string(quantity),
                          format_amount(what.pence, "GBP")});
    if (index == 0 && each.way == fate::returned)
      each.lines = 1;
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
  std::vector<demo_order> orders_;
};

/// Sends one step of every order that takes it, and shows how far it is.
class stage {
public:
  stage(context& with, session& daybook, const std::vector<demo_order>& orders)
    : with_(with), daybook_(daybook), orders_(orders) {
    // nop
  }

  template <class Applies, class Action>
  exit_code run(const char* what, Applies applies, Action action) {
    exit_code worst = exit_code::done;
    std::uint64_t count = 0;
    progress_bar bar{what, "orders"};
    command_pipeline pipeline{daybook_, [&](const std::string& id, const outcome& text) {
                                ++count;
                                bar.show(static_cast<double>(count) / static_cast<double>(orders_.size()), count);
                                if (!text.answered)
                                  worst = worse(worst, report(with_.to, {text.code, id + ": " + text.message}));
                              }};
    for (std::uint32_t i = 0; i < orders_.size(); ++i) {
      if (!applies(orders_[i]))
        continue;
      command_ids ids;
      auto doing = action(i);
      ids.command_id = make_uuid_v5(demo_space, orders_[i].id + "/" + what);
      pipeline.send(make_command(orders_[i].id, std::move(doing), ids));
    }
    pipeline.finish();
    return worst;
  }

private:
  context& with_;
  session& daybook_;
  const std::vector<demo_order>& orders_;
};

exit_code live(context& with, session& daybook, const demo_options& options) {
  generator source{options.seed, options.orders};
  auto& orders = source.orders();
  stage next{with, daybook, orders};
  const auto pounds = [&](std::uint32_t i) { return format_amount(orders[i].total, "GBP"); };
  auto worst = next.run("submitting", [](auto&) { return true; },
                        [&](std::uint32_t i) { return order_action{source.request(i)}; });
  worst = worse(worst, next.run("paying", [](auto& x) { return is_shipped(x.way) || x.way == fate::cancelled; },
                                [&](std::uint32_t i) { return order_action{record_payment{pounds(i), "", "demo"}}; }));
  worst = worse(worst, next.run("cancelling", [](auto& x) { return x.way == fate::cancelled; },
                                [](std::uint32_t) { return order_action{cancel_order{"changed my mind"}}; }));
  worst = worse(worst, next.run("shipping", [](auto& x) { return is_shipped(x.way); },
                                [](std::uint32_t i) {
                                  return order_action{ship_order{"Parcel Post", "PP" + std::to_string(100'000 + i)}};
                                }));
  worst = worse(worst, next.run("delivering", [](auto& x) { return is_shipped(x.way); },
                                [&](std::uint32_t i) {
                                  return orders[i].way == fate::undeliverable
                                           ? order_action{mark_undeliverable{"address unknown"}}
                                           : order_action{deliver_order{}};
                                }));
  worst = worse(worst, next.run("returning", [](auto& x) { return comes_back(x.way); },
                                [&](std::uint32_t i) {
                                  const auto pieces = orders[i].way == fate::returned ? orders[i].first_quantity : 1;
                                  return order_action{return_items{{{1, pieces}}, "not as expected"}};
                                }));
  return worse(worst, next.run("refunding", [](auto& x) { return x.way == fate::cancelled || x.way == fate::undeliverable; },
                               [&](std::uint32_t i) { return order_action{record_refund{pounds(i), "", "demo"}}; }));
}

} // namespace

exit_code run_demo(context with, const demo_options& options) {
  auto opened = with.source.get();
  if (!opened)
    return report(with.to, opened.error());
  const auto worst = live(with, **opened, options);
  return worse(worst, report_summary(with, {}));
}

} // namespace daybook
