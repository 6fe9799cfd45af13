#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "daybook/tests/support/journal_fixture.hpp"

using namespace daybook;
using namespace daybook::testing;

// What one thread may do while another appends. Most telling with thread sanitizer: `./dev test --sanitize=thread`.

namespace {

constexpr int stream_count = 7;

std::string stream_name(int number) {
  return "order-" + std::to_string(number);
}

std::unique_ptr<file_journal> open_journal(const fast_dir& in, std::uint64_t segment_bytes) {
  file_journal_options options;
  options.segment_bytes = segment_bytes;
  auto opened = file_journal::open(in.path(), options, journal_time);
  REQUIRE(opened.ok());
  return std::move(*opened);
}

/// Reads all that there is, in every way there is, and says the first thing that is wrong.
class reader {
public:
  explicit reader(const file_journal& books) : books_(books) {}

  const std::string& problem() const noexcept { return problem_; }

  void read_everything() {
    const auto last = books_.last_position();
    read_positions(last);
    for (int i = 0; i < stream_count; ++i)
      read_stream(i);
    if (const auto open = books_.open_streams(); !open)
      tell("open streams: " + open.error().message);
    if (last > 0)
      if (const auto digest = books_.digest_at(last); !digest || digest->size() != 43)
        tell("no digest at the last position");
    if (books_.last_position() < last)
      tell("the last position went backwards");
  }

private:
  void tell(const std::string& what) {
    if (problem_.empty())
      problem_ = what;
  }

  void read_positions(position_t last) {
    for (position_t next = 1; next <= last;) {
      const auto commits = books_.read_from(next, {5, 4096});
      if (!commits || commits->empty())
        return tell("position " + std::to_string(next) + ": " + (commits ? "nothing there" : commits.error().message));
      for (const auto& commit : *commits)
        for (const auto& event : commit.events)
          if (event.position != next++ || event.data != R"({"n":)" + std::to_string(event.version) + "}")
            return tell("position " + std::to_string(next - 1) + " is another event");
    }
  }

  void read_stream(int number) {
    const auto events = books_.read_stream(stream_name(number));
    if (!events)
      return tell(events.error().message);
    auto& seen = seen_[number];
    if (events->size() < seen || (seen > 0 && !books_.may_have(stream_name(number))))
      tell("events of a stream are gone");
    seen = events->size();
    for (std::size_t i = 0; i < seen; ++i)
      if ((*events)[i].version != i + 1)
        tell("a stream has a gap");
  }

  const file_journal& books_;
  std::string problem_;
  std::size_t seen_[stream_count] = {};
};

} // namespace

TEST_CASE("readers see whole commits, in order, while a writer appends, begins segments and closes", "[journal][threads]") {
  fast_dir dir;
  auto opened = open_journal(dir, 1500);
  auto& books = *opened;
  std::atomic<bool> is_closed{false};
  std::vector<reader> readers(4, reader{books});
  std::vector<std::thread> threads;
  for (auto& each : readers)
    threads.emplace_back([&] {
      for (bool was_closed = false; !was_closed && each.problem().empty();) {
        was_closed = is_closed;
        each.read_everything();
      }
    });
  version_t versions[stream_count] = {};
  std::string failure;
  for (int i = 0; i < 200 && failure.empty(); ++i) {
    std::vector<commit> batch;
    for (const int stream : {i % stream_count, (i + 3) % stream_count}) {
      batch.push_back(wanted(stream_name(stream), versions[stream], 1 + i % 3, i % 4 == 0));
      versions[stream] += static_cast<version_t>(1 + i % 3);
    }
    for (const auto& outcome : books.append(batch, journal_time + i))
      if (!outcome)
        failure = outcome.error().message;
  }
  const auto closed = books.close();
  is_closed = true;
  for (auto& each : threads)
    each.join();
  CHECK(failure.empty());
  CHECK(closed.ok());
  for (const auto& each : readers)
    CHECK(each.problem().empty());
  CHECK(books.last_position() > 700);
}

TEST_CASE("a commit is read once although its segment is sealed while its places are looked for", "[journal][threads]") {
  constexpr int events = 400;
  fast_dir dir;
  auto opened = open_journal(dir, 1);
  auto& books = *opened;
  std::atomic<int> newest{-1};
  std::atomic<bool> is_over{false};
  std::string problem;
  std::thread reader{[&] {
    while (!is_over && problem.empty()) {
      if (newest < 0)
        continue;
      const auto found = books.read_stream(stream_name(newest));
      if (!found || found->size() != events)
        problem = found ? std::to_string(found->size()) + " events" : found.error().message;
    }
  }};
  std::size_t stored = 0;
  for (int i = 0; i < 100; ++i) {
    stored += books.append({wanted(stream_name(i), 0, events)}, journal_time + i).front().ok();
    newest = i;
  }
  is_over = true;
  reader.join();
  CHECK(stored == 100);
  CHECK(problem.empty());
  CHECK(books.close().ok());
}

TEST_CASE("journals of their own may be written by threads of their own", "[journal][threads]") {
  fast_dir dir;
  std::vector<std::string> digests(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < digests.size(); ++i)
    threads.emplace_back([&, i] {
      auto opened = file_journal::open(dir.path() / std::to_string(i), {}, journal_time);
      for (version_t version = 0; opened && version < 20; ++version)
        if (const auto outcomes = (*opened)->append({wanted("a", version)}, journal_time); outcomes.front())
          digests[i] = outcomes.front()->digest;
    });
  for (auto& each : threads)
    each.join();
  for (const auto& each : digests)
    CHECK(each.size() == 43);
}
