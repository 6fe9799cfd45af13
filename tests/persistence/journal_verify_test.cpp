#include <catch2/catch.hpp>

#include <filesystem>

#include <sys/resource.h>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

/// Four commits of two events, each a write of its own, in several segments; as a killed process leaves them.
struct killed {
  journal_fixture on{600};
  std::vector<std::string> digests;
  std::string bytes;
  std::vector<std::size_t> ends;

  killed() {
    on.open();
    for (int i = 0; i < 4; ++i)
      digests.push_back(on.append("a", 2).digest);
    on.crash();
    bytes = on.bytes();
    ends = commit_ends(bytes);
  }

  verify_report verify(noted_digests expected = {}) {
    auto report = verify_journal(on.dir(), {std::move(expected), {}});
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    return *report;
  }
};

} // namespace

TEST_CASE("verify gives a receipt that the same journal fits later, however much was added") {
  killed in;
  const auto before = in.verify();
  CHECK(before.intact);
  CHECK(before.last_position == 8);
  CHECK(before.last_digest == in.digests[3]);
  in.on.open();
  CHECK(before.journal_id == in.on.books().journal_id());
  in.on.append("b");
  in.on.stop();
  const auto after = in.verify({{before.last_position, before.last_digest}, {2, in.digests[0]}});
  CHECK(after.intact);
  CHECK(after.last_position == 9);
  CHECK(after.unmet_position == 0);
}

TEST_CASE("verify names the receipt that does not fit and the positions that are in doubt") {
  killed in;
  SECTION("another digest") {
    const auto report = in.verify({{6, in.digests[0]}, {4, in.digests[1]}, {2, in.digests[0]}, {8, in.digests[0]}});
    CHECK(report.intact);
    CHECK(report.unmet_position == 6);
    CHECK(report.doubt_from == 5);
    CHECK_THAT(report.unmet, Catch::Contains(in.digests[2]) && Catch::Contains(in.digests[0]));
  }
  SECTION("those behind it that fit do not make it fit") {
    const auto report = in.verify({{2, in.digests[1]}, {4, in.digests[1]}});
    CHECK(report.unmet_position == 2);
    CHECK(report.doubt_from == 1);
  }
  SECTION("no end of a commit") {
    const auto report = in.verify({{3, in.digests[1]}});
    CHECK(report.unmet_position == 3);
    CHECK(report.doubt_from == 1);
    CHECK_THAT(report.unmet, Catch::Contains("no commit ends there"));
  }
  SECTION("beyond the end") {
    const auto report = in.verify({{8, in.digests[3]}, {9, in.digests[3]}});
    CHECK(report.unmet_position == 9);
    CHECK(report.doubt_from == 9);
    CHECK_THAT(report.unmet, Catch::Contains("the journal ends with position 8"));
  }
  SECTION("behind damage") {
    in.on.flip(in.on.segments().front(), 400);
    const auto report = in.verify({{8, in.digests[3]}});
    CHECK_FALSE(report.intact);
    CHECK(report.unmet_position == 8);
    CHECK_THAT(report.unmet, Catch::Contains("can be read only up to"));
  }
}

TEST_CASE("verify names the segment whose header has no end") {
  killed in;
  const auto cut = in.on.segments()[1];
  std::filesystem::resize_file(cut, 20);
  const auto report = in.verify();
  CHECK_FALSE(report.intact);
  CHECK(report.damaged_segment == cut.filename().string());
  CHECK(report.damaged_offset == 0);
  CHECK_THAT(report.damage, Catch::Contains("its header does not verify"));
}

TEST_CASE("verify sees that a killed node's last commit, which it had acknowledged, is damaged or gone") {
  killed in;
  const auto last_begin = in.ends[in.ends.size() - 2];
  SECTION("gone") {
    in.on.replace(in.bytes.substr(0, last_begin));
  }
  SECTION("cut") {
    in.on.replace(in.bytes.substr(0, in.bytes.size() - 1));
  }
  SECTION("a bit flipped") {
    auto changed = in.bytes;
    changed[last_begin + 60] ^= 1;
    in.on.replace(changed);
  }
  const auto report = in.verify();
  CHECK_FALSE(report.intact);
  CHECK(report.damaged_offset == last_begin);
  CHECK(report.damaged_position == 7);
  CHECK(report.damaged_segment == in.on.segments().back().filename().string());
  CHECK_THAT(report.damage, Catch::Contains("the durable mark knows of more: position 8"));
  CHECK_FALSE(in.on.try_open().ok());
}

TEST_CASE("verify takes what nobody vouches for as unfinished, as a start does") {
  killed in;
  in.on.replace(in.bytes + "{\"position\":9,");
  const auto report = in.verify();
  CHECK(report.intact);
  CHECK(report.last_position == 8);
  CHECK(report.unfinished_bytes == 14);
  CHECK(in.on.try_open().ok());
}

TEST_CASE("verify sees what the index remembers: a lost end after a clean stop, a last segment that is missing") {
  killed in;
  in.on.reopen();
  in.on.append("b");
  in.on.stop();
  std::filesystem::remove(in.on.index_dir() / "durable");
  SECTION("a lost end") {
    const auto bytes = in.on.bytes();
    in.on.replace(bytes.substr(0, *std::prev(commit_ends(bytes).end(), 2)));
    CHECK_THAT(in.verify().damage, Catch::Contains("the index knows of more: position 9"));
  }
  SECTION("a segment") {
    std::filesystem::remove(in.on.segments().back());
    CHECK_THAT(in.verify().damage, Catch::Contains("missing"));
  }
  SECTION("everything") {
    for (const auto& each : in.on.segments())
      std::filesystem::remove(each);
    CHECK(verify_journal(in.on.dir()).error().code == errc::journal_damaged);
  }
  CHECK_FALSE(in.on.try_open().ok());
}

TEST_CASE("verify beside a running node ends with what the node knows to be durable") {
  killed in;
  in.on.open();
  const auto mark = in.on.directory(in.on.index_dir()).at("durable");
  in.on.append("b", 2);
  CHECK(in.verify().last_position == 10);
  // As if the last write's sync had not returned yet.
  put_bytes(in.on.index_dir() / "durable", mark);
  const auto report = in.verify();
  CHECK(report.intact);
  CHECK(report.last_position == 8);
  CHECK(report.unfinished_bytes > 0);
  // Where no node runs, what verifies counts.
  in.on.crash();
  put_bytes(in.on.index_dir() / "durable", mark);
  CHECK(in.verify().last_position == 10);
}

TEST_CASE("a journal may have more segments than a process may have open files") {
  journal_fixture on{200};
  on.files.without_syncs();
  on.open();
  for (int i = 0; i < 60; ++i)
    on.append("a");
  on.stop();
  REQUIRE(on.segments().size() == 60);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{40, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  const auto report = verify_journal(on.dir());
  const auto stat = stat_journal(on.dir());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(report.ok());
  CHECK(report->segments == 60);
  CHECK(stat.ok());
}

TEST_CASE("verify changes nothing") {
  killed in;
  in.on.replace(in.bytes + "{\"position\":9,");
  const auto journal = in.on.directory(in.on.journal_dir());
  const auto index = in.on.directory(in.on.index_dir());
  in.verify();
  CHECK((in.on.directory(in.on.journal_dir()) == journal));
  CHECK((in.on.directory(in.on.index_dir()) == index));
}
