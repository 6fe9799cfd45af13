#include <catch2/catch.hpp>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// A closed journal whose bytes tests damage: single commits, commits of several events, groups of commits.
struct sample {
  journal_fixture on;
  texts_of_commits all;
  /// The journal's only segment, and where the header and each commit end in it.
  std::filesystem::path segment;
  std::string bytes;
  std::vector<std::size_t> ends;
  /// Number of commits before the last write.
  std::size_t earlier = 0;
  /// The index of a stop after `stopped` commits, and of the last one.
  std::map<std::string, std::string> old_index;
  std::map<std::string, std::string> last_index;
  std::size_t stopped = 0;

  sample() {
    on.files.without_syncs();
    on.open();
    take(on.append_many({wanted("a", 0)}));
    take(on.append_many({wanted("b", 0, 3)}));
    on.stop();
    stopped = all.size();
    old_index = on.directory(on.index_dir());
    on.open();
    take(on.append_many({wanted("a", 1, 2), wanted("c", 0, 1, true), wanted("a", 3)}));
    take(on.append_many({wanted("d", 0)}));
    earlier = all.size();
    take(on.append_many({wanted("b", 3, 2), wanted("e", 0)}));
    on.stop();
    last_index = on.directory(on.index_dir());
    segment = on.segments().back();
    bytes = on.bytes();
    ends = commit_ends(bytes);
    REQUIRE(ends.size() == all.size() + 1);
  }

  void take(const std::vector<result<recorded_commit>>& outcomes) {
    for (const auto& each : outcomes)
      all.push_back(text_of(*each));
  }

  texts_of_commits first(std::size_t count) const { return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}; }

  /// Whole commits in the first `size` bytes.
  std::size_t whole(std::size_t size) const {
    return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin()) - 1;
  }

  /// The journal as it was, with these bytes and this index; without side files.
  void lay(const std::string& changed, const std::map<std::string, std::string>& index) {
    for (const auto& each : on.torn())
      std::filesystem::remove(each);
    std::filesystem::remove(segment);
    put_bytes(segment, changed);
    on.restore(on.index_dir(), index);
  }

  std::string commit_bytes(std::size_t number) const { return bytes.substr(ends[number], ends[number + 1] - ends[number]); }

  /// The journal with commits in this order, by number.
  std::string arranged(const std::vector<std::size_t>& order) const {
    auto made = bytes.substr(0, ends[0]);
    for (const auto each : order)
      made += commit_bytes(each);
    return made;
  }
};

void check_cut(sample& in, std::size_t whole, const std::string& laid) {
  const auto size = laid.size();
  const auto end = in.ends[whole];
  if (in.on.commits() != in.first(whole))
    FAIL("cut at " << size << ": not the " << whole << " commits before it");
  const auto torn = in.on.torn();
  if (torn.size() != (size == end ? 0u : 1u))
    FAIL("cut at " << size << ": " << torn.size() << " side files");
  if (size != end && (bytes_of(torn[0]) != laid.substr(end) || in.on.books().recovery().cut_offset != end ||
                      in.on.books().recovery().cut_bytes != size - end))
    FAIL("cut at " << size << ": the tail is not kept");
  if (in.on.bytes() != in.bytes.substr(0, end))
    FAIL("cut at " << size << ": the tail is still there");
}

} // namespace

TEST_CASE("cut at any byte without an index, a journal recovers exactly the whole commits before the cut") {
  sample in;
  for (std::size_t size = 0; size < in.bytes.size(); ++size) {
    in.lay(in.bytes.substr(0, size), {});
    const auto opened = in.on.try_open();
    if (size < in.ends[0]) {
      if (opened || opened.error().code != errc::journal_damaged || in.on.bytes().size() != size)
        FAIL("a cut in the header, at " << size << ", was not refused");
      continue;
    }
    if (!opened)
      FAIL("cut at " << size << ": " << opened.error().message);
    check_cut(in, in.whole(size), in.bytes.substr(0, size));
    in.on.crash();
  }
}

