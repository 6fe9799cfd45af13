#include <catch2/catch.hpp>

#include "daybook/tests/persistence/damaged_journals.hpp"

// What is beside the segments, or looks like one, and lies: other journals' files, indexes that verify and are wrong.

using namespace daybook;
using namespace daybook::testing;

TEST_CASE("a segment of a journal with the same id and other contents is refused") {
  segmented in;
  const auto swapped = bytes_of(in.files[1]);
  // The same commits, but for a digit of the first segment: every digest behind it is another.
  journal_fixture other{700};
  other.restore(other.journal_dir(), {{in.files[0].filename().string(), header_of(bytes_of(in.files[0]))}});
  other.now = journal_time + 7;
  other.open();
  for (int i = 0; i < 12; ++i)
    other.append("s" + std::to_string(i % 3));
  other.stop();
  REQUIRE(other.segments()[1].filename() == in.files[1].filename());
  put_bytes(in.files[1], bytes_of(other.segments()[1]));
  in.check_refused("their digests do not join");
}

TEST_CASE("a last segment with other contents is told by whoever remembers its digest") {
  const auto refused_by = [](std::optional<position_t> seen) {
    sample_journal in;
    journal_fixture other;
    other.restore(other.journal_dir(), {{"00000000000000000001.jsonl", header_of(in.bytes)}});
    other.now = journal_time + 7;
    other.open();
    for (int i = 0; i < 20; ++i)
      other.append("a");
    other.stop();
    in.lay(other.bytes(), in.last_index);
    if (seen)
      in.on.seen(*seen, "digest");
    const auto opened = in.on.try_open();
    REQUIRE_FALSE(opened);
    return opened.error().message;
  };
  CHECK_THAT(refused_by(std::nullopt), Catch::Contains("as the index directory remembers"));
  CHECK_THAT(refused_by(3), Catch::Contains("as the view remembers"));
  CHECK_THAT(refused_by(100), Catch::Contains("as the index directory remembers"));
}

TEST_CASE("a mark of another journal says nothing about this one") {
  sample_journal in;
  in.lay(in.bytes, in.last_index);
  durable_mark::open(file_system{posix_files()}, in.on.index_dir() / "durable")
    .put("another", 99, journal_format::first_digest());
  CHECK(in.on.open().commits() == in.all);
}

TEST_CASE("an index that leads to another commit is noticed by whoever reads") {
  segmented in;
  const file_system files{posix_files()};
  const auto path = in.on.index_dir() / "00000000000000000001.idx";
  auto index = read_index(files, path, 100);
  REQUIRE(index);
  REQUIRE(index->entries.size() > 1);
  std::swap(index->entries[0].place, index->entries[1].place);
  REQUIRE(write_index(files, path, *index, index->entries));
  in.on.open();
  const auto read = in.on.books().read_from(1);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::journal_damaged);
  CHECK_THAT(read.error().message, Catch::Contains("the index leads to another commit"));
  CHECK_THAT(in.on.books().read_from(2).error().message, Catch::Contains("the index leads to another commit"));
}

TEST_CASE("an index that leads to the segment's end, or past an event of a stream, is noticed by whoever reads") {
  journal_fixture on;
  on.open();
  for (int i = 0; i < 3; ++i)
    on.append("a");
  on.stop();
  const file_system files{posix_files()};
  const auto path = on.index_dir() / "00000000000000000001.idx";
  const auto index = read_index(files, path, 100);
  REQUIRE(index);
  auto behind = *index;
  behind.entries[1].place = static_cast<std::uint32_t>(behind.segment_bytes);
  REQUIRE(write_index(files, path, behind, behind.entries));
  on.open();
  const auto at_end = on.books().read_from(2);
  REQUIRE_FALSE(at_end);
  CHECK_THAT(at_end.error().message, Catch::Contains("the index leads to its end"));
  CHECK(on.books().read_from(1)->size() == 3);
  on.crash();
  auto past = *index;
  past.entries[2].back = 2;
  REQUIRE(write_index(files, path, past, past.entries));
  on.open();
  const auto stream = on.books().read_stream("a");
  REQUIRE_FALSE(stream);
  CHECK(stream.error().code == errc::journal_damaged);
  CHECK_THAT(stream.error().message, Catch::Contains("stream a lacks version 2") && Catch::Contains("journal verify"));
}

TEST_CASE("a distance that does not fit and a head at another stream's event are looked on from, a head at none is an error") {
  journal_fixture on;
  on.open();
  for (const auto* stream : {"a", "b", "a", "a"})
    on.append(stream);
  on.append("b");
  on.stop();
  const file_system files{posix_files()};
  const auto path = on.index_dir() / "00000000000000000001.idx";
  auto index = read_index(files, path, 100);
  REQUIRE(index);
  index->entries[3].back = far_back;
  REQUIRE(write_index(files, path, *index, index->entries));
  CHECK(on.open().stream("a").size() == 3);
  on.stop();
  const auto with_head_at = [&](position_t position) {
    auto heads = read_heads(files, on.index_dir() / "heads", index->last_digest);
    REQUIRE(heads);
    heads->put(stream_hash("a"), {position, 3, false});
    REQUIRE(write_heads(files, on.index_dir() / "heads", *heads, index->last_digest));
    on.open();
    const auto found = on.books().read_stream("a");
    on.crash();
    return found;
  };
  CHECK(with_head_at(5)->size() == 3);
  const auto beyond = with_head_at(6);
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code == errc::journal_damaged);
  CHECK_THAT(beyond.error().message, Catch::Contains("leads to position 6") && Catch::Contains("remove the index directory"));
}

