#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daybook/apps/load/random.hpp"
#include "daybook/apps/load/receipt_check.hpp"
#include "daybook/apps/load/view_check.hpp"
#include "daybook/persistence/order_codec.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

/// A journal, the receipts for it and what a view of it says, made by the domain's rules; each may then be spoilt.
class small_books {
public:
  /// Carries a command out and keeps its receipt.
  void send(order_number number, std::uint32_t turn, order_action action) {
    order_command wish;
    wish.id = names->order_id(number);
    wish.command_id = names->command_id(number, turn);
    wish.action = std::move(action);
    auto& each = orders[number];
    const bool is_submit = std::holds_alternative<submit_order>(wish.action);
    const auto decision = decide(each.state, wish);
    const auto* events = std::get_if<std::vector<order_event>>(&decision);
    if (events != nullptr) {
      for (const auto& fact : *events)
        record(each, wish, fact);
      for (const auto& fact : follow_up(each.state))
        record(each, wish, fact);
    }
    kept_receipt kept;
    kept.order = number;
    kept.command_hash = hash_of(wish.command_id);
    kept.position = each.position;
    kept.version = each.version & 0xffffff;
    kept.status = static_cast<std::uint32_t>(each.state.status) & 15;
    kept.said = static_cast<std::uint32_t>(events != nullptr ? saying::carried_out : saying::refused);
    kept.is_submit = is_submit ? 1 : 0;
    receipts.push_back(kept);
  }

  /// What the checks find.
  differences check() const {
    differences wrong;
    journal_fold truth{wrong};
    receipt_check against{*names, receipts, wrong};
    for (const auto& event : journal)
      if (const auto* after = truth.apply(event))
        against.take(event, *after);
    against.finish();
    return wrong;
  }

  std::vector<order_summary> rows() const {
    std::vector<order_summary> all;
    for (const auto& [number, each] : orders)
      all.push_back(details_of(each.state, names->order_id(number), each.version, each.position).summary);
    return all;
  }

  differences check_view(const std::vector<order_summary>& rows) const {
    differences wrong;
    journal_fold truth{wrong};
    for (const auto& event : journal)
      truth.apply(event);
    view_check view{truth, wrong};
    view.compare(truth.summary());
    view.take(rows);
    view.finish_orders();
    return wrong;
  }

  /// Takes an event out and closes the gap in positions and versions, as a clever loss would.
  void lose(std::size_t index) {
    const auto lost = journal[index];
    journal.erase(journal.begin() + static_cast<std::ptrdiff_t>(index));
    for (std::size_t i = index; i < journal.size(); ++i) {
      --journal[i].position;
      if (journal[i].stream == lost.stream)
        --journal[i].version;
    }
  }

  struct living {
    order state;
    version_t version = 0;
    position_t position = 0;
  };

  std::shared_ptr<const run_names> names = std::make_shared<run_names>(7);
  std::vector<recorded_event> journal;
  std::vector<kept_receipt> receipts;
  std::map<order_number, living> orders;

private:
  void record(living& each, const order_command& wish, const order_event& fact) {
    recorded_event event;
    event.position = journal.size() + 1;
    event.stream = "order-" + wish.id;
    event.version = each.version + 1;
    event.type = type_name(fact);
    event.command_id = wish.command_id;
    event.data = order_codec::encode(fact);
    journal.push_back(event);
    evolve(each.state, fact);
    each.version = event.version;
    each.position = event.position;
  }
};

submit_order request(const std::string& customer = "17850") {
  return {
    customer, "France", "GBP", "2010-12-01T08:26:00", {{"85123A", "HOLDER", "6", "2.55"}, {"71053", "LANTERN", "2", "3.39"}}};
}

/// Two orders: one paid in two halves and shipped, with a cancellation that came too late, one rejected.
small_books some_books() {
  small_books books;
  books.send(0, 0, request());
  books.send(1, 0, request(""));
  books.send(0, 1, record_payment{"10.00", "", ""});
  books.send(0, 2, record_payment{"12.08", "", ""});
  books.send(0, 3, ship_order{});
  books.send(0, 4, cancel_order{"late"});
  return books;
}