TEST_CASE("cut at any byte behind an earlier stop's index, a journal recovers the whole commits; before its end it refuses") {
  sample in;
  for (auto size = in.ends[0]; size < in.bytes.size(); ++size) {
    in.lay(in.bytes.substr(0, size), in.old_index);
    const auto opened = in.on.try_open();
    if (size < in.ends[in.stopped]) {
      if (opened || opened.error().code != errc::journal_damaged || in.on.bytes().size() != size || !in.on.torn().empty())
        FAIL("a cut at " << size << ", before what the index vouches for, was not refused");
      continue;
    }
    if (!opened)
      FAIL("cut at " << size << ": " << opened.error().message);
    check_cut(in, in.whole(size), in.bytes.substr(0, size));
    in.on.crash();
  }
}

TEST_CASE("after a clean stop no byte may be missing: the index vouches for all of them") {
  sample in;
  for (std::size_t size = 0; size < in.bytes.size(); ++size) {
    in.lay(in.bytes.substr(0, size), in.last_index);
    const auto opened = in.on.try_open();
    if (opened || opened.error().code != errc::journal_damaged || in.on.bytes().size() != size || !in.on.torn().empty())
      FAIL("a cut at " << size << " was not refused");
  }
  in.lay(in.bytes, in.last_index);
  CHECK(in.on.open().commits() == in.all);
}

TEST_CASE("after a cut appends go on where the whole commits end, and a second cut there keeps both tails") {
  sample in;
  for (int i = 1; i <= 2; ++i) {
    in.on.remove_index();
    in.on.cut(in.ends[6] + 20);
    CHECK(in.on.open().torn().size() == static_cast<std::size_t>(i));
    CHECK(in.on.commits() == in.first(6));
    CHECK(in.on.append("new" + std::to_string(i)).events.front().position == 10);
    CHECK(in.on.reopen_without_index().verify().intact);
    in.on.crash();
  }
}

TEST_CASE("zeros and garbage behind the last commit are cut and kept") {
  sample in;
  for (const auto& tail :
       {std::string(4096, '\0'), std::string("\n\n\n"), std::string("{\"position\":12,"), std::string(1, '}')}) {
    in.lay(in.bytes + tail, {});
    CHECK(in.on.open().commits() == in.all);
    REQUIRE(in.on.torn().size() == 1);
    CHECK(bytes_of(in.on.torn()[0]) == tail);
    in.on.crash();
  }
}

TEST_CASE("holes in the last write are cut, the same holes in front of a later write are damage") {
  sample in;
  const auto hole = [&](std::size_t number) {
    auto made = in.bytes;
    std::fill_n(made.begin() + static_cast<std::ptrdiff_t>(in.ends[number]), in.ends[number + 1] - in.ends[number], '\0');
    return made;
  };
  // The last write is commits 6 and 7.
  in.lay(hole(in.earlier), {});
  CHECK(in.on.open().commits() == in.first(in.earlier));
  in.on.crash();
  for (std::size_t i = 0; i < in.earlier; ++i) {
    in.lay(hole(i), {});
    const auto opened = in.on.try_open();
    INFO(i);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::journal_damaged);
    CHECK(in.on.bytes() == hole(i));
  }
}

TEST_CASE("a flip of any byte never lets a journal give back anything wrong, and is named unless it is in the last write") {
  sample in;
  for (std::size_t at = 0; at < in.bytes.size(); ++at)
    for (const char bits : {'\x01', '\x20'}) {
      auto changed = in.bytes;
      changed[at] = static_cast<char>(changed[at] ^ bits);
      in.lay(changed, {});
      const auto number = at < in.ends[0] ? 0 : in.whole(at);
      const auto begin = at < in.ends[0] ? 0 : in.ends[number];
      const bool may_cut = at >= in.ends[0] && number >= in.earlier;
      const auto report = verify_journal(in.on.dir(), {});
      const auto opened = in.on.try_open();
      if (may_cut) {
        // Changed digits of a position are no rest of an interrupted write: these are refused even here.
        if (!opened && opened.error().code == errc::journal_damaged && report && !report->intact && in.on.bytes() == changed)
          continue;
        if (!opened || !report || !report->intact || report->unfinished_bytes != in.bytes.size() - begin)
          FAIL("flip at " << at << " in the last write: " << (opened ? "" : opened.error().message));
        check_cut(in, number, changed);
        in.on.crash();
        continue;
      }
      const bool names =
        !opened && (opened.error().code == errc::unsupported_format ||
                    opened.error().message.find("at byte " + std::to_string(begin) + ",") != std::string::npos);
      const bool verifies =
        report ? report->intact || report->damaged_offset != begin : report.error().code != errc::unsupported_format;
      if (!names || verifies || in.on.bytes() != changed || !in.on.torn().empty())
        FAIL("flip at " << at << " of " << int{bits} << ": " << (opened ? "opened" : opened.error().message));
    }
}

