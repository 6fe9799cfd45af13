#include "daybook/apps/load/receipt_check.hpp"

#include <algorithm>
#include <utility>

#include "daybook/apps/load/random.hpp"

namespace daybook::load {

receipt_check::receipt_check(const run_names& names, std::vector<kept_receipt> receipts, differences& wrong) :
    names_(names), receipts_(std::move(receipts)), met_(receipts_.size()), wrong_(wrong) {
  std::size_t size = 16;
  while (size < receipts_.size() * 2)
    size *= 2;
  table_.assign(size, none);
  for (std::uint32_t i = 0; i < receipts_.size(); ++i) {
    insert(i);
    if (receipts_[i].says() == saying::refused && receipts_[i].position > 0)
      refused_at_.emplace(receipts_[i].position, i);
  }
}

void receipt_check::insert(std::uint32_t index) noexcept {
  const auto mask = table_.size() - 1;
  auto at = static_cast<std::size_t>(receipts_[index].command_hash) & mask;
  while (table_[at] != none)
    at = (at + 1) & mask;
  table_[at] = index;
}

std::uint32_t receipt_check::find(std::uint64_t command_hash) const noexcept {
  const auto mask = table_.size() - 1;
  for (auto at = static_cast<std::size_t>(command_hash) & mask; table_[at] != none; at = (at + 1) & mask)
    if (receipts_[table_[at]].command_hash == command_hash)
      return table_[at];
  return none;
}

bool receipt_check::fits(const kept_receipt& each, const recorded_event& event, order_number order,
                         const folded_order& after) const noexcept {
  return each.position == event.position && each.order == order && each.version == (event.version & 0xffffff) &&
         each.order_is() == after.status;
}

void receipt_check::take(const recorded_event& event, const folded_order& after) {
  const auto id = order_id_of(event.stream);
  const auto order = id ? names_.number_in(*id) : std::nullopt;
  if (!order)
    return;
  for (auto [i, end] = refused_at_.equal_range(event.position); i != end; ++i)
    met_[i->second].fits = fits(receipts_[i->second], event, *order, after);
  const auto index = find(hash_of(event.command_id));
  if (index == none) {
    // Orders that bring their own ids may have been there before, or be somebody else's as well.
    if (names_.own_ids().empty())
      wrong_.add("event " + std::to_string(event.position) + " (" + event.type + " of order " + std::string{*id} +
                 ") comes from a command that this run did not send: " + event.command_id);
    return;
  }
  auto& known = met_[index];
  auto& times = event.type == "OrderRequested" ? known.requests : known.outcomes;
  times = static_cast<std::uint8_t>(std::min(255, times + 1));
  if (receipts_[index].says() == saying::carried_out && fits(receipts_[index], event, *order, after))
    known.fits = true;
}

void receipt_check::finish() {
  for (std::uint32_t i = 0; i < receipts_.size(); ++i)
    judge(i);
}

std::string receipt_check::in_words(const kept_receipt& each) const {
  return "order " + names_.order_id(each.order) + ": the " + (each.is_submit != 0 ? "request" : "command") +
         (each.position > 0 ? " whose receipt says " + std::string{name(each.order_is())} + ", version " +
                                std::to_string(each.version) + ", position " + std::to_string(each.position)
                            : std::string{" without a receipt"});
}

void receipt_check::judge(std::uint32_t index) {
  const auto& each = receipts_[index];
  const auto& found = met_[index];
  const auto times = std::max(found.requests, found.outcomes);
  const auto several = [&] { return wrong_.add(in_words(each) + " is in the journal " + std::to_string(times) + " times"); };
  switch (each.says()) {
    case saying::carried_out:
      if (found.outcomes == 0 || (each.is_submit != 0 && found.requests == 0))
        return wrong_.add(in_words(each) + " is not in the journal");
      if (times > 1)
        return several();
      if (!found.fits)
        return wrong_.add(in_words(each) + " is in the journal otherwise");
      return;
    case saying::refused:
      if (times > 0)
        return wrong_.add(in_words(each) + " was refused, but is in the journal");
      if (each.position > 0 && !found.fits)
        return wrong_.add(in_words(each) + " was refused, and the journal does not have its order so");
      return;
    case saying::unknown:
      if (times > 1)
        return several();
      return;
    case saying::not_stored:
      if (times > 0)
        return wrong_.add(in_words(each) + " was not taken, but is in the journal");
      return;
  }
}

} // namespace daybook::load
