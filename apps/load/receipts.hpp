#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "daybook/apps/load/names.hpp"
#include "daybook/domain/order.hpp"
#include "daybook/domain/result.hpp"

namespace daybook::load {

/// What the node said about a command, as far as the books can be held against it.
enum class saying : std::uint8_t {
  /// A receipt: it is in the journal, once.
  carried_out,
  /// A receipt of a refusal: it is not in the journal.
  refused,
  /// No receipt, and a cause that leaves it open: it is in the journal once or not at all.
  unknown,
  /// No receipt, and a cause that rules it out: it is not in the journal.
  not_stored,
};

/// A receipt in 24 bytes: a run keeps one for every command until the books are checked.
struct kept_receipt {
  std::uint64_t position = 0;
  std::uint64_t command_hash = 0;
  order_number order = 0;
  /// Modulo 2^24.
  std::uint32_t version : 24;
  std::uint32_t status : 4;
  std::uint32_t said : 3;
  std::uint32_t is_submit : 1;

  kept_receipt() noexcept : version(0), status(0), said(0), is_submit(0) {}
  saying says() const noexcept { return static_cast<saying>(said); }
  order_status order_is() const noexcept { return static_cast<order_status>(status); }
};
static_assert(sizeof(kept_receipt) == 24);

/// Keeps receipts in memory or, given a file, there, so that a long run needs no more memory than a short one. Adding to a file
/// writes now and then; a failure is told by `finish`. Not thread-safe.
class receipt_book {
public:
  /// In memory.
  receipt_book();
  /// In a new file, which begins with what is needed to know the run's orders again. `io_error` or `not_found`.
  static result<std::unique_ptr<receipt_book>> create(const std::filesystem::path& file, const run_names& names);
  ~receipt_book();

  receipt_book(const receipt_book&) = delete;
  receipt_book& operator=(const receipt_book&) = delete;

  void add(const kept_receipt& each);
  std::uint64_t size() const noexcept { return size_; }

  /// Everything that was added; nothing may be added any more.
  result<std::vector<kept_receipt>> finish();

private:
  void flush();

  std::filesystem::path path_;
  int file_ = -1;
  int failure_ = 0;
  std::uint64_t size_ = 0;
  std::vector<std::vector<kept_receipt>> chunks_;
};

/// A file of receipts, read back.
struct saved_receipts {
  std::unique_ptr<run_names> names;
  std::vector<kept_receipt> receipts;
};

/// `not_found`, `io_error`, or `invalid_argument` when the file is none of ours. A last receipt that is not whole is left out.
result<saved_receipts> read_receipts(const std::filesystem::path& file);

} // namespace daybook::load
