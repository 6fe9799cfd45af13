#include "daybook/apps/load_check.hpp"

#include <algorithm>
#include <utility>

#include "daybook/apps/load/receipt_check.hpp"
#include "daybook/apps/load/view_check.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::load {

namespace {

constexpr std::uint32_t page_events = 8'192;
constexpr std::uint32_t page_orders = 10'000;
/// Orders that are compared line by line: all of few, a sample of many.
constexpr std::size_t details_max = 1'000;
constexpr std::chrono::milliseconds look_again{20};
const freshness stale_ok{freshness::kind::stale_ok, 0};

class checker {
public:
  checker(session& daybook, const run_names& names, std::vector<kept_receipt> receipts, const check_progress& tell) :
      daybook_(daybook), tell_(tell), receipts_(names, std::move(receipts), found_.wrong), truth_(found_.wrong),
      view_(truth_, found_.wrong) {
    // nop
  }

  result<check_result> run(position_t wanted, std::chrono::milliseconds view_wait) {
    const auto begun = std::chrono::steady_clock::now();
    if (auto ready = wait_for_view(wanted, view_wait); !ready)
      return ready.error();
    for (auto step : {&checker::read_journal, &checker::compare_sums, &checker::compare_orders, &checker::compare_sales,
                      &checker::compare_details})
      if (auto went = (this->*step)(); !went)
        return went.error();
    found_.receipts = receipts_.size();
    found_.orders = truth_.size();
    found_.position = truth_.position();
    found_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return std::move(found_);
  }

private:
  /// A query waits some seconds only; after a heavy run the view may need longer.
  result<done> wait_for_view(position_t wanted, std::chrono::milliseconds view_wait) {
    const auto until = std::chrono::steady_clock::now() + view_wait;
    auto node = daybook_.ask<node_status>(status_query{});
    if (!node)
      return node.error();
    // What the journal has lost is said by the check, not waited for.
    wanted = std::min(wanted, node->journal_position);
    if (!node->projection && node->view_position < wanted)
      return error{errc::view_behind, "the view is at position " + std::to_string(node->view_position) + " of " +
                                        std::to_string(wanted) +
                                        " and does not follow, for the node's setting projection is off; "
                                        "rebuild the view first, or start the node with on"};
    for (;;) {
      auto status = daybook_.ask<view_status>(view_status_query{stale_ok});
      if (!status)
        return status.error();
      if (status->position >= wanted)
        return done{};
      if (std::chrono::steady_clock::now() >= until)
        return error{errc::view_behind, "the view is at position " + std::to_string(status->position) + " of " +
                                          std::to_string(wanted) + " after --view-wait; the check needs all of it"};
      tell_(static_cast<double>(status->position) / static_cast<double>(wanted), "waiting for the view");
      daybook_.pause(look_again);
    }
  }

  result<done> read_journal() {
    auto summary = daybook_.ask<summary_report>(summary_query{stale_ok});
    if (!summary)
      return summary.error();
    sums_ = std::move(*summary);
    while (truth_.position() < sums_.position) {
      auto page = daybook_.ask<commit_page>(commits_query{truth_.position() + 1, page_events, {}});
      if (!page)
        return page.error();
      if (page->commits.empty()) {
        found_.wrong.add("the view is at position " + std::to_string(sums_.position) + ", but the journal ends with " +
                         std::to_string(truth_.position()));
        break;
      }
      for (const auto& commit : page->commits)
        if (commit.last_position() <= sums_.position)
          take(commit);
        else
          return finish_journal();
      tell_(static_cast<double>(truth_.position()) / static_cast<double>(sums_.position), "reading the journal");
    }
    return finish_journal();
  }

  void take(const recorded_commit& commit) {
    for (const auto& event : commit.events) {
      ++found_.events;
      if (const auto* after = truth_.apply(event))
        receipts_.take(event, *after);
    }
  }

  result<done> finish_journal() {
    receipts_.finish();
    return done{};
  }

  result<done> compare_sums() {
    view_.compare(sums_);
    auto status = daybook_.ask<view_status>(view_status_query{stale_ok});
    if (!status)
      return status.error();
    for (const auto& each : status->parked)
      found_.wrong.add("the view could not go on with " + each.stream + " at position " + std::to_string(each.position) + ": " +
                       each.error);
    return done{};
  }

  result<done> compare_orders() {
    list_query query;
    query.fresh = stale_ok;
    query.filter.limit = page_orders;
    const auto every = std::max<std::size_t>(1, truth_.size() / details_max);
    for (std::size_t count = 0;;) {
      auto page = daybook_.ask<std::vector<order_summary>>(query);
      if (!page)
        return page.error();
      view_.take(*page);
      for (const auto& each : *page)
        if (count++ % every == 0 && each.position <= sums_.position)
          sample_.push_back(each.order_id);
      tell_(static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(truth_.size(), 1)), "comparing orders");
      if (page->size() < page_orders)
        break;
      query.filter.after = page->back().order_id;
    }
    view_.finish_orders();
    return done{};
  }

  result<done> compare_sales() {
    std::vector<std::pair<sales_key, std::vector<sales_row>>> all;
    for (const auto by : {sales_key::country, sales_key::day, sales_key::customer, sales_key::product}) {
      auto rows = daybook_.ask<std::vector<sales_row>>(sales_query{by, 0, stale_ok});
      if (!rows)
        return rows.error();
      all.emplace_back(by, std::move(*rows));
    }
    auto status = daybook_.ask<view_status>(view_status_query{stale_ok});
    if (!status)
      return status.error();
    found_.is_whole = status->position == sums_.position;
    if (found_.is_whole)
      for (const auto& [by, rows] : all)
        view_.compare(rows, by);
    return done{};
  }

  result<done> compare_details() {
    for (const auto& id : sample_) {
      auto events = daybook_.ask<std::vector<recorded_event>>(history_query{id});
      auto answer = daybook_.ask<order_details>(show_query{id, stale_ok, {}});
      if (!answer && answer.error().code != errc::not_found)
        return answer.error();
      // An order that is missing on one side was named already.
      if (!events || !answer || events->back().position != answer->summary.position)
        continue;
      order state;
      for (const auto& each : *events)
        if (const auto fact = order_codec::decode(each.type, each.data); fact.ok())
          evolve(state, *fact);
      ++found_.details;
      view_.compare(*answer, details_of(state, id, events->back().version, events->back().position));
    }
    return done{};
  }

  session& daybook_;
  const check_progress& tell_;
  check_result found_;
  receipt_check receipts_;
  journal_fold truth_;
  view_check view_;
  summary_report sums_;
  std::vector<std::string> sample_;
};

} // namespace

result<check_result> check_books(session& daybook, const run_names& names, std::vector<kept_receipt> receipts,
                                 std::chrono::milliseconds view_wait, const check_progress& tell) {
  position_t wanted = 0;
  for (const auto& each : receipts)
    wanted = std::max<position_t>(wanted, each.position);
  auto run = std::make_unique<checker>(daybook, names, std::move(receipts), tell);
  return run->run(wanted, view_wait);
}

} // namespace daybook::load
