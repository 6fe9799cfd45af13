#include "daybook/bench/journal/lifecycle.hpp"

#include "daybook/bench/support.hpp"
#include "daybook/domain/money.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::bench {

namespace {

/// An amount of GBP as people write it.
std::string decimal(minor_units amount) {
  auto cents = std::to_string(amount % 100);
  return std::to_string(amount / 100) + (cents.size() < 2 ? ".0" : ".") + cents;
}

/// The wishes behind the submission that a life of this kind has (see the class's comment).
order_action wish_at(std::size_t kind, std::size_t number, const order& state) {
  const record_payment payment{decimal(state.total), "", "INV-20101201-0001"};
  if (number == 0)
    return kind < 18 ? order_action{cancel_order{"customer changed their mind"}} : order_action{payment};
  if (number == 1)
    return ship_order{"Royal Mail", "RM123456785GB"};
  if (number == 2)
    return kind < 24 ? order_action{mark_undeliverable{"nobody at home"}} : order_action{deliver_order{}};
  if (number == 3 && kind >= 24)
    return return_items{{{1, state.lines.front().quantity}}, "damaged on arrival"};
  return record_refund{decimal(state.due_back()), "", "REF-20101208-0001"};
}

/// How many wishes follow the submission.
std::size_t wishes_of(std::size_t kind) {
  if (kind < 8)
    return 0; // rejected
  if (kind < 18)
    return 1; // cancelled
  if (kind < 24)
    return kind % 2 == 0 ? 3 : 4; // undeliverable, some refunded
  if (kind < 32)
    return 5; // returned and refunded
  if (kind < 40)
    return kind % 3; // still open
  return 3;          // delivered
}

} // namespace

lifecycle::lifecycle(std::uint64_t seed) : state_(seed) {
  for (std::size_t kind = 0; kind < 100; ++kind)
    lives_.push_back(make_life(kind, seed + kind));
}

lifecycle::life lifecycle::make_life(std::size_t kind, std::uint64_t seed) {
  life all;
  order state;
  const auto record = [&](const std::vector<order_event>& events, std::uint64_t hash, bool is_owed) {
    step next{{}, hash, is_owed};
    for (const auto& each : events) {
      evolve(state, each);
      next.events.push_back({std::string{type_name(each)}, order_codec::encode(each), false});
    }
    next.events.back().open = !follow_up(state).empty();
    all.push_back(std::move(next));
  };
  const auto carry_out = [&](order_action action) {
    const auto hash = order_codec::fingerprint(action);
    const auto decision = decide(state, {"1", "1", "", "", 0, std::move(action)});
    require(decision.index() == 0, "a wish of a life was refused");
    record(std::get<0>(decision), hash, false);
    if (const auto owed = follow_up(state); !owed.empty())
      record(owed, hash, true);
  };
  auto request = make_request(1 + seed % 5, seed);
  if (kind < 8)
    request.lines.back().quantity = "-6";
  carry_out(request);
  for (std::size_t number = 0; number < wishes_of(kind); ++number)
    carry_out(wish_at(kind, number, state));
  return all;
}

void lifecycle::next_order(std::vector<commit>& into) {
  const auto number = orders_++;
  // A prime: the kinds come mixed.
  const auto& steps = lives_[number * 37 % lives_.size()];
  const auto stream = "order-" + cheap_uuid(number, state_);
  version_t version = 0;
  for (const auto& each : steps) {
    commit next;
    next.stream = stream;
    next.expected_version = version;
    next.command_id = each.is_owed ? into.back().command_id : cheap_uuid(number, state_);
    next.command_hash = each.hash;
    next.events = each.events;
    version += static_cast<version_t>(each.events.size());
    into.push_back(std::move(next));
  }
}

std::size_t json_bytes(const recorded_event& event) {
  static constexpr std::string_view frame =
    R"({"position":,"stream":"","version":,"type":"","recorded_at":"2026-11-23T10:15:00.123456Z","command_id":"","data":})";
  auto size = frame.size() + std::to_string(event.position).size() + event.stream.size() +
              std::to_string(event.version).size() + event.type.size() + event.command_id.size() + event.data.size();
  if (event.correlation_id != event.command_id)
    size += std::string_view{R"(,"correlation_id":"")"}.size() + event.correlation_id.size();
  if (event.causation_id != event.command_id)
    size += std::string_view{R"(,"causation_id":"")"}.size() + event.causation_id.size();
  return size;
}

std::size_t printed_bytes(const recorded_event& event) {
  static constexpr std::string_view frame =
    R"({"position":,"order_id":"","version":,"type":"","recorded_at":"2026-11-23T10:15:00.123456Z",)"
    R"("command_id":"","correlation_id":"","causation_id":"","data":})";
  return frame.size() + std::to_string(event.position).size() + order_id_or_stream(event.stream).size() +
         std::to_string(event.version).size() + event.type.size() + event.command_id.size() + event.correlation_id.size() +
         event.causation_id.size() + event.data.size();
}

commit payment_commit(std::string stream, version_t expected, std::size_t events, std::size_t record, std::string command_id) {
  commit made;
  made.stream = std::move(stream);
  made.expected_version = expected;
  made.command_id = std::move(command_id);
  made.command_hash = 0x0123456789abcdef;
  new_event event{"PaymentRecorded", R"({"amount_minor":2208,"currency":"GBP","reference":""})", false};
  recorded_event text;
  text.position = 1'000'000;
  text.version = 100;
  text.stream = made.stream;
  text.type = event.type;
  text.command_id = text.correlation_id = text.causation_id = made.command_id;
  text.data = event.data;
  const auto bare = json_bytes(text);
  if (record > bare)
    event.data.insert(event.data.size() - 2, std::string(record - bare, 'x'));
  made.events.assign(events, event);
  return made;
}

} // namespace daybook::bench