bool says(const differences& wrong, const std::string& part) {
  for (const auto& each : wrong.first())
    if (each.find(part) != std::string::npos)
      return true;
  return false;
}

} // namespace

TEST_CASE("Books that hold what was acknowledged pass the check") {
  const auto books = some_books();
  REQUIRE(books.journal.size() == 7);
  REQUIRE(books.receipts.back().says() == saying::refused);
  CHECK(books.check().count() == 0);
  CHECK(books.check_view(books.rows()).count() == 0);
}

TEST_CASE("An acknowledged event that is gone is found, also when what follows closed the gap") {
  for (std::size_t i = 0; i < some_books().journal.size(); ++i) {
    auto books = some_books();
    books.lose(i);
    INFO("event " << i + 1);
    CHECK(books.check().count() > 0);
  }
  auto books = some_books();
  books.lose(6);
  CHECK(says(books.check(),
             "order load-7-m0: the command whose receipt says shipped, version 5, position 7 is not in the journal"));
}

TEST_CASE("An acknowledged command that is there twice is found") {
  auto books = some_books();
  auto again = books.journal[4];
  again.position = books.journal.size() + 1;
  again.version = books.orders[0].version + 1;
  books.journal.push_back(again);
  CHECK(says(books.check(), "is in the journal 2 times"));
}

TEST_CASE("A receipt with another position, version, status or order than the journal is found") {
  for (int what = 0; what < 4; ++what) {
    auto books = some_books();
    auto& each = books.receipts[2];
    if (what == 0)
      each.position += 1;
    else if (what == 1)
      each.version += 1;
    else if (what == 2)
      each.status = static_cast<std::uint32_t>(order_status::paid) & 15;
    else
      each.order = 1;
    INFO("case " << what);
    CHECK(says(books.check(), "is in the journal otherwise"));
  }
}

TEST_CASE("A refused command that is in the journal, and one refused for a state that never was, are found") {
  auto books = some_books();
  books.receipts[2].said = static_cast<std::uint32_t>(saying::refused);
  CHECK(says(books.check(), "was refused, but is in the journal"));
  auto others = some_books();
  others.receipts.back().status = static_cast<std::uint32_t>(order_status::delivered) & 15;
  CHECK(says(others.check(), "was refused, and the journal does not have its order so"));
}

TEST_CASE("A command without a receipt may be there once or not at all, one that was not taken may not") {
  auto books = some_books();
  books.receipts[4].said = static_cast<std::uint32_t>(saying::unknown);
  CHECK(books.check().count() == 0);
  auto absent = books;
  absent.journal.pop_back();
  absent.receipts.pop_back();
  CHECK(absent.check().count() == 0);
  books.receipts[4].said = static_cast<std::uint32_t>(saying::not_stored);
  CHECK(says(books.check(), "was not taken, but is in the journal"));
}

TEST_CASE("An event of a run's order that the run did not ask for is found, and one of another order is not looked at") {
  auto books = some_books();
  books.receipts.erase(books.receipts.begin() + 2);
  CHECK(says(books.check(), "comes from a command that this run did not send"));
  auto strange = some_books();
  auto event = strange.journal[0];
  event.position = strange.journal.size() + 1;
  event.stream = "order-536365";
  strange.journal.push_back(event);
  CHECK(strange.check().count() == 0);
}

TEST_CASE("A gap in the journal's positions or an order's versions is found") {
  auto books = some_books();
  books.journal.back().position += 1;
  CHECK(says(books.check(), "follows event 6"));
  auto versions = some_books();
  versions.journal.back().version += 1;
  CHECK(says(versions.check(), "has version 6; its order had 4"));
}

