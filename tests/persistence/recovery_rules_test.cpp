#include <catch2/catch.hpp>

#include "daybook/persistence/recovery_rules.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

// The table of docs/journal-format.md, "What becomes of a segment's end": that it leaves nothing open, and each of its rows
// on a real journal.

using namespace daybook;
using namespace daybook::testing;

namespace {

/// Three commits in three writes, stopped by a crash: the mark knows all of them, no index does.
struct crashed {
  journal_fixture on;
  texts_of_commits all;
  std::vector<std::string> digests;
  std::string bytes;
  std::vector<std::size_t> ends;

  crashed() {
    on.open();
    for (const auto* name : {"a", "b", "a"}) {
      const auto made = on.append(name);
      all.push_back(text_of(made));
      digests.push_back(made.digest);
    }
    on.crash();
    bytes = on.bytes();
    ends = commit_ends(bytes);
  }

  crashed& without_mark() {
    std::filesystem::remove(on.index_dir() / "durable");
    return *this;
  }

  /// That the start is refused as damage that names `because` and the place, and changes nothing.
  void refused(const std::string& because, std::size_t offset) {
    const auto before = on.directory(on.journal_dir());
    const auto opened = on.try_open();
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::journal_damaged);
    CHECK_THAT(opened.error().message, Catch::Contains(because) && Catch::Contains(on.segments().back().filename().string()) &&
                                         Catch::Contains("at byte " + std::to_string(offset) + ", position "));
    auto after = on.directory(on.journal_dir());
    CHECK(before == after);
  }

  texts_of_commits first(std::size_t count) const { return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}; }
};

tail_findings findings_of(unsigned bits) {
  const auto bit = [&](unsigned number) { return (bits >> number & 1U) != 0; };
  return {bit(0), bit(1), bit(2), bit(3), bit(4), bit(5), bit(6)};
}

} // namespace

TEST_CASE("exactly one rule fits whatever a start may find at a segment's end") {
  for (unsigned bits = 0; bits < 128; ++bits) {
    const auto found = findings_of(bits);
    const auto& rules = tail_rules();
    CHECK(std::count_if(rules.begin(), rules.end(), [&](const auto& each) { return fits(each, found); }) == 1);
    CHECK(fits(rule_for(found), found));
  }
}

TEST_CASE("nothing is cut that anybody knows to have been durable, and nothing but a rest is cut") {
  for (unsigned bits = 0; bits < 128; ++bits) {
    const auto found = findings_of(bits);
    const bool known =
      found.digest_differs || found.index_knows_more || found.mark_knows_more || found.view_knows_more || found.has_later_write;
    if (rule_for(found).verdict == tail_verdict::cut)
      CHECK((!known && found.has_rest && found.is_last));
    if (rule_for(found).verdict == tail_verdict::whole)
      CHECK_FALSE((found.has_rest || found.digest_differs || found.index_knows_more || found.mark_knows_more ||
                   found.view_knows_more));
  }
}

TEST_CASE("rule: a witness knows another digest at a position that verifies: another history was there") {
  crashed in;
  SECTION("the view") {
    in.on.seen(2, in.digests[0]);
    in.refused("another history was there before, as the view remembers", in.ends[3]);
  }
  SECTION("the view, at a position that no commit ends with") {
    journal_fixture on;
    on.open();
    on.append("a", 2);
    on.crash().seen(1, in.digests[0]);
    CHECK(on.try_open().error().code == errc::journal_damaged);
  }
  SECTION("the mark") {
    // An older copy that went another way: the same journal, the same length, another third commit.
    const auto mark = in.on.directory(in.on.index_dir());
    in.on.replace(in.bytes.substr(0, in.ends[2]));
    in.without_mark().on.open();
    in.on.append("c");
    in.on.crash();
    in.on.restore(in.on.index_dir(), mark);
    in.refused("another history was there before, as the index directory remembers", in.on.bytes().size());
  }
}

TEST_CASE("rule: the index knows of more: commits are gone") {
  crashed in;
  in.on.open().stop();
  in.without_mark().on.replace(in.bytes.substr(0, in.ends[2]));
  in.refused("the index knows of more: position 3", in.ends[2]);
}

