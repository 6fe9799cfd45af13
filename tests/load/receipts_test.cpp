#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "daybook/apps/load/receipts.hpp"
#include "daybook/tests/support/temp_dir.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

kept_receipt some_receipt(std::uint32_t i) {
  kept_receipt each;
  each.position = i * 3ull;
  each.command_hash = i * 7ull;
  each.order = number_of(phase::measured, i);
  each.version = i & 0xffffff;
  each.status = i % 11;
  each.said = i % 4;
  each.is_submit = i % 2;
  return each;
}

bool same(const kept_receipt& a, const kept_receipt& b) {
  return a.position == b.position && a.command_hash == b.command_hash && a.order == b.order && a.version == b.version &&
         a.status == b.status && a.said == b.said && a.is_submit == b.is_submit;
}

} // namespace

TEST_CASE("Receipts come back from memory and from a file as they were kept") {
  temp_dir dir;
  const run_names names{77};
  auto filed = receipt_book::create(dir.path() / "receipts", names);
  REQUIRE(filed);
  receipt_book held;
  constexpr std::uint32_t count = 70'001;
  for (std::uint32_t i = 0; i < count; ++i) {
    held.add(some_receipt(i));
    (*filed)->add(some_receipt(i));
  }
  CHECK(held.size() == count);
  for (auto* book : {&held, filed->get()}) {
    const auto all = book->finish();
    REQUIRE(all);
    REQUIRE(all->size() == count);
    bool fits = true;
    for (std::uint32_t i = 0; i < count; ++i)
      fits = fits && same((*all)[i], some_receipt(i));
    CHECK(fits);
  }
  const auto saved = read_receipts(dir.path() / "receipts");
  REQUIRE(saved);
  CHECK(saved->names->seed() == 77);
  CHECK(saved->receipts.size() == count);
}

TEST_CASE("A file of receipts brings the ids of a replayed file along, and leaves a torn last receipt out") {
  temp_dir dir;
  const auto path = dir.path() / "receipts";
  run_names names{5};
  names.use_ids({"536365", "A-1"});
  {
    auto book = receipt_book::create(path, names);
    REQUIRE(book);
    (*book)->add(some_receipt(0));
    (*book)->add(some_receipt(1));
    REQUIRE((*book)->finish());
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  const auto saved = read_receipts(path);
  REQUIRE(saved);
  CHECK(saved->receipts.size() == 1);
  CHECK(saved->names->order_id(1) == "A-1");
  CHECK(saved->names->number_in("536365") == 0u);
}

TEST_CASE("What is no file of receipts is refused, as is one that is not there or cannot be made") {
  temp_dir dir;
  CHECK(read_receipts(dir.path() / "none").error().code == errc::not_found);
  for (const auto* text : {"", "{\"order_id\": 1}\n", "daybook-load receipts 2 seed 1 ids 0\n",
                           "daybook-load receipts 1 seed x ids 0\n", "daybook-load receipts 1 seed 1 ids 3\nA\nB\n"}) {
    std::ofstream{dir.path() / "other"} << text;
    const auto read = read_receipts(dir.path() / "other");
    INFO(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::invalid_argument);
  }
  CHECK(receipt_book::create(dir.path() / "no" / "where", run_names{1}).error().code == errc::io_error);
}