TEST_CASE("an index that is sound but another's, or of a header only, is made anew") {
  const auto with = [](auto change) {
    sample_journal in;
    const file_system files{posix_files()};
    const auto path = in.on.index_dir() / "00000000000000000001.idx";
    in.lay(in.bytes, in.last_index);
    auto index = read_index(files, path, 1000);
    REQUIRE(index);
    change(*index);
    REQUIRE(write_index(files, path, *index, index->entries));
    CHECK(in.on.open().commits() == in.all);
    CHECK(in.on.books().recovery().rebuilt_indexes == 1);
  };
  with([](auto& index) { index.journal_id = "another"; });
  with([](auto& index) { index.first_position = 2; });
  with([](auto& index) { index.segment_bytes = 1; });
  with([](auto& index) {
    index.entries.clear();
    index.segment_bytes -= 1;
  });
}

TEST_CASE("a segment that repeats positions of the one before it is refused") {
  segmented in;
  journal_fixture longer;
  longer.restore(longer.journal_dir(), {{in.files[0].filename().string(), header_of(bytes_of(in.files[0]))}});
  longer.open();
  for (int i = 0; i < 12; ++i)
    longer.append("s" + std::to_string(i % 3));
  longer.stop();
  put_bytes(in.files[0], longer.bytes());
  in.on.remove_index();
  in.check_refused("it repeats positions from");
}

TEST_CASE("a commit at another position than its place says is damage, whatever its digest says") {
  sample_journal in;
  const auto header = header_of(in.bytes);
  const auto laid = [&](std::vector<position_t> positions) {
    auto bytes = header;
    sha256 hash;
    auto digest = journal_format::parse_header(std::string_view{header}.substr(0, header.size() - 1))->digest;
    for (std::size_t i = 0; i < positions.size(); ++i)
      journal_format::append_commit(bytes, wanted("x", static_cast<version_t>(i)),
                                    {positions[i], static_cast<version_t>(i) + 1, journal_time, positions[i]}, hash, digest);
    in.lay(bytes, {});
    return in.on.try_open();
  };
  CHECK(laid({1, 2}).ok());
  in.on.crash();
  const auto first = laid({2, 3});
  REQUIRE_FALSE(first);
  CHECK_THAT(first.error().message, Catch::Contains("position 2 is there instead"));
  const auto second = laid({1, 9, 10});
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Contains("position 9 does not follow"));
}

TEST_CASE("without segments the mark or the view refuse a start, unless they remember nothing") {
  const auto id = std::string{"id"};
  journal_fixture on;
  on.seen(0, "");
  std::filesystem::create_directories(on.index_dir());
  durable_mark::open(file_system{posix_files()}, on.index_dir() / "durable").put(id, 0, journal_format::first_digest());
  CHECK(on.try_open().ok());
  journal_fixture other;
  other.seen(5, "digest");
  const auto refused = other.try_open();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("the view remembers one with position 5"));
}

TEST_CASE("what only looks like a line of a later write, close to damage or far from it, is cut with the rest") {
  journal_fixture on;
  on.open();
  on.append("a");
  on.crash();
  const auto bytes = on.bytes();
  std::string line;
  sha256 hash;
  auto digest = journal_format::first_digest();
  journal_format::append_commit(line, wanted("b", 0), {50, 1, journal_time, 50}, hash, digest);
  for (const auto& rest : {"x" + line, std::string(70'000, 'x') + line}) {
    on.replace(bytes + rest);
    CHECK(on.open().books().last_position() == 1);
    CHECK(on.books().recovery().cut_bytes == rest.size());
    on.crash();
  }
}

TEST_CASE("files whose names are almost those of segments or indexes are left alone") {
  segmented in;
  const std::vector<std::filesystem::path> strangers{in.on.journal_dir() / "0000000000000000000x.jsonl",
                                                     in.on.journal_dir() / "00000000000000000000.jsonl",
                                                     in.on.journal_dir() / "0000000000000000000-.jsonl",
                                                     in.on.journal_dir() / "00000000000000000001.jsons",
                                                     in.on.index_dir() / "9999999999999999999x.idx",
                                                     in.on.index_dir() / "99999999999999999999.ids"};
  for (const auto& each : strangers)
    put_bytes(each, "not ours");
  REQUIRE(strangers.size() == 6);
  CHECK(in.on.open().commits() == in.all);
  CHECK(in.on.verify().intact);
  for (const auto& each : strangers)
    CHECK(bytes_of(each) == "not ours");
}

TEST_CASE("an index of another journal behind the last segment says nothing about this one") {
  segmented in;
  segmented other;
  std::filesystem::copy_file(other.on.index_dir() / other.files.back().stem().concat(".idx"),
                             in.on.index_dir() / "00000000000000000099.idx");
  CHECK(in.on.open().commits() == in.all);
}
