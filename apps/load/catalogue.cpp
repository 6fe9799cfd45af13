#include "daybook/apps/load/catalogue.hpp"

#include <array>

#include "daybook/domain/money.hpp"
#include "daybook/domain/time.hpp"

namespace daybook::load {

namespace {

constexpr std::array<const char*, 8> kinds{"RED RETROSPOT", "WHITE HANGING", "VINTAGE", "JUMBO",
                                           "PINK POLKADOT", "WOODEN",        "REGENCY", "ASSORTED COLOUR"};
constexpr std::array<const char*, 10> things{"HEART T-LIGHT HOLDER", "LUNCH BAG",       "CAKE STAND", "PARTY BUNTING",
                                             "BIRD ORNAMENT",        "TEACUP SAUCER",   "DOORMAT",    "ALARM CLOCK",
                                             "PICTURE FRAME",        "HOT WATER BOTTLE"};
constexpr std::array<const char*, 6> others{"Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium"};
/// 2025-11-03, a Monday.
constexpr time_us first_day = 20'395;
constexpr time_us day = 86'400'000'000;
/// Seconds.
constexpr std::uint64_t opens_at = 8 * 3600;
constexpr std::uint64_t opening_time = 10 * 3600;
constexpr std::uint64_t seconds_between = 4;
constexpr std::uint64_t lateness = 60;

} // namespace

catalogue::catalogue() {
  random_numbers numbers{17850};
  for (std::size_t i = 0; i < products_count; ++i) {
    product each;
    each.stock_code = std::to_string(20'000 + i * 7);
    if (numbers.below(6) == 0)
      each.stock_code += static_cast<char>('A' + numbers.below(6));
    each.description = std::string{kinds[numbers.below(kinds.size())]} + ' ' + things[numbers.below(things.size())];
    // Most cost little: 0.19 to 12.95.
    each.pence = static_cast<std::int64_t>(19 + numbers.below(37) * numbers.below(37));
    each.price = format_amount(each.pence, "GBP");
    products_.push_back(std::move(each));
  }
  for (std::size_t i = 0; i < customers_count; ++i)
    customers_.push_back({std::to_string(12'000 + i), numbers.below(100) < 85 ? "United Kingdom" : others[numbers.below(6)]});
  for (int i = 0; i <= quantity_max; ++i)
    quantities_.push_back(std::to_string(i));
  for (time_us i = 0; i < 60; ++i)
    days_.push_back(format_local_time((first_day + i) * day).substr(0, 11));
}

std::string catalogue::draw_time(std::uint64_t order, random_numbers& from) const {
  const auto at = order * seconds_between + from.below(lateness);
  auto text = days_[at / opening_time % days_.size()];
  const auto seconds = opens_at + at % opening_time;
  const auto two = [&](std::uint64_t number) {
    text += static_cast<char>('0' + number / 10);
    text += static_cast<char>('0' + number % 10);
  };
  two(seconds / 3600);
  text += ':';
  two(seconds / 60 % 60);
  text += ':';
  two(seconds % 60);
  return text;
}

} // namespace daybook::load
