#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

TEST_CASE("a journal gives back what was recorded, field by field") {
  journal_fixture on;
  on.open();
  auto made = wanted("order-1", 0, 2, true);
  made.correlation_id = "corr-1";
  made.causation_id = "cause-1";
  const auto recorded = on.append_many({made}).front();
  REQUIRE(recorded->events.size() == 2);
  const auto& last = recorded->events.back();
  CHECK(last.position == 2);
  CHECK(last.stream == "order-1");
  CHECK(last.version == 2);
  CHECK(last.type == "Happened");
  CHECK(last.recorded_at == journal_time);
  CHECK(last.command_id == made.command_id);
  CHECK(last.correlation_id == "corr-1");
  CHECK(last.causation_id == "cause-1");
  CHECK(last.command_hash == made.command_hash);
  CHECK(last.open);
  CHECK(last.data == R"({"n":2})");
  CHECK(recorded->digest.size() == 43);
  CHECK(on.commits() == texts_of_commits{text_of(*recorded)});
  CHECK(on.reopen().commits() == texts_of_commits{text_of(*recorded)});
  CHECK(on.reopen_without_index().commits() == texts_of_commits{text_of(*recorded)});
}

TEST_CASE("an empty correlation or causation id reads as the command's") {
  journal_fixture on;
  on.open();
  const auto event = on.append("a").events.front();
  CHECK(event.correlation_id == event.command_id);
  CHECK(event.causation_id == event.command_id);
  CHECK(text_of(on.stream("a").front()) == text_of(event));
}

TEST_CASE("a group of commits gets consecutive positions and commits of one stream build upon each other") {
  journal_fixture on;
  on.open();
  const auto outcomes = on.append_many({wanted("a", 0), wanted("b", 0, 3), wanted("a", 1, 2)});
  CHECK(outcomes[0]->last_position() == 1);
  CHECK(outcomes[1]->last_position() == 4);
  CHECK(outcomes[2]->last_position() == 6);
  CHECK(outcomes[2]->events.back().version == 3);
  CHECK(on.books().last_position() == 6);
}

TEST_CASE("a version conflict fails alone") {
  journal_fixture on;
  on.open();
  on.append("a");
  auto outcomes = on.books().append({wanted("a", 0), wanted("b", 0), wanted("b", 0), wanted("c", 1), wanted("a", 1)}, 0);
  REQUIRE(outcomes.size() == 5);
  CHECK(outcomes[0].error().code == errc::version_conflict);
  CHECK(outcomes[1].ok());
  CHECK(outcomes[2].error().code == errc::version_conflict);
  CHECK(outcomes[3].error().code == errc::version_conflict);
  CHECK(outcomes[4].ok());
  CHECK(on.books().last_position() == 3);
  CHECK(on.reopen().commits().size() == 3);
  CHECK(on.refused(wanted("a", 1)) == errc::version_conflict);
}

