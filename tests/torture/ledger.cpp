#include "ledger.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "daybook/domain/reasons.hpp"

namespace daybook::torture {

namespace {

/// Past it a report says nothing new.
constexpr std::size_t faults_max = 20;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& each : words)
    text += (text.empty() ? "" : " ") + each;
  return text.empty() ? "nothing" : text;
}

std::string in_words(const receipt& text) {
  return text.id + " " + text.status + " position " + std::to_string(text.position) + " version " +
         std::to_string(text.version) + " (" + joined(text.reasons) + ")" + (text.refused ? " refused" : "");
}

bool is_same(const receipt& one, const receipt& other) {
  return one.id == other.id && one.status == other.status && one.position == other.position && one.version == other.version
         && one.reasons == other.reasons && one.command_id == other.command_id && one.refused == other.refused;
}

} // namespace

ledger::ledger(ledger_options options) : options_(options), teller_(options.seed), random_(options.seed ^ 0x9e3779b97f4a7c15) {
  // nop
}

void ledger::fault(const std::string& what) {
  if (faults_.size() < faults_max)
    faults_.push_back(what);
}

std::string ledger::describe(const tale& each, std::size_t number) const {
  const auto& wish = each.what.steps[number].wish;
  return "order " + each.what.id + ", command " + std::to_string(number + 1) + " (" + std::string{name(wish.action)} + ", " +
         wish.command_id + ")";
}

// -- load ----------------------------------------------------------------------------------------------------------------

void ledger::activate() {
  tale fresh;
  fresh.what = teller_.next();
  const auto index = tales_.size();
  for (std::size_t i = 0; i < fresh.what.steps.size(); ++i)
    by_command_[fresh.what.steps[i].wish.command_id] = {index, i};
  by_id_[fresh.what.id] = index;
  tales_.push_back(std::move(fresh));
  active_.push_back(index);
}

bool ledger::can_send(const tale& each) const {
  if (each.rests || each.sent.size() == each.what.steps.size())
    return false;
  return options_.pipelined || each.sent.empty() || each.sent.back().is_acknowledged;
}

token ledger::next() {
  active_.erase(std::remove_if(active_.begin(), active_.end(),
                               [&](auto index) { return tales_[index].sent.size() == tales_[index].what.steps.size(); }),
                active_.end());
  while (active_.size() < options_.active_orders)
    activate();
  const auto start = pick(random_, 0, active_.size() - 1);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const auto index = active_[(start + i) % active_.size()];
    if (!can_send(tales_[index]))
      continue;
    tales_[index].sent.emplace_back();
    return {index, tales_[index].sent.size() - 1};
  }
  activate();
  tales_.back().sent.emplace_back();
  return {tales_.size() - 1, 0};
}

const order_command& ledger::wish(token which) const {
  return tales_[which.order].what.steps[which.step].wish;
}

void ledger::acknowledge(token which, const receipt& answer) {
  auto& order = tales_[which.order];
  auto& mine = order.sent[which.step];
  const auto& after = order.what.steps[which.step].after;
  const auto& command_id = order.what.steps[which.step].wish.command_id;
  if (answer.id != order.what.id || answer.command_id != command_id || answer.reasons != after.reasons
      || answer.refused != after.refused
      || (!after.refused && (answer.status != after.status || answer.version != after.version || answer.position == 0)))
    fault(describe(order, which.step) + " has a receipt that it must not have: " + in_words(answer));
  if (!after.refused && mine.events == after.events && answer.position != mine.position)
    fault(describe(order, which.step) + " is at position " + std::to_string(mine.position) +
          " in the journal, its receipt says " + in_words(answer));
  if (!std::exchange(mine.is_acknowledged, true))
    ++acknowledged_;
  mine.answer = answer;
  mine.failure.reset();
  order.rests = std::any_of(order.sent.begin(), order.sent.end(), [](const auto& each) { return each.failure.has_value(); });
}

void ledger::fail(token which, errc code) {
  auto& order = tales_[which.order];
  order.sent[which.step].failure = code;
  order.rests = true;
  ++failed_;
  const auto& expected = options_.may_fail_with;
  if (code != errc::unavailable && code != errc::shutting_down
      && std::find(expected.begin(), expected.end(), code) == expected.end())
    fault(describe(order, which.step) + " failed with " + std::string{name(code)});
}

// -- after a restart -----------------------------------------------------------------------------------------------------

