#include "daybook/apps/load/workload.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::load {

namespace {

constexpr std::array<std::string_view, 6> mix_names{"lifecycle", "submit", "read", "mixed", "pay", "replay"};
/// Orders that are asked about: the last so many.
constexpr std::size_t recent_max = 65'536;
/// Of a mixed load: one in so many is a question.
constexpr std::uint64_t question_every = 4;
/// A life has four commands in the mean: one in four begins one.
constexpr std::uint64_t begin_every = 4;
constexpr std::size_t submit_lines = 3;

} // namespace

std::string_view name(mix what) noexcept {
  return mix_names[static_cast<std::size_t>(what)];
}

std::optional<mix> mix_from(std::string_view text) noexcept {
  const auto found = std::find(mix_names.begin(), mix_names.end(), text);
  if (found == mix_names.end())
    return std::nullopt;
  return static_cast<mix>(found - mix_names.begin());
}

std::string_view name(operation what) noexcept {
  constexpr std::array<std::string_view, 4> questions{"show", "list", "summary", "sales"};
  const auto index = static_cast<int>(what);
  return index < step_count ? command_name(static_cast<step>(index)) : questions[static_cast<std::size_t>(index - step_count)];
}

workload::workload(workload_settings settings, const run_names& names) :
    settings_(std::move(settings)), names_(names), dice_(scramble(names.seed())) {
  begin(settings_.prepare > 0 ? phase::prepared : phase::measured);
}

void workload::begin(phase next) {
  phase_ = next;
  given_ = 0;
}

bool workload::may_begin() const noexcept {
  const auto begun = begun_[static_cast<std::size_t>(phase_)];
  if (phase_ == phase::prepared)
    return begun < settings_.prepare;
  if (begun >= orders_max)
    return false;
  return phase_ != phase::measured || !settings_.orders || begun < *settings_.orders;
}

bool workload::may_send() const noexcept {
  return phase_ != phase::measured || !settings_.commands || given_ < *settings_.commands;
}

offer workload::next(order_command& wish, asked& text, sent& tag) {
  if (!may_send())
    return offer::finished;
  ++given_;
  auto given = offer::wait;
  if (phase_ == phase::prepared)
    given = give_new(wish, tag);
  else if (settings_.what == mix::read || (settings_.what == mix::mixed && dice_.below(question_every) == 0))
    given = give_question(text, tag);
  if (phase_ != phase::prepared && given == offer::wait) {
    switch (settings_.what) {
      case mix::submit: given = give_new(wish, tag); break;
      case mix::pay: given = give_payment(wish, tag); break;
      case mix::replay: given = give_script(wish, tag); break;
      case mix::lifecycle:
      case mix::mixed: given = give_life(wish, tag); break;
      case mix::read: given = offer::finished; break;
    }
  }
  if (given == offer::wait || given == offer::finished)
    --given_;
  return given;
}

void workload::ended(const sent& tag, ending how) {
  if (is_question(tag.what))
    return;
  const auto what = static_cast<step>(tag.what);
  if (what == step::submit && how == ending::carried_out)
    remember_readable(tag.order);
  if (tag.slot == sent::no_slot)
    return;
  auto& each = slots_[tag.slot];
  const bool goes_on = how == ending::carried_out || (how == ending::refused && what == step::cancel_late);
  if (goes_on && ++each.at < lives_.steps(each.life).size()) {
    ready_.push_back(tag.slot);
    return;
  }
  free_slots_.push_back(tag.slot);
  --alive_;
}

// -- one of each mix -----------------------------------------------------------------------------------------------------

offer workload::give_new(order_command& wish, sent& tag) {
  if (!may_begin())
    return offer::finished;
  const auto order = number_of(phase_, begun_[static_cast<std::size_t>(phase_)]++);
  auto numbers = numbers_of(order);
  living each;
  each.lines = submit_lines;
  wish.action.emplace<submit_order>();
  fill_request(std::get<submit_order>(wish.action), each, numbers, fate::unpaid);
  name_command(wish, order, 0, step::submit, tag);
  tag.slot = sent::no_slot;
  return offer::command;
}

offer workload::give_payment(order_command& wish, sent& tag) {
  const auto orders = settings_.prepare;
  if (orders == 0)
    return offer::finished;
  const auto order = number_of(phase::prepared, static_cast<std::uint32_t>(payments_ % orders));
  const auto turn = 1 + static_cast<std::uint32_t>(payments_ / orders);
  ++payments_;
  wish.action.emplace<record_payment>(record_payment{"0.01", {}, "load"});
  name_command(wish, order, turn, step::pay, tag);
  tag.slot = sent::no_slot;
  return offer::command;
}

offer workload::give_script(order_command& wish, sent& tag) {
  const auto at = begun_[static_cast<std::size_t>(phase::measured)];
  if (at >= settings_.script.size() || !may_begin())
    return offer::finished;
  ++begun_[static_cast<std::size_t>(phase::measured)];
  wish.action = std::move(settings_.script[at].action);
  name_command(wish, number_of(phase::measured, at), 0, step::submit, tag);
  tag.slot = sent::no_slot;
  return offer::command;
}

