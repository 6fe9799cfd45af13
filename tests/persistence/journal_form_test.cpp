#include <string>

#include <catch2/catch.hpp>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/tests/fuzz/plain_disk.hpp"

using namespace daybook;

namespace format = journal_format;

namespace {

/// A commit of two events with every field that there is, as the journal writes it; its write began at position 5.
std::string written() {
  commit wanted{"order-1", 2, "c-1", "k-1", "k-2", 255, {}};
  wanted.events = {{"Requested", R"({"n":1})", false}, {"Validated", R"({"n":2})", true}};
  std::string bytes;
  sha256 hash;
  auto digest = format::first_digest();
  format::append_commit(bytes, wanted, {7, 3, 1'795'428'900'123'456, 5}, hash, digest);
  return bytes;
}

std::string with(std::string bytes, const std::string& old, const std::string& fresh) {
  const auto at = bytes.find(old);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, old.size(), fresh);
}

std::string with_versions(const std::string& first, const std::string& second) {
  return with(with(written(), R"(,"version":3)", R"(,"version":)" + first), R"(,"version":4)", R"(,"version":)" + second);
}

/// Gives the commit the digest of its bytes, as a program that is not ours might, and has it read.
bool reads(std::string bytes) {
  const auto covered = bytes.substr(0, bytes.size() - format::digest_suffix);
  const auto digest = to_base64url(sha256().start().add(view(format::first_digest())).add(covered).finish());
  bytes.replace(covered.size() + format::digest_key.size(), digest.size(), view(digest));
  fuzz::plain_disk disk;
  disk.contents["s"] = bytes;
  const auto data = file_system{disk}.open("s", open_mode::read);
  commit_scanner scanner{**data, 0, bytes.size(), format::first_digest(), 4096};
  scanned_commit found;
  const auto verified = scanner.next(found);
  REQUIRE(verified.ok());
  CHECK(*verified == scanner.problem().empty());
  return *verified;
}

} // namespace

TEST_CASE("a commit in the journal's form is read", "[journal][format]") {
  CHECK(reads(written()));
  CHECK(reads(with_versions("8388605", "8388606")));
}

TEST_CASE("a line that the journal never writes is refused, whatever its digest says", "[journal][format]") {
  const auto refuses = [](const std::string& old, const std::string& fresh) {
    INFO(old << " became " << fresh);
    CHECK_FALSE(reads(with(written(), old, fresh)));
  };
  refuses("order-1", "order 1");
  refuses("order-1", "order-1\x1b[2J");
  refuses(R"("Requested")", R"("Requested!")");
  refuses(R"("command_id":"c-1")", R"("command_id":"c\t1")");
  refuses(R"("correlation_id":"k-1")", R"("correlation_id":"k\u0031")");
  refuses(R"("causation_id":"k-2")", R"("causation_id":"k/2")");
  refuses(R"("correlation_id":"k-1")", R"("correlation_id":"c-1")");
  refuses(R"("causation_id":"k-2")", R"("causation_id":"c-1")");
  refuses(R"({"n":1})", "{\"n\":\t1}");
  refuses(R"("batch":5)", R"("batch":7)");
  refuses(R"("batch":5)", R"("batch":8)");
}

TEST_CASE("versions and positions beyond the journal's limits are refused, whatever the digest says", "[journal][format]") {
  CHECK_FALSE(reads(with_versions("8388606", "8388607")));
  CHECK_FALSE(reads(with(with(written(), R"("position":7)", R"("position":1099511627775)"), R"("position":8)",
                         R"("position":1099511627776)")));
}

TEST_CASE("events of one commit that do not share what a commit shares are refused, whatever their digest says",
          "[journal][format]") {
  const auto second_differs = [](const std::string& old, const std::string& fresh) {
    INFO(old << " became " << fresh);
    auto bytes = written();
    const auto at = bytes.find(old, bytes.find('\n'));
    REQUIRE(at != std::string::npos);
    CHECK_FALSE(reads(bytes.replace(at, old.size(), fresh)));
  };
  second_differs("order-1", "order-2");
  second_differs(R"("version":4)", R"("version":5)");
  second_differs(R"("position":8)", R"("position":9)");
  second_differs("00.123456Z", "00.123457Z");
  second_differs(R"("command_id":"c-1")", R"("command_id":"c-2")");
  second_differs("00000000000000ff", "00000000000000fe");
  second_differs(R"("correlation_id":"k-1")", R"("correlation_id":"k-3")");
  second_differs(R"("causation_id":"k-2")", R"("causation_id":"k-3")");
  second_differs(R"("open":true)", R"("open":true,"batch":5)");
}

TEST_CASE("an event without data is refused, whatever its digest says", "[journal][format]") {
  CHECK_FALSE(reads(with(written(), R"({"n":2})", "")));
  CHECK_FALSE(reads(with(written(), R"({"n":1})", "")));
}

TEST_CASE("a time that no clock shows is none", "[journal][format]") {
  CHECK(format::parse_exact_time("2026-02-28T23:59:59.999999Z"));
  CHECK(format::parse_exact_time("2028-02-29T00:00:00.000000Z"));
  for (const auto* each : {"1969-12-31T00:00:00.000000Z", "2026-00-10T00:00:00.000000Z", "2026-13-10T00:00:00.000000Z",
                           "2026-02-29T00:00:00.000000Z", "2026-02-00T00:00:00.000000Z", "2026-02-99T00:00:00.000000Z",
                           "2026-02-10T24:00:00.000000Z", "2026-02-10T00:60:00.000000Z", "2026-02-10T00:00:60.000000Z",
                           "2026-02-10 00:00:00.000000Z", "2026-02-10T00:00:0:.000000Z", "2026-02-10T00:00:0/.000000Z",
                           "2026"})
    CHECK_FALSE(format::parse_exact_time(each));
}

TEST_CASE("a header that the journal never writes is none", "[journal][format]") {
  format::segment_header header;
  header.journal_id = "j-1";
  header.created_at = 1'795'428'900'123'456;
  header.previous = format::first_digest();
  auto line = format::encode_header(header);
  line.pop_back();
  REQUIRE(format::parse_header(line));
  const std::vector<std::pair<std::string, std::string>> changes{
    {R"("format_version":1)", R"("format_version":2)"},
    {"2026-11-23T", "2026-13-23T"},
    {R"("previous":"A)", R"("previous":")"},
    {R"("digest":")" + std::string{view(header.digest).substr(0, 1)}, R"("digest":")"},
    {"\"}", "\"} "},
    {R"("first_position":1)", R"("first_position":-)"},
  };
  for (const auto& [old, fresh] : changes)
    CHECK_FALSE(format::parse_header(with(line, old, fresh)));
}

TEST_CASE("a fingerprint has sixteen small hexadecimal digits", "[journal][format]") {
  std::uint64_t hash = 0;
  CHECK(format::parse_hash("00000000000000ff", hash));
  CHECK(hash == 255);
  for (const auto* each : {"00000000000000f", "00000000000000fff", "00000000000000FF", "00000000000000f/", "00000000000000f:"})
    CHECK_FALSE(format::parse_hash(each, hash));
}
