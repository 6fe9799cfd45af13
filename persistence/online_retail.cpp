#include "daybook/persistence/online_retail.hpp"

#include <algorithm>
#include <cctype>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daybook/domain/ids.hpp"
#include "daybook/persistence/csv.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

namespace {

/// The name space of the command ids that are made from invoice numbers. Never to be changed: a file that was imported
/// before would be imported again.
constexpr std::string_view invoice_namespace = "b1f9c6de-57c1-4b0c-9b8e-7a1d35c04e62";

constexpr std::string_view header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
constexpr std::size_t columns = 8;
enum column { invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country };

/// Remembers texts by 64 bits of each, in about 16 bytes: the one thing here that grows with the file. Two of a million
/// invoices are confused with a probability of about 1 in 37 million; a row would then be reported as late and left
/// out.
class text_memory {
public:
  text_memory() : slots_(1024, 0) {}

  bool has(std::string_view text) const { return slots_[find(code(text))] != 0; }

  void add(std::string_view text) {
    if (2 * ++count_ > slots_.size()) {
      std::vector<std::uint64_t> old(2 * slots_.size(), 0);
      old.swap(slots_);
      for (const auto each : old)
        if (each != 0)
          slots_[find(each)] = each;
    }
    slots_[find(code(text))] = code(text);
  }

private:
  /// Never 0, which marks a free slot.
  static std::uint64_t code(std::string_view text) {
    return std::max<std::uint64_t>(std::hash<std::string_view>{}(text), 1);
  }

  /// The slot that has the code or is free for it. The number of slots is a power of two.
  std::size_t find(std::uint64_t code) const {
    auto at = code & (slots_.size() - 1);
    while (slots_[at] != 0 && slots_[at] != code)
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  std::vector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

/// An invoice whose rows may still come.
struct open_invoice {
  std::string number;
  submit_order order;
  std::size_t text_bytes = 0;
  /// Numbers of its first and its last row.
  std::uint64_t first_row = 0;
  std::uint64_t last_row = 0;
  /// The line because of which it is withheld; 0: it is not.
  std::uint64_t withheld_by = 0;
};

/// "2010-12-01 08:26:00" with a T; anything else as it is, for the node to judge.
std::string to_ordered_at(std::string_view date) {
  constexpr std::string_view form = "0000-00-00 00:00:00";
  std::string text{date};
  if (text.size() != form.size())
    return text;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == '0' ? std::isdigit(static_cast<unsigned char>(text[i])) == 0 : text[i] != form[i])
      return text;
  text[form.find(' ')] = 'T';
  return text;
}

/// What keeps a readable row out of an order; none: nothing.
std::optional<std::string> find_fault(const csv_row& row) {
  if (!row.problem.empty())
    return row.problem;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (!is_utf8(row.fields[i]))
      return "column " + std::to_string(i + 1) + " is not UTF-8";
    if (row.fields[i].size() > max_text_bytes)
      return "column " + std::to_string(i + 1) + " has more than " + std::to_string(max_text_bytes) + " bytes";
  }
  if (!is_legal_id(row.fields[invoice_no]))
    return "'" + std::string{row.fields[invoice_no]} +
           "' cannot name an order: 1 to 64 characters of A-Z a-z 0-9 . _ : -";
  return std::nullopt;
}

class importer {
public:
  importer(const invoice_sink& sink, const problem_sink& problems) : sink_(sink), problems_(problems) {}

  /// False: the sink wants no more.
  bool take(const csv_row& row) {
    ++totals_.rows;
    if (!hand_over_until(totals_.rows))
      return false;
    const auto fault = find_fault(row);
    const auto number = row.first_column;
    const bool can_name = is_utf8(number) && number.size() <= max_text_bytes && !number.empty();
    if (fault)
      report(row.line, can_name ? number : std::string_view{}, *fault);
    if (!can_name)
      return true;
    if (finished_.has(number)) {
      if (!fault)
        report(row.line, number,
               "the row comes more than " + std::to_string(max_row_distance) +
                 " rows after the previous one of its invoice and is left out");
      return true;
    }
    auto& invoice = find(number);
    if (fault)
      withhold(invoice, row.line);
    else
      add(invoice, row);
    return true;
  }

  void finish() {
    while (!open_.empty())
      if (!hand_over())
        return;
  }

  const online_retail_totals& totals() const noexcept { return totals_; }

private:
  using position = std::list<open_invoice>::iterator;