TEST_CASE("of eight commits on the same version exactly one is recorded, whether they go out together or one by one") {
  journal_fixture on;
  on.files.without_syncs();
  on.open();
  for (version_t round = 0; round < 10'000; ++round) {
    std::vector<commit> writers;
    for (int each = 0; each < 8; ++each) {
      writers.push_back(wanted("s" + std::to_string(round / 10), round % 10));
      writers.back().command_id += "-" + std::to_string(each);
    }
    std::vector<result<recorded_commit>> outcomes;
    if (round % 2 == 0)
      outcomes = on.books().append(writers, on.now);
    else
      for (const auto& each : writers)
        outcomes.push_back(std::move(on.books().append({each}, on.now).front()));
    if (std::count_if(outcomes.begin(), outcomes.end(), [](const auto& each) { return each.ok(); }) != 1 || !outcomes.front())
      FAIL("round " << round << ": not exactly the first of eight was recorded");
  }
  CHECK(on.books().last_position() == 10'000);
  CHECK(on.stream("s999").size() == 10);
}

TEST_CASE("what must not be written is refused and leaves no trace") {
  journal_fixture on;
  on.open();
  const auto with = [](auto change) {
    auto made = wanted("a", 0);
    change(made);
    return made;
  };
  CHECK(on.refused(with([](auto& c) { c.stream = "a b"; })) == errc::illegal_id);
  CHECK(on.refused(with([](auto& c) { c.stream = std::string(129, 'a'); })) == errc::illegal_id);
  CHECK(on.refused(with([](auto& c) { c.command_id = ""; })) == errc::illegal_id);
  CHECK(on.refused(with([](auto& c) { c.causation_id = "\""; })) == errc::illegal_id);
  CHECK(on.refused(with([](auto& c) { c.events.clear(); })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.events[0].type = ""; })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.events[0].data = "{\n}"; })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.stream = ""; })) == errc::illegal_id);
  CHECK(on.refused(with([](auto& c) { c.events[0].type = std::string(65, 'a'); })) == errc::invalid_argument);
  for (const auto* data : {"[]", "{", "{]", "[}"})
    CHECK(on.refused(with([&](auto& c) { c.events[0].data = data; })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.events[0].data = "{" + std::string(33 << 20, ' ') + "}"; })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.expected_version = journal_format::max_version; })) == errc::invalid_argument);
  CHECK(on.refused(with([](auto& c) { c.expected_version = 4'000'000'000; })) == errc::invalid_argument);
  CHECK(on.books().last_position() == 0);
  CHECK(on.books().append({}, 0).empty());
  CHECK(on.append("a").last_position() == 1);
}

TEST_CASE("recorded times never go backwards when the clock does, also after a start") {
  journal_fixture on;
  on.open();
  on.append("a");
  on.now = journal_time - 3'600'000'000;
  CHECK(on.append("a").events.front().recorded_at == journal_time);
  on.reopen();
  CHECK(on.append("a").events.front().recorded_at == journal_time);
  on.reopen_without_index();
  CHECK(on.append("a").events.front().recorded_at == journal_time);
  on.now = journal_time + 5;
  CHECK(on.append("a").events.front().recorded_at == journal_time + 5);
}

TEST_CASE("data may hold what looks like the journal's own lines") {
  journal_fixture on;
  on.open();
  auto tricky = wanted("a", 0, 2);
  const std::string digest(43, 'A');
  tricky.events[0].data = R"({"x":[{"position":9,"digest":")" + digest + R"("},{"position":10}],"digest":")" + digest + "\"}";
  tricky.events[1].data = R"({"t":"{\"position\":7,","u":{"digest":")" + digest + "\"}}";
  const auto recorded = on.append_many({tricky}).front();
  on.append("b");
  CHECK(on.reopen_without_index().commits().front() == text_of(*recorded));
  CHECK(on.verify().intact);
}

TEST_CASE("small segments roll, and all of them are read after any kind of start") {
  journal_fixture on{1000};
  on.open();
  texts_of_commits all;
  for (int i = 0; i < 40; ++i)
    all.push_back(text_of(on.append("s" + std::to_string(i % 7), 1 + i % 3, i % 5 == 0)));
  REQUIRE(on.segments().size() > 5);
  const auto check = [&] {
    CHECK(on.commits() == all);
    CHECK(on.stream("s3").size() == on.version("s3"));
    CHECK(on.verify().intact);
  };
  check();
  on.reopen();
  CHECK(on.books().recovery().was_clean);
  CHECK(on.books().recovery().scanned_bytes == 0);
  CHECK(on.books().recovery().rebuilt_indexes == 0);
  check();
  on.reopen_without_index();
  CHECK(on.books().recovery().rebuilt_indexes == on.segments().size());
  CHECK_FALSE(on.books().recovery().was_clean);
  check();
  on.stop();
  on.flip(on.index_dir() / "00000000000000000001.idx", 200);
  on.open();
  CHECK(on.books().recovery().rebuilt_indexes == 1);
  check();
  on.crash().open();
  all.push_back(text_of(on.append("s3")));
  check();
}

TEST_CASE("reading begins at the commit that holds the position and keeps to the limit") {
  journal_fixture on{600};
  on.open();
  for (int i = 0; i < 12; ++i)
    on.append("a", 2);
  auto& books = on.books();
  CHECK(books.read_from(4)->front().events.front().position == 3);
  CHECK(books.read_from(0)->front().events.front().position == 1);
  CHECK(books.read_from(25)->empty());
  CHECK(books.read_from(1, {5, 1 << 20})->size() == 3);
  CHECK(books.read_from(1, {1000, 1})->size() == 1);
  CHECK(books.read_from(1)->size() == 12);
}

TEST_CASE("streams, open streams and digests are the same before and after every kind of start") {
  journal_fixture on{700};
  on.open();
  on.append("order-a", 1, true);
  on.append("order-b", 2, true);
  on.append("order-a");
  const auto last = on.append("order-c", 1, true);
  const auto check = [&] {
    auto& books = on.books();
    CHECK(*books.open_streams() == std::vector<std::string>{"order-b", "order-c"});
    CHECK(books.may_have("order-a"));
    CHECK_FALSE(books.may_have("order-z"));
    CHECK(on.stream("order-z").empty());
    CHECK(on.stream("order-a").size() == 2);
    CHECK(on.stream("order-b").back().position == 3);
    CHECK(*books.digest_at(5) == last.digest);
    CHECK(books.digest_at(2).error().code == errc::not_found);
    CHECK(books.digest_at(6).error().code == errc::not_found);
    CHECK(books.digest_at(0).error().code == errc::not_found);
  };
  on.after_every_start(check);
}

TEST_CASE("after close appends fail and reads go on, and closing twice is fine") {
  journal_fixture on;
  on.open();
  on.append("a");
  CHECK(on.books().close().ok());
  CHECK(on.books().close().ok());
  CHECK(on.refused(wanted("a", 1)) == errc::shutting_down);
  CHECK(on.commits().size() == 1);
}

TEST_CASE("readers beside the writer see whole commits only, in order, and verify finds nothing wrong") {
  journal_fixture on{4000};
  on.files.without_syncs();
  on.open();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  const auto reader = [&] {
    position_t next = 1;
    while (!stop) {
      const auto known = on.books().last_position();
      auto read = on.books().read_from(next, {64, 1 << 20});
      wrong += !read || (known >= next && read->empty());
      for (std::size_t i = 0; read && i < read->size(); ++i) {
        wrong += (*read)[i].events.size() != 2 || (*read)[i].events.front().position != next;
        next = (*read)[i].last_position() + 1;
      }
      auto events = on.books().read_stream("s1");
      wrong += !events || events->size() % 2 != 0 || (!events->empty() && !on.books().may_have("s1"));
      wrong += !on.books().open_streams().ok();
    }
  };
  const auto verifying = [&] {
    while (!stop) {
      auto report = verify_journal(on.dir(), {});
      wrong += !report || !report->intact;
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(reader);
  threads.emplace_back(reader);
  threads.emplace_back(verifying);
  for (int i = 0; i < 600; ++i) {
    const auto a = "s" + std::to_string(i % 5);
    const auto b = "t" + std::to_string(i);
    on.append_many({wanted(a, on.version(a), 2, i % 2 == 0), wanted(b, 0, 2)});
  }
  stop = true;
  for (auto& each : threads)
    each.join();
  CHECK(wrong == 0);
  CHECK(on.verify().events == 2400);
}

TEST_CASE("stat tells sizes and ends of a journal, also of a running one") {
  journal_fixture on{500};
  CHECK(stat_journal(on.dir()).error().code == errc::not_found);
  CHECK(verify_journal(on.dir(), {}).error().code == errc::not_found);
  on.open();
  CHECK(stat_journal(on.dir())->first_position == 0);
  for (int i = 0; i < 5; ++i)
    on.append("a");
  const auto report = stat_journal(on.dir());
  REQUIRE(report.ok());
  CHECK(report->journal_id == on.books().journal_id());
  CHECK(report->segments == on.segments().size());
  CHECK(report->first_position == 1);
  CHECK(report->last_position == 5);
  CHECK(report->created_at == journal_time);
  CHECK(report->last_recorded_at == journal_time + 4);
  CHECK(report->index_bytes > 0);
  std::uint64_t bytes = on.text().size();
  for (const auto& each : on.segments())
    bytes += each == on.segments().back() ? 0 : std::filesystem::file_size(each);
  CHECK(report->bytes == bytes);
}

TEST_CASE("stat knows the last event's time also when the last segment has none yet") {
  journal_fixture on{300};
  on.open();
  on.append("a");
  on.files.fail(operation::write, errc::disk_full, 2, false, ".jsonl");
  CHECK(on.refused(wanted("a", 1)) == errc::disk_full);
  REQUIRE(on.segments().size() == 2);
  const auto report = stat_journal(on.dir());
  REQUIRE(report.ok());
  CHECK(report->last_position == 1);
  CHECK(report->last_recorded_at == journal_time);
}

TEST_CASE("stat tells the sizes of what it finds, also without an index, and of a segment that does not verify") {
  journal_fixture on{300};
  std::filesystem::create_directories(on.journal_dir());
  CHECK(stat_journal(on.dir()).error().code == errc::not_found);
  on.open();
  on.append("a");
  on.append("a");
  on.stop().remove_index();
  auto found = stat_journal(on.dir());
  REQUIRE(found);
  CHECK(found->index_bytes == 0);
  CHECK(found->last_position == 2);
  for (const auto& each : on.segments())
    on.flip(each, 5);
  found = stat_journal(on.dir());
  REQUIRE(found);
  CHECK(found->segments == 2);
  CHECK(found->journal_id.empty());
  CHECK(found->last_recorded_at == 0);
}
