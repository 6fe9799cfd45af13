#include <bitset>

#include "daybook/domain/order.hpp"

namespace daybook {
namespace {

/// The largest total in minor units: far above any order, far below what sums of them need.
constexpr std::int64_t largest_total = 1'000'000'000'000;

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

/// Goes through a request once and notes what is wrong with it and, for the case that nothing is, its numbers.
class validation {
public:
  explicit validation(const order_requested& request)
    : request_(request), decimals_(currency_decimals(request.currency)) {}

  order_event verdict() {
    note(rejection::missing_customer, is_blank(request_.customer));
    note(rejection::no_lines, request_.lines.empty());
    note(rejection::unknown_currency, !decimals_);
    note(rejection::malformed_time, !is_local_time(request_.ordered_at));
    lines_.reserve(request_.lines.size());
    for (const auto& line : request_.lines)
      judge(line);
    if (decimals_ && all_well_formed_) {
      const auto largest = static_cast<int128>(largest_total) * power_of_ten(9 - *decimals_);
      note(rejection::amount_too_large, billionths_ > largest);
    }
    if (found_.any())
      return rejected();
    return order_validated{decimal{billionths_}.minor(*decimals_), std::move(lines_)};
  }

private:
  void note(rejection reason, bool holds) {
    if (holds)
      found_.set(static_cast<std::size_t>(reason));
  }

  void judge(const requested_line& line) {
    note(rejection::missing_stock_code, is_blank(line.stock_code));
    const auto quantity = parse_quantity(line.quantity);
    note(rejection::malformed_quantity, !quantity);
    note(rejection::non_positive_quantity, quantity && *quantity <= 0);
    const auto price = decimal::parse(line.unit_price);
    note(rejection::malformed_price, !price);
    if (price)
      judge(*price);
    if (!quantity || !price)
      all_well_formed_ = false;
    else {
      billionths_ += price->billionths * *quantity;
      lines_.push_back({*quantity, decimals_ ? price->minor(*decimals_) : 0});
    }
  }

  void judge(const decimal& price) {
    note(rejection::non_positive_price, price.billionths <= 0);
    note(rejection::sub_penny_price, decimals_ && !price.fits(*decimals_));
  }

  order_rejected rejected() const {
    order_rejected event;
    for (int i = 0; i < rejection_count; ++i) {
      if (found_.test(static_cast<std::size_t>(i)))
        event.reasons.push_back(static_cast<rejection>(i));
    }
    return event;
  }

  const order_requested& request_;
  std::optional<int> decimals_;
  std::bitset<rejection_count> found_;
  bool all_well_formed_ = true;
  /// The exact total: no line is rounded.
  int128 billionths_ = 0;
  std::vector<priced_line> lines_;
};

} // namespace

order_event validate(const order_requested& request) {
  return validation(request).verdict();
}

} // namespace daybook
