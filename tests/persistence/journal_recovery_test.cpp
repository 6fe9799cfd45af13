#include <catch2/catch.hpp>

#include "daybook/tests/persistence/damaged_journals.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

void check_cut(sample_journal& in, std::size_t whole, const std::string& laid) {
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
  for (const auto& tail :
       {std::string(4096, '\0'), std::string("\n\n\0", 3), std::string("{\"position\":12,"), std::string(1, '}')}) {
    in.lay(in.bytes + tail, {});
    CHECK(in.on.open().commits() == in.all);
    REQUIRE(in.on.torn().size() == 1);
    CHECK(bytes_of(in.on.torn()[0]) == tail);
    in.on.crash();
  }
}

TEST_CASE("holes in the last write are cut, the same holes in front of a later write are damage") {
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
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
  sample_journal in;
  put_bytes(in.on.journal_dir() / "00000000000000000012.jsonl.new", "{\"format\":");
  CHECK(in.on.open().commits() == in.all);
  CHECK(in.on.named(".new").empty());
}