offer workload::give_question(asked& text, sent& tag) {
  const auto known = settings_.readable.size();
  if (known == 0 && recent_.empty())
    return offer::wait;
  const auto roll = dice_.below(1000);
  text.what = roll < 800 ? question::show : roll < 990 ? question::list : roll < 995 ? question::summary : question::sales;
  if (text.what == question::show) {
    if (known > 0)
      text.about = settings_.readable[dice_.below(known)];
    else
      text.about = names_.order_id(recent_[dice_.below(recent_.size())]);
  } else if (text.what == question::list) {
    text.about = goods_.draw_customer(dice_).id;
  }
  tag = {};
  tag.what = operation_of(text.what);
  return offer::question;
}

offer workload::give_life(order_command& wish, sent& tag) {
  const bool may = may_begin();
  if (may && (ready_.empty() || (alive_ < settings_.lives_max && dice_.below(begin_every) == 0)))
    return begin_life(wish, tag);
  if (ready_.empty())
    return alive_ == 0 ? offer::finished : offer::wait;
  const auto slot = ready_.front();
  ready_.pop_front();
  return go_on(slot, wish, tag);
}

// -- lives ---------------------------------------------------------------------------------------------------------------

offer workload::begin_life(order_command& wish, sent& tag) {
  const auto order = number_of(phase_, begun_[static_cast<std::size_t>(phase_)]++);
  auto numbers = numbers_of(order);
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  ++alive_;
  auto& each = slots_[slot];
  each = {};
  each.number = order;
  const auto way = fate_of(numbers.below(100));
  each.life = lives::life_of(way, numbers.below(10) == 0, numbers.below(50) == 0);
  each.lines = static_cast<std::uint8_t>(1 + numbers.below(5));
  wish.action.emplace<submit_order>();
  fill_request(std::get<submit_order>(wish.action), each, numbers, way);
  name_command(wish, order, each.turn++, step::submit, tag);
  tag.slot = slot;
  return offer::command;
}

offer workload::go_on(std::uint32_t slot, order_command& wish, sent& tag) {
  auto& each = slots_[slot];
  const auto what = lives_.steps(each.life)[each.at];
  wish.action = action_of(each, what);
  name_command(wish, each.number, each.turn++, what, tag);
  tag.slot = slot;
  return offer::command;
}

void workload::name_command(order_command& wish, order_number order, std::uint32_t turn, step what, sent& tag) const {
  wish.id = names_.order_id(order);
  wish.command_id = names_.command_id(order, turn);
  wish.correlation_id.clear();
  wish.causation_id.clear();
  tag.order = order;
  tag.command_hash = hash_of(wish.command_id);
  tag.what = operation_of(what);
}

/// The request of an order; what later steps need of it stays in `each`.
void workload::fill_request(submit_order& into, living& each, random_numbers& numbers, fate way) const {
  const auto& who = goods_.draw_customer(numbers);
  into.customer = who.id;
  into.country = who.country;
  into.currency = "GBP";
  into.ordered_at = goods_.draw_time(each.number, numbers);
  into.lines.resize(each.lines);
  for (std::uint8_t i = 0; i < each.lines; ++i) {
    const auto& what = goods_.draw_product(numbers);
    // Two pieces or more, so that a part can come back.
    const auto quantity = 2 + numbers.below(catalogue::quantity_max - 1);
    each.quantities[i] = static_cast<std::uint8_t>(quantity);
    each.total += static_cast<minor_units>(quantity) * what.pence;
    if (i == 0)
      each.first_price = what.pence;
    auto& line = into.lines[i];
    line.stock_code = what.stock_code;
    line.description = what.description;
    line.quantity = goods_.quantity_text(quantity);
    line.unit_price = what.price;
  }
  if (way != fate::rejected)
    return;
  switch (numbers.below(4)) {
    case 0: into.customer.clear(); break;
    case 1: into.lines[0].quantity = goods_.quantity_text(0); break;
    case 2: into.lines[0].unit_price = "1,95"; break;
    default: into.lines[0].stock_code.clear(); break;
  }
}

order_action workload::action_of(living& each, step what) const {
  const auto half = each.total / 2;
  switch (what) {
    case step::submit: break;
    case step::pay: return record_payment{format_amount(each.total, "GBP"), {}, "load"};
    case step::pay_half:
      // The first half is the smaller one; both are the total.
      return record_payment{format_amount(each.turn == 1 ? half : each.total - half, "GBP"), {}, "load"};
    case step::ship: return ship_order{"Parcel Post", "PP" + std::to_string(each.number)};
    case step::cancel_late:
    case step::cancel: each.due = each.total; return cancel_order{"changed my mind"};
    case step::deliver: return deliver_order{};
    case step::mark_undeliverable: each.due = each.total; return mark_undeliverable{"address unknown"};
    case step::return_one: each.due = each.first_price; return return_items{{{1, 1}}, "not as expected"};
    case step::return_all: {
      each.due = each.total;
      return_items all;
      for (std::uint8_t i = 0; i < each.lines; ++i)
        all.lines.push_back({i + 1, each.quantities[i]});
      all.reason = "not as expected";
      return all;
    }
    case step::refund: return record_refund{format_amount(each.due, "GBP"), {}, "load"};
  }
  return deliver_order{};
}

random_numbers workload::numbers_of(order_number order) const noexcept {
  return random_numbers{scramble(names_.seed()) ^ scramble(order)};
}

void workload::remember_readable(order_number order) {
  if (settings_.what != mix::read && settings_.what != mix::mixed)
    return;
  if (recent_.size() < recent_max)
    recent_.push_back(order);
  else
    recent_[recent_next_++ % recent_max] = order;
}

} // namespace daybook::load
