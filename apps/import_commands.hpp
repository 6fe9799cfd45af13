#pragma once

#include <cstdint>
#include <string>

#include "daybook/apps/context.hpp"

namespace daybook {

/// `import online-retail`: invoices of the Online Retail file as orders. Importing again changes nothing.
exit_code import_online_retail(context with, const std::string& file);

/// `import orders`: order requests as JSON Lines. Requests with an order id are imported once, however often.
exit_code import_orders(context with, const std::string& file);

/// `demo`: generated orders through their whole life. The same seed makes the same orders.
struct demo_options {
  std::uint32_t orders = 1000;
  std::uint64_t seed = 1;
};
exit_code run_demo(context with, const demo_options& options);

} // namespace daybook
