#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/apps/load/zipf.hpp"
#include "daybook/domain/commands.hpp"

namespace daybook::load {

/// What is sold: texts as requests have them, ready to be copied.
struct product {
  std::string stock_code;
  std::string description;
  std::string price;
  std::int64_t pence = 0;
};

struct customer {
  std::string id;
  std::string country;
};

/// A shop's products and customers, made once, and who buys what how often: few customers and products have most of the
/// orders (see `zipf`). The same for every seed, so that runs can be compared.
class catalogue {
public:
  static constexpr std::size_t products_count = 4'000;
  static constexpr std::size_t customers_count = 4'400;
  static constexpr int quantity_max = 24;

  catalogue();

  const customer& draw_customer(random_numbers& from) const noexcept { return customers_[customer_share_.draw(from)]; }
  const product& draw_product(random_numbers& from) const noexcept { return products_[product_share_.draw(from)]; }
  const customer& customer_at(std::size_t index) const noexcept { return customers_[index % customers_.size()]; }

  /// "0" to "24".
  const std::string& quantity_text(std::size_t quantity) const noexcept { return quantities_[quantity]; }

  /// A local time within opening hours: orders come in the order of their times but for a minute, 9,000 a day, and after 60
  /// days the first day comes again.
  std::string draw_time(std::uint64_t order, random_numbers& from) const;

private:
  std::vector<product> products_;
  std::vector<customer> customers_;
  std::vector<std::string> quantities_;
  std::vector<std::string> days_;
  zipf product_share_{products_count};
  zipf customer_share_{customers_count};
};

} // namespace daybook::load