TEST_CASE("one later write of a single commit is enough to see that what is damaged before it had been durable") {
  journal_fixture on;
  on.files.without_syncs();
  on.open();
  on.append("a");
  on.append("b", 2);
  on.append("c");
  on.stop();
  const auto bytes = on.bytes();
  const auto ends = commit_ends(bytes);
  for (auto at = ends[1]; at < ends[2]; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      on.remove_index().replace(changed);
      const auto opened = on.try_open();
      if (opened || opened.error().code != errc::journal_damaged || on.bytes() != changed || on.verify().intact)
        FAIL("bit " << bit << " flipped at " << at << " was not refused");
    }
}

TEST_CASE("with the index of a clean stop a flip of any byte is found by whoever reads the commit, or by the start") {
  sample in;
  for (std::size_t at = 0; at < in.bytes.size(); ++at) {
    auto changed = in.bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    in.lay(changed, in.last_index);
    const auto opened = in.on.try_open();
    if (!opened) {
      if (in.on.bytes() != changed || !in.on.torn().empty())
        FAIL("flip at " << at << " changed the journal");
      continue;
    }
    const auto number = in.whole(at);
    const auto read = in.on.books().read_from(1);
    if (read || read.error().code != errc::journal_damaged)
      FAIL("flip at " << at << " was read");
    for (const std::string name : {"a", "b", "c", "d", "e"}) {
      const auto events = in.on.books().read_stream(name);
      const bool concerned = in.all[number].find(" " + name + " ") != std::string::npos;
      if (concerned && events)
        FAIL("flip at " << at << " was read in stream " << name);
      for (std::size_t i = 0; events && i < events->size(); ++i)
        if (std::none_of(in.all.begin(), in.all.end(),
                         [&](const auto& text) { return text.find(text_of((*events)[i])) != std::string::npos; }))
          FAIL("flip at " << at << ": a wrong event in stream " << name);
    }
    in.on.crash();
  }
}

TEST_CASE("deleted, doubled and swapped commits are damage, also the last ones") {
  sample in;
  const auto refused = [&](const std::vector<std::size_t>& order) {
    const auto changed = in.arranged(order);
    in.lay(changed, {});
    const auto report = in.on.verify();
    const auto opened = in.on.try_open();
    return !report.intact && !opened && opened.error().code == errc::journal_damaged && in.on.bytes() == changed;
  };
  const auto count = in.all.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::size_t> deleted, doubled, swapped;
    for (std::size_t each = 0; each < count; ++each) {
      if (each != i)
        deleted.push_back(each);
      doubled.push_back(each);
      if (each == i)
        doubled.push_back(each);
      swapped.push_back(each == i && i + 1 < count ? i + 1 : each == i + 1 ? i : each);
    }
    INFO("commit " << i);
    // Without its last commit a journal is one that ends earlier: only an index can tell.
    if (i + 1 < count) {
      CHECK(refused(deleted));
      CHECK(refused(swapped));
    }
    CHECK(refused(doubled));
  }
}

namespace {

/// A segment's first line.
std::string header_of(const std::string& bytes) {
  return bytes.substr(0, bytes.find('\n') + 1);
}

/// A stopped journal of several segments.
struct segmented {
  journal_fixture on{700};
  std::vector<std::filesystem::path> files;
  texts_of_commits all;

  segmented() {
    on.open();
    for (int i = 0; i < 12; ++i)
      all.push_back(text_of(on.append("s" + std::to_string(i % 3))));
    on.stop();
    files = on.segments();
    REQUIRE(files.size() >= 4);
  }

  /// Refused with and without the index, nothing changed.
  void check_refused(const std::string& part) {
    for (int i = 0; i < 2; ++i) {
      const auto before = on.directory(on.journal_dir());
      const auto opened = on.try_open();
      REQUIRE_FALSE(opened.ok());
      INFO(opened.error().message);
      CHECK(opened.error().code == errc::journal_damaged);
      CHECK(opened.error().message.find(part) != std::string::npos);
      auto after = on.directory(on.journal_dir());
      CHECK(before == after);
      CHECK_FALSE(on.verify().intact);
      on.remove_index();
    }
  }
};

} // namespace

