#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/apps/load/catalogue.hpp"
#include "daybook/apps/load/life.hpp"
#include "daybook/apps/load/names.hpp"
#include "daybook/domain/commands.hpp"
#include "daybook/domain/money.hpp"

namespace daybook::load {

/// What a run sends.
enum class mix : std::uint8_t {
  /// Whole lives, with realistic shares of rejection, cancellation, return.
  lifecycle,
  /// New orders of three lines.
  submit,
  /// Questions about existing orders.
  read,
  /// Lives, and questions about the orders that live.
  mixed,
  /// Small payments on orders that were prepared before the clock starts: one event each.
  pay,
  /// The orders of a file.
  replay,
};

std::string_view name(mix what) noexcept;
std::optional<mix> mix_from(std::string_view name) noexcept;

/// What figures are kept apart for: the steps of a life, then the questions.
enum class operation : std::uint8_t {};
inline constexpr int operation_count = step_count + 4;

enum class question : std::uint8_t { show, list, summary, sales };
constexpr operation operation_of(step what) noexcept {
  return static_cast<operation>(what);
}
constexpr operation operation_of(question what) noexcept {
  return static_cast<operation>(step_count + static_cast<int>(what));
}
/// As reports call it: the command's name, or "show", "list", "summary", "sales".
std::string_view name(operation what) noexcept;
constexpr bool is_question(operation what) noexcept {
  return static_cast<int>(what) >= step_count;
}

/// What has to be remembered of something that was sent.
struct sent {
  static constexpr std::uint32_t no_slot = ~std::uint32_t{0};
  /// Where its life goes on.
  std::uint32_t slot = no_slot;
  order_number order = 0;
  std::uint64_t command_hash = 0;
  operation what{};
};

/// A question as it is to be asked.
struct asked {
  question what = question::show;
  /// Order id or customer.
  std::string about;
};

/// What can be sent now.
enum class offer : std::uint8_t {
  command,
  question,
  /// Nothing before an answer comes.
  wait,
  /// Nothing any more.
  finished,
};

/// How a command ended, as far as its order's life goes on.
enum class ending : std::uint8_t { carried_out, refused, failed };

struct workload_settings {
  mix what = mix::lifecycle;
  /// Orders to begin, and things to send, in the measured phase; nothing: no limit.
  std::optional<std::uint32_t> orders;
  std::optional<std::uint64_t> commands;
  /// Orders to prepare first.
  std::uint32_t prepare = 0;
  /// Lives under way at a time, about.
  std::uint32_t lives_max = 4'096;
  /// Ids to ask about; empty: those that the run made.
  std::vector<std::string> readable;
  /// For `replay`: what is submitted, in this order. When it is due is the schedule's matter.
  std::vector<order_command> script;
};

/// Says what to send next. Pure: the same seed and the same answers give the same commands, and an order's own commands depend
/// on seed and number alone. Allocates for the texts of a command only.
class workload {
public:
  workload(workload_settings settings, const run_names& names);

  /// Which phase begins: prepared, warm_up, measured, in this order. What is under way goes on.
  void begin(phase next);

  /// Fills in `wish` or `text`, and `tag`, by what it offers.
  offer next(order_command& wish, asked& text, sent& tag);

  /// Tells how something that was sent ended.
  void ended(const sent& tag, ending how);

  /// Orders begun in the measured phase.
  std::uint32_t orders_begun() const noexcept { return begun_[static_cast<std::size_t>(phase::measured)]; }

private:
  struct living {
    order_number number = 0;
    std::uint32_t turn = 0;
    minor_units total = 0;
    minor_units due = 0;
    minor_units first_price = 0;
    std::uint8_t life = 0;
    std::uint8_t at = 0;
    std::uint8_t lines = 0;
    std::uint8_t quantities[5] = {};
  };

  bool may_begin() const noexcept;
  bool may_send() const noexcept;
  offer give_new(order_command& wish, sent& tag);
  offer give_life(order_command& wish, sent& tag);
  offer give_payment(order_command& wish, sent& tag);
  offer give_script(order_command& wish, sent& tag);
  offer give_question(asked& text, sent& tag);
  offer begin_life(order_command& wish, sent& tag);
  offer go_on(std::uint32_t slot, order_command& wish, sent& tag);
  void name_command(order_command& wish, order_number order, std::uint32_t turn, step what, sent& tag) const;
  void fill_request(submit_order& into, living& each, random_numbers& numbers, fate way) const;
  order_action action_of(living& each, step what) const;
  random_numbers numbers_of(order_number order) const noexcept;
  void remember_readable(order_number order);

  workload_settings settings_;
  const run_names& names_;
  catalogue goods_;
  lives lives_;
  random_numbers dice_;
  phase phase_ = phase::measured;
  std::uint32_t begun_[3] = {};
  std::uint64_t given_ = 0;
  std::uint64_t payments_ = 0;
  std::vector<living> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::deque<std::uint32_t> ready_;
  std::size_t alive_ = 0;
  /// The last ones that were acknowledged, to be asked about.
  std::vector<order_number> recent_;
  std::size_t recent_next_ = 0;
};

} // namespace daybook::load