void ledger::read(const recorded_commit& found) {
  for (const auto& each : found.events) {
    if (each.position != read_to_ + 1)
      return fault("position " + std::to_string(each.position) + " follows position " + std::to_string(read_to_));
    read_to_ = each.position;
    if (each.recorded_at < recorded_to_)
      fault("the time goes backwards at position " + std::to_string(each.position));
    recorded_to_ = each.recorded_at;
    const auto known = by_command_.find(each.command_id);
    const auto* order = known == by_command_.end() ? nullptr : &tales_[known->second.order];
    if (order == nullptr || known->second.step >= order->sent.size() || each.stream != "order-" + order->what.id) {
      fault("nobody sent command " + each.command_id + " of " + each.stream + " at position " + std::to_string(each.position));
      continue;
    }
    auto& mine = tales_[known->second.order];
    auto& step = mine.sent[known->second.step];
    if (each.version != mine.version + 1)
      fault(describe(mine, known->second.step) + " has version " + std::to_string(each.version) + " behind version " +
            std::to_string(mine.version));
    mine.version = step.version = each.version;
    mine.position = step.position = each.position;
    step.events.push_back(each.type);
  }
  digest_ = found.digest;
}

void ledger::settle(bool open_requests) {
  for (const auto& each : tales_) {
    bool is_there = true;
    for (std::size_t i = 0; i < each.sent.size(); ++i) {
      settle(each, i, open_requests);
      if (each.what.steps[i].after.refused)
        continue;
      const bool is_recorded = !each.sent[i].events.empty();
      if (is_recorded && !is_there)
        fault(describe(each, i) + " is in the journal, and one before it is not");
      is_there = is_recorded;
    }
  }
}

void ledger::settle(const tale& each, std::size_t number, bool open_requests) {
  const auto& mine = each.sent[number];
  const auto& after = each.what.steps[number].after;
  const bool is_whole = mine.events == after.events;
  if (mine.is_acknowledged && !after.refused) {
    if (mine.events.size() < after.events.size()) {
      ++lost_;
      fault("LOST: " + describe(each, number) + " was acknowledged and the journal holds " + joined(mine.events) +
            "; receipt: " + in_words(mine.answer));
    } else if (mine.events.size() > after.events.size()) {
      ++doubled_;
      fault("DOUBLED: " + describe(each, number) + ": the journal holds " + joined(mine.events));
    } else if (!is_whole || mine.position != mine.answer.position || mine.version != mine.answer.version) {
      fault(describe(each, number) + " is in the journal as " + joined(mine.events) + " at position " +
            std::to_string(mine.position) + ", not as its receipt says: " + in_words(mine.answer));
    }
    return;
  }
  const bool is_open = open_requests && mine.events == std::vector<std::string>{"OrderRequested"};
  if (mine.events.size() > after.events.size())
    ++doubled_;
  if (!mine.events.empty() && !is_whole && !is_open)
    fault(describe(each, number) + " had no receipt and is there in part or more than once: " + joined(mine.events));
  // A submission that found no room for its verdict was stored nevertheless.
  if (mine.failure == errc::disk_full && !mine.events.empty() && number > 0)
    fault(describe(each, number) + " was refused with disk_full and is in the journal");
}

std::vector<token> ledger::unsettled() const {
  std::vector<token> all;
  for (std::size_t i = 0; i < tales_.size(); ++i)
    for (std::size_t j = 0; j < tales_[i].sent.size(); ++j)
      if (!tales_[i].sent[j].is_acknowledged)
        all.push_back({i, j});
  return all;
}

std::vector<token> ledger::acknowledged_commands() const {
  std::vector<token> all;
  for (std::size_t i = 0; i < tales_.size(); ++i)
    for (std::size_t j = 0; j < tales_[i].sent.size(); ++j)
      if (tales_[i].sent[j].is_acknowledged)
        all.push_back({i, j});
  return all;
}

std::vector<token> ledger::acknowledged_sample(std::mt19937_64& random, std::size_t most) const {
  std::vector<token> sample;
  for (std::size_t i = 0; i < most && !tales_.empty(); ++i) {
    const auto order = static_cast<std::size_t>(pick(random, 0, tales_.size() - 1));
    for (std::size_t j = 0; j < tales_[order].sent.size(); ++j)
      if (tales_[order].sent[j].is_acknowledged)
        sample.push_back({order, j});
  }
  return sample;
}

void ledger::repeat(token which, const receipt& again) {
  const auto& order = tales_[which.order];
  const auto& first = order.sent[which.step].answer;
  const bool is_right = first.refused ? again.refused && again.reasons == first.reasons : is_same(first, again);
  if (!is_right)
    fault(describe(order, which.step) + " was repeated: first " + in_words(first) + ", again " + in_words(again));
}

// -- the view ------------------------------------------------------------------------------------------------------------

const expectation* ledger::state_of(const tale& each) const {
  const expectation* last = nullptr;
  for (std::size_t i = 0; i < each.sent.size(); ++i)
    if (!each.sent[i].events.empty())
      last = &each.what.steps[i].after;
  return last;
}

std::size_t ledger::orders() const noexcept {
  return static_cast<std::size_t>(
    std::count_if(tales_.begin(), tales_.end(), [](const auto& each) { return each.version > 0; }));
}

