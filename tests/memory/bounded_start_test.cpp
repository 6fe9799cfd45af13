#include <catch2/catch.hpp>

#include <cstring>
#include <iostream>

#include <zlib.h>

#include "daybook/persistence/journal_index.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/tests/memory/allocations.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

// Whatever stands in a journal's directory, a start takes little memory: the longest commit (32 MiB) and some.

using namespace daybook;
using namespace daybook::testing;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t bound = 64 * mib;

/// Three commits in a segment of its own, after a kill, with nothing that remembers them.
struct small_journal {
  journal_fixture on;
  texts_of_commits all;

  small_journal() {
    on.open();
    for (const auto* name : {"a", "b", "a"})
      all.push_back(text_of(on.append(name)));
    on.crash();
    std::filesystem::remove(on.index_dir() / "durable");
  }

  std::filesystem::path segment() const { return on.segments().back(); }

  /// Start and verification, both within the bound; whether the start went well.
  bool opens(const std::string& what) {
    std::size_t verified = 0;
    {
      const memory_watch watch;
      const auto report = verify_journal(on.dir(), {});
      CHECK(report.ok());
      verified = watch.peak();
    }
    const memory_watch watch;
    const auto opened = on.try_open();
    const auto peak = watch.peak();
    std::cout << what << ": " << peak / 1024 << " KiB to start, " << verified / 1024 << " KiB to verify\n";
    CHECK(peak < bound);
    CHECK(verified < bound);
    if (!opened)
      CHECK(opened.error().code == errc::journal_damaged);
    return opened.ok();
  }
};

/// Bytes of a pattern behind the last commit.
void add(const std::filesystem::path& file, const std::string& pattern, std::size_t size) {
  std::ofstream out{file, std::ios::binary | std::ios::app};
  for (std::size_t done = 0; done < size; done += pattern.size())
    out << pattern;
}

/// An index file's header, as journal_index.cpp writes it, with a count that it does not have.
std::string index_header(const std::string& journal_id, std::uint64_t count) {
  std::string bytes(160, '\0');
  std::strcpy(bytes.data(), "daybook-index-1");
  journal_id.copy(bytes.data() + 16, journal_id.size());
  const std::uint64_t numbers[] = {1, 1000, 0, count};
  std::memcpy(bytes.data() + 80, numbers, sizeof numbers);
  return bytes;
}

} // namespace

TEST_CASE("a tail of a gibibyte that was never written is kept without taking room, and cut, in little memory") {
  small_journal in;
  const auto size = std::filesystem::file_size(in.segment());
  std::filesystem::resize_file(in.segment(), size + 1024 * mib);
  REQUIRE(in.opens("a sparse tail"));
  CHECK(in.on.commits() == in.all);
  CHECK(std::filesystem::file_size(in.segment()) == size);
  REQUIRE(in.on.torn().size() == 1);
  CHECK(std::filesystem::file_size(in.on.torn().front()) == 1024 * mib);
}

TEST_CASE("tails of garbage, also such as looks like events that never end, are looked through in little memory") {
  small_journal in;
  const auto whole = in.on.bytes();
  for (const std::string pattern :
       {"x", "\n", "{\"position\":", "{\"position\":18446744073709551615,\"stream\":\"", "{\"position\":5,\n",
        ",\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}\n{\"position\":9,"}) {
    in.on.replace(whole);
    add(in.segment(), pattern + std::string(pattern.size() < 8 ? 4096 : 0, pattern.back()), 40 * mib);
    REQUIRE(in.opens("40 MiB of " + pattern.substr(0, pattern.find('\n'))));
    CHECK(in.on.commits() == in.all);
    in.on.crash();
    std::filesystem::remove(in.on.index_dir() / "durable");
    for (const auto& each : in.on.torn())
      std::filesystem::remove(each);
  }
}

TEST_CASE("evidence far behind a damaged commit is found, wherever the pieces of the tail begin") {
  small_journal in;
  const auto whole = in.on.bytes();
  const auto ends = commit_ends(whole);
  const auto third = whole.substr(ends[2]);
  // The third commit, whole, behind garbage of every length around a piece's: it was written after the second.
  for (const std::size_t distance : {mib, 40 * mib})
    for (int more = -140; more <= (distance == mib ? 140 : -140); more += 10) {
      auto changed = whole.substr(0, ends[1]);
      changed += std::string(distance + static_cast<std::size_t>(more + 200), 'x');
      changed += whole.substr(ends[2] - journal_format::digest_suffix);
      in.on.replace(changed);
      const auto opened = in.on.try_open();
      INFO(distance << more);
      REQUIRE_FALSE(opened.ok());
      CHECK(opened.error().code == errc::journal_damaged);
    }
}

TEST_CASE("an index file with absurd counts or sizes costs no memory") {
  small_journal in;
  for (const std::uint64_t count : {std::uint64_t{1} << 26, std::uint64_t{1} << 40, UINT64_MAX})
    for (const auto* name : {"00000000000000000001.idx", "00000000000000000009.idx", "heads"}) {
      put_bytes(in.on.index_dir() / name, index_header("019aafcd-4920-7000-8000-000000000001", count));
      std::filesystem::resize_file(in.on.index_dir() / name, 256 * mib);
      REQUIRE(in.opens(std::string{"an absurd "} + name));
      CHECK(in.on.commits() == in.all);
      in.on.stop().remove_index();
      std::filesystem::create_directory(in.on.index_dir());
    }
}

TEST_CASE("a sound index of more events than a segment can hold says that the segment was longer, in little memory") {
  small_journal in;
  constexpr std::size_t count = 8 * mib;
  const auto text = in.on.bytes();
  const auto id = text.find("\"journal\":\"") + 11;
  auto bytes = index_header(text.substr(id, 36), count);
  bytes.resize(bytes.size() + count * sizeof(index_entry));
  const auto sum = static_cast<std::uint32_t>(
    ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  put_bytes(in.on.index_dir() / "00000000000000000001.idx", bytes);
  bytes.clear();
  bytes.shrink_to_fit();
  CHECK_FALSE(in.opens("an index of 8,388,608 entries"));
  const auto opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error().message, Catch::Contains("the index knows of more: position 8388608"));
}