TEST_CASE("a missing segment in the middle is named") {
  segmented in;
  std::filesystem::remove(in.files[1]);
  in.check_refused("are missing");
}

TEST_CASE("a missing first segment is named") {
  segmented in;
  std::filesystem::remove(in.files[0]);
  in.check_refused("positions 1 to");
}

TEST_CASE("a missing last segment is noticed by its index, and so is a journal of which only the index is left") {
  segmented in;
  std::filesystem::remove(in.files.back());
  auto opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == errc::journal_damaged);
  CHECK(opened.error().message.find(in.files.back().filename().string() + " is missing") != std::string::npos);
  for (const auto& each : in.on.segments())
    std::filesystem::remove(each);
  opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == errc::journal_damaged);
  CHECK(in.on.segments().empty());
  in.on.remove_index();
  CHECK(in.on.open().books().last_position() == 0);
}

TEST_CASE("a segment under a second name is refused") {
  segmented in;
  std::filesystem::copy_file(in.files[1], in.on.journal_dir() / "00000000000000000099.jsonl");
  in.check_refused("its header says that it begins at position");
}

TEST_CASE("a segment of another journal is refused") {
  segmented in;
  segmented other;
  REQUIRE(in.files[1].filename() == other.files[1].filename());
  put_bytes(in.files[1], bytes_of(other.files[1]));
  in.check_refused("it belongs to journal");
}

TEST_CASE("a sealed segment that lost its last commit or got a tail is damage") {
  segmented in;
  const auto whole = bytes_of(in.files[1]);
  const auto ends = commit_ends(whole);
  put_bytes(in.files[1], whole.substr(0, ends[ends.size() - 2]));
  const auto index = in.on.directory(in.on.index_dir());
  in.check_refused("");
  in.on.restore(in.on.index_dir(), index);
  put_bytes(in.files[1], whole + "x");
  in.check_refused("the commit is not complete");
}

TEST_CASE("a segment from the future is refused and stays as it is") {
  sample in;
  const auto at = in.bytes.find("\"format_version\":1") + 17;
  auto changed = in.bytes;
  changed[at] = '2';
  changed.insert(at + 1, ",\"something_new\":true");
  for (const auto& index : {in.last_index, {}}) {
    in.lay(changed, index);
    const auto opened = in.on.try_open();
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::unsupported_format);
    CHECK(in.on.bytes() == changed);
    CHECK(verify_journal(in.on.dir(), {}).error().code == errc::unsupported_format);
  }
}

TEST_CASE("an index with any byte flipped changes nothing that a reader sees") {
  sample in;
  for (const auto& [name, contents] : in.last_index)
    for (std::size_t at = 0; at < contents.size(); ++at) {
      auto index = in.last_index;
      index[name][at] = static_cast<char>(index[name][at] ^ 1);
      in.lay(in.bytes, index);
      const auto opened = in.on.try_open();
      if (!opened)
        FAIL(name << " flipped at " << at << ": " << opened.error().message);
      if (in.on.commits() != in.all || in.on.stream("a").size() != 4 ||
          *in.on.books().open_streams() != std::vector<std::string>{"c"})
        FAIL(name << " flipped at " << at << ": something else is read");
      in.on.crash();
    }
}

TEST_CASE("a segment that a crash left without a header under its name is taken away") {
  sample in;
  put_bytes(in.on.journal_dir() / "00000000000000000012.jsonl.new", "{\"format\":");
  CHECK(in.on.open().commits() == in.all);
  CHECK(in.on.named(".new").empty());
}

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
    sample in;
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
  sample in;
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
  REQUIRE(write_index(files, path, *index));
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
  REQUIRE(write_index(files, path, behind));
  on.open();
  const auto at_end = on.books().read_from(2);
  REQUIRE_FALSE(at_end);
  CHECK_THAT(at_end.error().message, Catch::Contains("the index leads to its end"));
  CHECK(on.books().read_from(1)->size() == 3);
  on.crash();
  auto past = *index;
  past.entries[2].back = 2;
  REQUIRE(write_index(files, path, past));
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
  REQUIRE(write_index(files, path, *index));
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
    sample in;
    const file_system files{posix_files()};
    const auto path = in.on.index_dir() / "00000000000000000001.idx";
    in.lay(in.bytes, in.last_index);
    auto index = read_index(files, path, 1000);
    REQUIRE(index);
    change(*index);
    REQUIRE(write_index(files, path, *index));
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
  sample in;
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