std::size_t ledger::open_requests() const noexcept {
  return static_cast<std::size_t>(
    std::count_if(tales_.begin(), tales_.end(), [](const auto& each) { return each.version == 1; }));
}

void ledger::compare(const summary_report& found) {
  std::int64_t requested = 0;
  std::int64_t rejected = 0;
  std::int64_t lines = 0;
  std::int64_t units = 0;
  std::map<std::string, std::int64_t> by_reason;
  std::map<std::string, std::int64_t> by_status;
  std::map<std::string, minor_units> totals;
  for (const auto& each : tales_) {
    const auto* state = state_of(each);
    if (state == nullptr)
      continue;
    ++requested;
    ++by_status[state->status];
    if (state->status == "rejected") {
      ++rejected;
      for (const auto& reason : state->reasons)
        ++by_reason[reason];
      continue;
    }
    lines += static_cast<std::int64_t>(each.what.lines);
    units += each.what.units;
    totals[each.what.currency] += *state->total;
  }
  const auto check = [&](const std::string& what, std::int64_t wanted, std::int64_t is) {
    if (wanted != is)
      fault("report summary says " + std::to_string(is) + " for " + what + ", it is " + std::to_string(wanted));
  };
  check("position", static_cast<std::int64_t>(read_to_), static_cast<std::int64_t>(found.position));
  check("orders_requested", requested, found.orders_requested);
  check("orders_rejected", rejected, found.orders_rejected);
  check("orders_validated", requested - rejected, found.orders_validated);
  check("validated_lines", lines, found.validated_lines);
  check("validated_units", units, found.validated_units);
  for (const auto& [reason, count] : found.rejected_by_reason)
    check(reason, by_reason[reason], count);
  check("the number of statuses", static_cast<std::int64_t>(by_status.size()),
        static_cast<std::int64_t>(found.by_status.size()));
  for (const auto& [status, count] : found.by_status)
    check(status, by_status[status], count);
  check("the number of currencies", static_cast<std::int64_t>(totals.size()),
        static_cast<std::int64_t>(found.validated_total.size()));
  for (const auto& [currency, total] : found.validated_total)
    check(currency, totals[currency], total);
}

/// What is wrong with an order in the view; empty: nothing.
std::string ledger::differs(const tale& each, const order_summary& found) const {
  const auto* state = state_of(each);
  if (state == nullptr)
    return "is not in the journal";
  const bool is_rejected = state->status == "rejected";
  if (found.status != state->status)
    return "has status " + found.status + ", not " + state->status;
  if (found.version != each.version || found.position != each.position)
    return "is at position " + std::to_string(found.position) + ", not " + std::to_string(each.position);
  if (found.total != state->total || found.paid != state->paid || found.due_back != state->due_back
      || found.refunded != state->refunded)
    return "has other amounts than its receipts say";
  if (found.customer != each.what.customer || found.currency != each.what.currency)
    return "has another customer or currency";
  if (found.reasons != (is_rejected ? state->reasons : std::vector<std::string>{}))
    return "has other reasons";
  return {};
}

void ledger::compare(const std::vector<order_summary>& all) {
  if (all.size() != orders())
    fault("the view has " + std::to_string(all.size()) + " orders, the journal " + std::to_string(orders()));
  for (const auto& each : all) {
    const auto known = by_id_.find(each.order_id);
    if (known == by_id_.end()) {
      fault("the view has an order that nobody sent: " + each.order_id);
      continue;
    }
    if (const auto what = differs(tales_[known->second], each); !what.empty())
      fault("order " + each.order_id + " in the view " + what);
  }
}

void ledger::compare(const order_details& found) {
  const auto known = by_id_.find(found.summary.order_id);
  if (known == by_id_.end())
    return fault("order show knows an order that nobody sent: " + found.summary.order_id);
  const auto& each = tales_[known->second];
  auto what = differs(each, found.summary);
  const auto* state = state_of(each);
  if (what.empty() && state->status != "rejected") {
    std::int64_t units = 0;
    for (const auto& line : found.lines)
      units += line.quantity.value_or(-1);
    if (found.lines.size() != each.what.lines || units != each.what.units)
      what = "has other lines";
    for (std::size_t i = 0; what.empty() && i < found.lines.size(); ++i)
      if (found.lines[i].returned != state->returned[i])
        what = "has other pieces returned";
  }
  if (!what.empty())
    fault("order show: order " + found.summary.order_id + " " + what);
}

std::vector<std::string> ledger::sample_ids(std::mt19937_64& random, std::size_t most) const {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 4 * most && ids.size() < most && !tales_.empty(); ++i) {
    const auto& each = tales_[static_cast<std::size_t>(pick(random, 0, tales_.size() - 1))];
    if (each.version > 0)
      ids.push_back(each.what.id);
  }
  return ids;
}

} // namespace daybook::torture