TEST_CASE("rule: the durable mark knows of more: a killed process had acknowledged what does not verify any more") {
  crashed in;
  SECTION("because it is gone") {
    in.on.replace(in.bytes.substr(0, in.ends[2]));
    in.refused("the durable mark knows of more: position 3", in.ends[2]);
  }
  SECTION("because it is cut") {
    in.on.replace(in.bytes.substr(0, in.ends[3] - 1));
    in.refused("the commit is not complete, and the durable mark knows of more: position 3", in.ends[2]);
  }
  SECTION("because a bit of it is flipped") {
    auto changed = in.bytes;
    changed[in.ends[2] + 50] ^= 1;
    in.on.replace(changed);
    in.refused("the commit's digest is not that of its bytes, and the durable mark knows of more", in.ends[2]);
  }
}

TEST_CASE("rule: the view has seen more: commits are gone") {
  crashed in;
  in.without_mark().on.seen(3, in.digests[2]).replace(in.bytes.substr(0, in.ends[2] + 7));
  in.refused("the view has seen more: position 3", in.ends[2]);
}

TEST_CASE("rule: bytes that do not verify in front of another segment are damage") {
  journal_fixture on{300};
  on.open();
  on.append("a");
  on.append("a");
  on.crash().remove_index();
  const auto first = on.segments().front();
  put_bytes(first, bytes_of(first) + "{\"position\":2,");
  const auto opened = on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error().message, Catch::Contains("a segment follows") && Catch::Contains(first.filename().string()));
}

TEST_CASE("rule: bytes that do not verify in front of a later write are damage") {
  crashed in;
  auto changed = in.bytes;
  changed[in.ends[1] + 50] ^= 1;
  in.without_mark().on.replace(changed);
  in.refused("a later write follows", in.ends[1]);
}

TEST_CASE("rule: bytes that do not verify and that nobody vouches for are the rest of an interrupted write: cut and kept") {
  crashed in;
  SECTION("behind what the mark and the view know") { in.on.seen(3, in.digests[2]).replace(in.bytes + "{\"position\":4,"); }
  SECTION("where nobody knows anything") { in.without_mark().on.replace(in.bytes + "{\"position\":4,"); }
  CHECK(in.on.open().commits() == in.all);
  REQUIRE(in.on.torn().size() == 1);
  CHECK(bytes_of(in.on.torn().front()) == "{\"position\":4,");
  CHECK(in.on.bytes() == in.bytes);
}

TEST_CASE("rule: where all bytes verify and nobody knows of more, the segment is whole") {
  crashed in;
  SECTION("with a mark and a view that are level") { in.on.seen(3, in.digests[2]); }
  SECTION("with a view that is behind") { in.on.seen(1, in.digests[0]); }
  SECTION("without any witness: a journal that lost its last commit looks like one that ends there") {
    in.without_mark().on.replace(in.bytes.substr(0, in.ends[2]));
    CHECK(in.on.open().commits() == in.first(2));
    return;
  }
  CHECK(in.on.open().commits() == in.all);
  CHECK(in.on.torn().empty());
}

TEST_CASE("a journal of which nothing is left but a memory is not begun anew") {
  crashed in;
  std::filesystem::remove(in.on.segments().front());
  SECTION("the mark's") {}
  SECTION("the view's") { in.without_mark().on.seen(3, in.digests[2]); }
  const auto opened = in.on.try_open();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == errc::journal_damaged);
  CHECK_THAT(opened.error().message, Catch::Contains("position 3"));
  CHECK(in.on.segments().empty());
}

TEST_CASE("a mark that does not verify, or that is another journal's, says nothing") {
  crashed in;
  const auto mark = in.on.index_dir() / "durable";
  SECTION("every byte of it flipped") {
    const auto whole = bytes_of(mark);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto changed = whole;
      changed[at] ^= 1;
      put_bytes(mark, changed);
      in.on.replace(in.bytes.substr(0, in.ends[2]));
      REQUIRE(in.on.try_open().ok());
      in.on.crash();
    }
    return;
  }
  SECTION("cut") { put_bytes(mark, bytes_of(mark).substr(0, 100)); }
  SECTION("of another journal") {
    crashed other;
    put_bytes(mark, bytes_of(other.on.index_dir() / "durable"));
  }
  in.on.replace(in.bytes.substr(0, in.ends[2]));
  CHECK(in.on.open().commits() == in.first(2));
}
