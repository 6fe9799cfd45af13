#include "daybook/apps/load/journal_fold.hpp"

#include <algorithm>

#include "daybook/apps/load/random.hpp"
#include "daybook/persistence/order_codec.hpp"

namespace daybook::load {

std::uint64_t texts_of(std::string_view customer, std::string_view country, std::string_view currency,
                       std::string_view ordered_at) noexcept {
  std::uint64_t hash = 0;
  for (const auto each : {customer, country, currency, ordered_at})
    hash = scramble(hash ^ hash_of(each));
  return hash;
}

folded_order* journal_fold::find(std::string_view order_id) {
  const auto found = by_id_.find(hash_of(order_id));
  return found == by_id_.end() ? nullptr : &orders_[found->second];
}

std::uint32_t journal_fold::index_of(std::string_view order_id) {
  const auto [found, is_new] = by_id_.emplace(hash_of(order_id), static_cast<std::uint32_t>(orders_.size()));
  if (is_new)
    orders_.emplace_back();
  return found->second;
}

const folded_order* journal_fold::apply(const recorded_event& event) {
  const auto where = [&] { return "event " + std::to_string(event.position) + " (" + event.stream + ")"; };
  if (event.position != position_ + 1)
    wrong_.add(where() + " follows event " + std::to_string(position_) + " in the journal");
  position_ = event.position;
  const auto id = order_id_of(event.stream);
  if (!id)
    return nullptr;
  const auto index = index_of(*id);
  auto& each = orders_[index];
  if (event.version != each.version + 1)
    wrong_.add(where() + " has version " + std::to_string(event.version) + "; its order had " + std::to_string(each.version));
  each.version = event.version;
  each.position = event.position;
  if (each.requested == 0)
    each.requested = event.position;
  const auto fact = order_codec::decode(event.type, event.data);
  if (!fact) {
    wrong_.add(where() + " cannot be read: " + fact.error().message);
    return &each;
  }
  auto state = restored(each);
  evolve(state, *fact);
  store(state, each);
  count(index, *fact);
  return &each;
}

/// What `evolve` needs of the order: everything but the request.
order journal_fold::restored(const folded_order& from) const {
  order state;
  state.status = from.status;
  state.total = from.total;
  state.paid = from.paid;
  state.returned_value = from.returned_value;
  state.refunded = from.refunded;
  const auto begin = lines_.begin() + from.lines_at;
  state.lines.assign(begin, begin + from.lines);
  return state;
}

void journal_fold::store(const order& state, folded_order& into) {
  into.status = state.status;
  into.total = state.total;
  into.paid = state.paid;
  into.returned_value = state.returned_value;
  into.refunded = state.refunded;
  if (into.lines != state.lines.size()) {
    into.lines_at = static_cast<std::uint32_t>(lines_.size());
    into.lines = static_cast<std::uint32_t>(state.lines.size());
    lines_.insert(lines_.end(), state.lines.begin(), state.lines.end());
  } else {
    std::copy(state.lines.begin(), state.lines.end(), lines_.begin() + into.lines_at);
  }
}

void journal_fold::count(std::uint32_t index, const order_event& event) {
  auto& each = orders_[index];
  if (const auto* requested = std::get_if<order_requested>(&event)) {
    each.texts = texts_of(requested->customer, requested->country, requested->currency, requested->ordered_at);
    requests_[index] = *requested;
  } else if (const auto* validated = std::get_if<order_validated>(&event)) {
    const auto request = requests_.find(index);
    if (request == requests_.end())
      return wrong_.add("event " + std::to_string(each.position) + " validates an order that was not requested");
    count_sale(request->second, *validated);
    requests_.erase(request);
  } else if (const auto* rejected = std::get_if<order_rejected>(&event)) {
    each.rejections = 0;
    for (const auto reason : rejected->reasons) {
      ++reasons_[static_cast<std::size_t>(reason)];
      each.rejections = static_cast<std::uint16_t>(each.rejections | 1u << static_cast<unsigned>(reason));
    }
    requests_.erase(index);
  }
}

void journal_fold::count_sale(const order_requested& request, const order_validated& event) {
  ++sums_.orders_validated;
  sums_.validated_lines += static_cast<std::int64_t>(event.lines.size());
  totals_[request.currency] += event.total;
  for (std::size_t i = 0; i < event.lines.size(); ++i) {
    sums_.validated_units += event.lines[i].quantity;
    if (i < request.lines.size())
      by_product_[request.lines[i].stock_code] += event.lines[i].quantity;
  }
  const auto& country = request.country.empty() ? "Unspecified" : request.country;
  for (auto* sum : {&by_country_[{country, request.currency}], &by_customer_[{request.customer, request.currency}],
                    &by_day_[{request.ordered_at.substr(0, 10), request.currency}]}) {
    ++sum->orders;
    sum->total += event.total;
  }
}

summary_report journal_fold::summary() const {
  auto report = sums_;
  std::array<std::int64_t, order_status_count> statuses{};
  for (const auto& each : orders_)
    ++statuses[static_cast<std::size_t>(each.status)];
  for (int i = 0; i < order_status_count; ++i)
    if (const auto count = statuses[static_cast<std::size_t>(i)]; count > 0)
      report.by_status.emplace_back(name(static_cast<order_status>(i)), count);
  report.orders_requested = static_cast<std::int64_t>(orders_.size());
  report.orders_rejected = statuses[static_cast<std::size_t>(order_status::rejected)];
  for (int i = 0; i < rejection_count; ++i)
    report.rejected_by_reason.emplace_back(name(static_cast<rejection>(i)), reasons_[static_cast<std::size_t>(i)]);
  report.validated_total.assign(totals_.begin(), totals_.end());
  report.position = position_;
  return report;
}

} // namespace daybook::load