TEST_CASE("Every field of a row of the view is held against the journal") {
  const auto books = some_books();
  const std::vector<std::pair<std::string, void (*)(order_summary&)>> changes{
    {"status", [](order_summary& row) { row.status = "delivered"; }},
    {"version", [](order_summary& row) { ++row.version; }},
    {"total", [](order_summary& row) { row.total = row.total.value_or(0) + 1; }},
    {"paid", [](order_summary& row) { row.paid += 1; }},
    {"due back", [](order_summary& row) { row.due_back += 1; }},
    {"refunded", [](order_summary& row) { row.refunded += 1; }},
    {"reasons", [](order_summary& row) { row.reasons.emplace_back("no_lines"); }},
    {"customer", [](order_summary& row) { row.customer += "1"; }},
    {"customer", [](order_summary& row) { row.country = "Spain"; }},
    {"customer", [](order_summary& row) { row.ordered_at = "2010-12-01T08:26:01"; }}};
  for (const auto& [what, change] : changes)
    for (std::size_t i = 0; i < 2; ++i) {
      auto rows = books.rows();
      change(rows[i]);
      INFO(what << " of row " << i);
      CHECK(says(books.check_view(rows), what));
    }
}

TEST_CASE("An order that the view lacks, or has and the journal does not, is found") {
  const auto books = some_books();
  auto rows = books.rows();
  rows.pop_back();
  CHECK(says(books.check_view(rows), "but not in the view"));
  rows = books.rows();
  rows.push_back(rows.back());
  rows.back().order_id = "somebody";
  CHECK(says(books.check_view(rows), "order somebody is in the view, but not in the journal"));
  // What came after the journal was read is somebody else's.
  rows.back().position = 100;
  CHECK(books.check_view(rows).count() == 0);
}

TEST_CASE("Sums and sales of the view are held against the journal") {
  const auto books = some_books();
  differences wrong;
  journal_fold truth{wrong};
  for (const auto& event : books.journal)
    truth.apply(event);
  auto summary = truth.summary();
  CHECK(summary.orders_requested == 2);
  CHECK(summary.orders_validated == 1);
  CHECK(summary.orders_rejected == 1);
  CHECK(summary.validated_lines == 2);
  CHECK(summary.validated_units == 8);
  CHECK(summary.validated_total == std::vector<std::pair<std::string, minor_units>>{{"GBP", 2208}});
  view_check view{truth, wrong};
  view.compare({{"France", "GBP", 1, 2208, 0}}, sales_key::country);
  view.compare({{"2010-12-01", "GBP", 1, 2208, 0}}, sales_key::day);
  view.compare({{"17850", "GBP", 1, 2208, 0}}, sales_key::customer);
  view.compare({{"85123A", "", 0, 0, 6}, {"71053", "", 0, 0, 2}}, sales_key::product);
  CHECK(wrong.count() == 0);
  view.compare({{"France", "GBP", 1, 2209, 0}}, sales_key::country);
  CHECK(wrong.count() == 1);
  view.compare(std::vector<sales_row>{}, sales_key::day);
  CHECK(wrong.count() == 2);
  view.compare({{"85123A", "", 0, 0, 6}}, sales_key::product);
  CHECK(wrong.count() == 3);
  summary.validated_units += 1;
  summary.by_status.clear();
  view.compare(summary);
  CHECK(wrong.count() == 6);
}

TEST_CASE("Lines of an order are held against the journal") {
  const auto books = some_books();
  differences wrong;
  journal_fold truth{wrong};
  view_check view{truth, wrong};
  const auto is = details_of(books.orders.at(0).state, "load-7-m0", 5, 7);
  view.compare(is, is);
  CHECK(wrong.count() == 0);
  auto other = is;
  other.lines[1].unit_price = 340;
  view.compare(other, is);
  CHECK(wrong.count() == 1);
}

TEST_CASE("The first ten differences are kept in words, all are counted") {
  differences wrong;
  for (int i = 0; i < 25; ++i)
    wrong.add(std::to_string(i));
  CHECK(wrong.count() == 25);
  CHECK(wrong.first().size() == 10);
  CHECK(wrong.first().back() == "9");
}