  /// The invoice of that number, begun when it is new, as the last one used.
  open_invoice& find(std::string_view number) {
    // Most rows belong to the invoice of the row before.
    if (open_.empty() || open_.back().number != number) {
      key_ = number;
      if (const auto known = by_number_.find(key_); known != by_number_.end()) {
        open_.splice(open_.end(), open_, known->second);
      } else {
        open_.emplace_back();
        open_.back().number = key_;
        open_.back().first_row = totals_.rows;
        by_number_.emplace(key_, std::prev(open_.end()));
      }
    }
    open_.back().last_row = totals_.rows;
    return open_.back();
  }

  void add(open_invoice& invoice, const csv_row& row) {
    if (invoice.withheld_by != 0)
      return;
    auto& order = invoice.order;
    const auto& fields = row.fields;
    if (order.lines.empty()) {
      order.country = fields[country];
      order.currency = "GBP";
      order.ordered_at = to_ordered_at(fields[invoice_date]);
      invoice.text_bytes = order.country.size() + order.currency.size() + order.ordered_at->size();
    }
    if (order.customer.empty()) {
      order.customer = fields[customer_id];
      invoice.text_bytes += order.customer.size();
    }
    for (const auto each : {stock_code, description, quantity, unit_price})
      invoice.text_bytes += fields[each].size();
    if (order.lines.size() == max_lines || invoice.text_bytes > max_request_bytes) {
      report(row.line, invoice.number,
             "the invoice has more than " + std::to_string(max_lines) + " rows or " +
               std::to_string(max_request_bytes >> 20) + " MiB of text");
      return withhold(invoice, row.line);
    }
    order.lines.push_back({std::string{fields[stock_code]}, std::string{fields[description]},
                           std::string{fields[quantity]}, std::string{fields[unit_price]}});
  }

  void withhold(open_invoice& invoice, std::uint64_t line) {
    if (invoice.withheld_by == 0)
      invoice.withheld_by = line;
    invoice.order = {};
  }

  /// Hands over what no row from `row` on can belong to.
  bool hand_over_until(std::uint64_t row) {
    while (!open_.empty() && row - open_.front().last_row > max_row_distance)
      if (!hand_over())
        return false;
    return true;
  }

  /// Hands over the invoice whose last row is the longest ago.
  bool hand_over() {
    auto invoice = std::move(open_.front());
    by_number_.erase(invoice.number);
    open_.pop_front();
    finished_.add(invoice.number);
    if (invoice.withheld_by != 0) {
      ++totals_.withheld;
      report(invoice.withheld_by, invoice.number, "the invoice is withheld whole because of this line");
      return true;
    }
    ++totals_.invoices;
    order_command wish;
    wish.command_id = make_uuid_v5(invoice_namespace, invoice.number);
    wish.id = std::move(invoice.number);
    wish.action = std::move(invoice.order);
    return sink_(std::move(wish));
  }

  void report(std::uint64_t line, std::string_view invoice, std::string message) {
    ++totals_.problems;
    problems_({line, std::string{invoice}, std::move(message)});
  }

  const invoice_sink& sink_;
  const problem_sink& problems_;
  online_retail_totals totals_;
  /// In the order of their last rows.
  std::list<open_invoice> open_;
  std::unordered_map<std::string, position> by_number_;
  text_memory finished_;
  std::string key_;
};

result<done> check_header(csv_reader& reader) {
  // Spreadsheets like to begin a file with it.
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  csv_row row;
  auto more = reader.next(row);
  if (!more)
    return more.error();
  std::string found;
  if (*more)
    for (const auto field : row.fields)
      found += (found.empty() ? "" : ",") + std::string{field};
  if (found.compare(0, byte_order_mark.size(), byte_order_mark) == 0)
    found.erase(0, byte_order_mark.size());
  if (!*more || !row.problem.empty() || found != header)
    return error{errc::unreadable_request,
                 "line 1 is not the header of an Online Retail file, which is " + std::string{header}};
  return done{};
}

} // namespace

result<online_retail_totals> read_online_retail(input_file& file, const invoice_sink& sink,
                                                const problem_sink& problems) {
  csv_reader reader{file, columns};
  if (auto header_seen = check_header(reader); !header_seen)
    return header_seen.error();
  importer rows{sink, problems};
  csv_row row;
  while (true) {
    auto more = reader.next(row);
    if (!more)
      return more.error();
    if (!*more)
      break;
    if (!rows.take(row))
      return rows.totals();
  }
  rows.finish();
  return rows.totals();
}

} // namespace daybook
