#include <catch2/catch.hpp>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;
namespace format = daybook::journal_format;

namespace {

/// The block of `json` in the page.
std::string documented_example() {
  const auto page = bytes_of(std::string{DAYBOOK_SOURCE_DIR} + "/docs/journal-format.md");
  const std::string fence = "```json\n";
  const auto begin = page.find(fence);
  REQUIRE(begin != std::string::npos);
  return page.substr(begin + fence.size(), page.find("```", begin + fence.size()) - begin - fence.size());
}

commit made_by(std::string command, std::string stream, version_t expected, std::uint64_t hash, std::vector<new_event> events) {
  commit made;
  made.stream = std::move(stream);
  made.expected_version = expected;
  made.command_id = std::move(command);
  made.command_hash = hash;
  made.events = std::move(events);
  return made;
}

std::string written_example() {
  format::segment_header header;
  header.journal_id = "019aafcd-4920-7000-8000-000000000001";
  header.created_at = journal_time;
  header.previous = format::first_digest();
  auto bytes = format::encode_header(header);
  const auto first = made_by("c-1", "order-1", 0, 0x0123456789abcdef, {{"OrderRequested", R"({"customer":"17850"})", true}});
  auto second =
    made_by("c-2", "order-1", 1, 0xfedcba9876543210,
            {{"OrderValidated", R"({"total_minor":2208})", false}, {"PaymentRecorded", R"({"amount_minor":2208})", false}});
  second.causation_id = "c-1";
  auto third = made_by("c-3", "order-2", 0, 0xff, {{"OrderRequested", R"({"customer":"13047"})", true}});
  third.correlation_id = "import-7";
  sha256 hash;
  auto digest = header.digest;
  format::append_commit(bytes, first, {1, 1, journal_time + 123'456, 1}, hash, digest);
  format::append_commit(bytes, second, {2, 2, journal_time + 1'000'000, 2}, hash, digest);
  format::append_commit(bytes, third, {4, 1, journal_time + 1'000'000, 2}, hash, digest);
  return bytes;
}

} // namespace

TEST_CASE("the worked example in docs/journal-format.md is what the code writes") {
  CHECK(documented_example() == written_example());
}

TEST_CASE("the worked example in docs/journal-format.md opens, verifies and reads as a journal") {
  journal_fixture on;
  std::filesystem::create_directories(on.journal_dir());
  put_bytes(on.journal_dir() / "00000000000000000001.jsonl", documented_example());
  CHECK(on.verify().commits == 3);
  on.open();
  CHECK(on.books().last_position() == 4);
  CHECK(on.stream("order-1").back().causation_id == "c-1");
  CHECK(on.stream("order-2").front().correlation_id == "import-7");
  CHECK(*on.books().open_streams() == std::vector<std::string>{"order-2"});
}
