#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "daybook/domain/commands.hpp"
#include "daybook/domain/result.hpp"
#include "daybook/persistence/input_file.hpp"

namespace daybook {

/// A row or invoice that could not be taken, for the user.
struct import_problem {
  /// Line of the file, from 1 (the header).
  std::uint64_t line = 0;
  /// The invoice, where it is known.
  std::string invoice;
  std::string message;
};

/// One invoice as a command; `id` is the invoice number, `command_id` is made from it (the same on every import).
using invoice_sink = std::function<bool(order_command)>;
using problem_sink = std::function<void(const import_problem&)>;

struct online_retail_totals {
  std::uint64_t rows = 0;
  std::uint64_t invoices = 0;
  std::uint64_t withheld = 0;
  std::uint64_t problems = 0;
};

/// How far rows of one invoice may lie apart; a row that comes later is reported and left out.
inline constexpr std::uint64_t max_row_distance = 100'000;

/// Reads Online Retail CSV (shape: RFC 4180, header InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,
/// CustomerID,Country) as a stream and hands each invoice over when no further row of it can come (its distance is
/// exceeded) or the file ends. Memory grows with the rows of `max_row_distance`, not with the file.
///
/// An unreadable row (column count, quoting, not UTF-8) is a problem and withholds its invoice whole; so is an invoice
/// that makes no legal order. The import goes on.
/// @param sink returns false to stop early.
result<online_retail_totals> read_online_retail(input_file& file, const invoice_sink& sink,
                                                const problem_sink& problems);

} // namespace daybook
