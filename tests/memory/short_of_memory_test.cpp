#include <catch2/catch.hpp>

#include <cerrno>
#include <iostream>
#include <new>

#include "daybook/persistence/journal_verify.hpp"
#include "daybook/persistence/order_codec.hpp"
#include "daybook/tests/memory/allocations.hpp"
#include "daybook/tests/support/given.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

// The nth allocation fails, once and for ever, for every n until an operation has enough: it throws std::bad_alloc or
// returns an error, and the journal is what it was, or what it was asked to become, never anything else.

using namespace daybook;
using namespace daybook::testing;

namespace {

/// The real files, whose writes may fail without allocating anything for it.
class breakable_files final : public os_files {
public:
  bool is_broken = false;

  os_outcome open(const std::filesystem::path& path, open_mode mode, std::unique_ptr<os_file>& into) override {
    std::unique_ptr<os_file> opened;
    const auto outcome = posix_files().open(path, mode, opened);
    if (outcome >= 0)
      into = std::make_unique<breakable_file>(*this, std::move(opened));
    return outcome;
  }
  os_outcome list(const std::filesystem::path& directory, std::vector<std::string>& into) override {
    return posix_files().list(directory, into);
  }
  os_outcome make_directory(const std::filesystem::path& path) override { return posix_files().make_directory(path); }
  os_outcome is_directory(const std::filesystem::path& path) override { return posix_files().is_directory(path); }
  os_outcome rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return posix_files().rename(from, to);
  }
  os_outcome remove(const std::filesystem::path& path) override { return posix_files().remove(path); }
  os_outcome sync_directory(const std::filesystem::path&) override { return 0; }
  os_outcome lock(const std::filesystem::path& path, std::unique_ptr<directory_lock>& into, std::int64_t& holder) override {
    return posix_files().lock(path, into, holder);
  }

private:
  class breakable_file final : public os_file {
  public:
    breakable_file(breakable_files& owner, std::unique_ptr<os_file> real) : owner_(owner), real_(std::move(real)) {}
    os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
      return real_->read(offset, into, size);
    }
    os_outcome write(std::uint64_t offset, const char* from, std::size_t size) override {
      const auto written = real_->write(offset, from, owner_.is_broken ? size / 2 : size);
      return owner_.is_broken ? -EIO : written;
    }
    os_outcome sync() override { return 0; }
    os_outcome truncate(std::uint64_t size) override { return real_->truncate(size); }
    os_outcome allocate(std::uint64_t size) override { return real_->allocate(size); }
    os_outcome size() const override { return real_->size(); }

  private:
    breakable_files& owner_;
    std::unique_ptr<os_file> real_;
  };
};

/// A journal in a directory of its own, opened by hand: nothing that allocates stands between a test and it.
struct bench {
  fast_dir dir;
  breakable_files files;
  file_journal_options options;
  std::unique_ptr<file_journal> books;
  texts_of_commits all;
  std::map<std::string, version_t> versions;

  explicit bench(std::uint64_t segment_bytes) { options.segment_bytes = segment_bytes; }

  result<done> try_open() {
    auto opened = file_journal::open(dir.path(), options, journal_time, files);
    if (!opened)
      return opened.error();
    books = std::move(*opened);
    return done{};
  }
  void open() { REQUIRE(try_open().ok()); }
  void stop() {
    REQUIRE(books->close().ok());
    books.reset();
  }
  void append(const std::string& stream, int events = 1) {
    auto outcomes = books->append({wanted(stream, versions[stream], events, events > 1)}, journal_time);
    REQUIRE(outcomes.front().ok());
    versions[stream] = outcomes.front()->events.back().version;
    all.push_back(text_of(*outcomes.front()));
  }
  /// A journal of two streams and five commits, open.
  void fill() {
    open();
    append("a");
    append("b", 2);
    append("a", 3);
    append("c");
    append("a");
  }
  std::filesystem::path last_segment() const {
    std::filesystem::path last;
    for (const auto& each : std::filesystem::directory_iterator(dir.path() / "journal"))
      if (each.path().extension() == ".jsonl")
        last = std::max(last, each.path());
    return last;
  }
  /// A start that has what was acknowledged, and, of what was not, at the most one commit; the journal is intact.
  void check(bool one_more = false) {
    books.reset();
    open();
    texts_of_commits found;
    auto read = books->read_from(1, {SIZE_MAX, SIZE_MAX});
    REQUIRE(read.ok());
    for (const auto& each : *read)
      found.push_back(text_of(each));
    REQUIRE(found.size() <= all.size() + (one_more ? 1 : 0));
    REQUIRE(found.size() >= all.size());
    found.resize(all.size());
    REQUIRE(found == all);
    const auto report = verify_journal(dir.path(), {});
    REQUIRE(report.ok());
    REQUIRE(report->intact);
    REQUIRE(report->unfinished_bytes == 0);
    append("afterwards");
  }
};

enum class end : std::uint8_t { went_well, failed, no_memory };

/// `act` with each allocation failing in turn, on what `prepare` makes; `judge` looks at what is left. How often it had to.
template <class Prepare, class Act, class Judge>
std::uint64_t every_allocation(Prepare prepare, Act act, Judge judge) {
  // A libcrypto that runs out of memory when it is first used does not survive it; ours is used before anything else.
  sha256{}.start();
  std::uint64_t count = 0;
  for (const bool for_ever : {false, true})
    for (std::uint64_t nth = 1;; ++nth) {
      auto on = prepare();
      auto came = end::went_well;
      bool struck = false;
      {
        const allocation_fault fault{nth, for_ever};
        try {
          came = act(*on) ? end::went_well : end::failed;
        } catch (const std::bad_alloc&) {
          came = end::no_memory;
        }
        struck = fault.struck();
      }
      INFO("allocation " << nth << (for_ever ? " and all behind it" : ""));
      judge(*on, came);
      if (!struck) {
        REQUIRE(came == end::went_well);
        break;
      }
      ++count;
    }
  return count;
}

void say(const std::string& what, std::uint64_t count) {
  std::cout << what << ": " << count << " allocations failed\n";
  CHECK(count > 0);
}

/// A start on what `prepare` leaves behind.
void check_starts(const std::string& what, std::uint64_t segment_bytes, const std::function<void(bench&)>& prepare) {
  say(what, every_allocation(
              [&] {
                auto on = std::make_unique<bench>(segment_bytes);
                prepare(*on);
                on->books.reset();
                return on;
              },
              [](bench& on) { return on.try_open().ok(); }, [](bench& on, end) { on.check(); }));
}

/// Something done to an open journal with several segments, that changes nothing.
template <class Act>
void check_reads(const std::string& what, Act act) {
  say(what, every_allocation(
              [] {
                auto on = std::make_unique<bench>(700);
                on->fill();
                return on;
              },
              act, [](bench& on, end) { on.check(); }));
}

const auto nothing = [] { return std::make_unique<int>(0); };

} // namespace

TEST_CASE("a start that runs out of memory leaves what it found, for the next one") {
  check_starts("a first start", 1 << 20, [](bench&) {});
  check_starts("a start after a clean stop", 700, [](bench& on) {
    on.fill();
    on.stop();
  });
  check_starts("a start after a kill", 700, [](bench& on) {
    on.fill();
    const auto index = journal_fixture::directory(on.dir.path() / "index");
    on.books.reset();
    journal_fixture::restore(on.dir.path() / "index", index);
  });
  check_starts("a start without an index", 700, [](bench& on) {
    on.fill();
    on.books.reset();
    std::filesystem::remove_all(on.dir.path() / "index");
  });
  check_starts("a start with a torn tail", 1 << 20, [](bench& on) {
    on.fill();
    on.books.reset();
    std::filesystem::remove_all(on.dir.path() / "index");
    put_bytes(on.last_segment(), bytes_of(on.last_segment()) + "{\"position\":9,\"stre");
  });
}

TEST_CASE("an append that runs out of memory has stored nothing, and the next one goes well") {
  const auto prepare = [](std::uint64_t segment_bytes) {
    return [=] {
      auto on = std::make_unique<bench>(segment_bytes);
      on->fill();
      return on;
    };
  };
  const std::vector<commit> batch{wanted("a", 5), wanted("d", 0, 2, true), wanted("x", 7), wanted("a", 6)};
  const auto act = [&](bench& on) {
    auto outcomes = on.books->append(batch, journal_time);
    // To be told apart from a test that ran out of memory itself.
    on.versions["appended"] = static_cast<version_t>(outcomes.size());
    return outcomes.size() == 4 && outcomes[0] && outcomes[1] && !outcomes[2] && outcomes[3];
  };
  const auto judge = [&](bench& on, end came) {
    if (came == end::went_well) {
      REQUIRE(on.books->last_position() == 12);
      return;
    }
    REQUIRE(came == end::no_memory);
    // The test's own note may have been what failed.
    if (on.books->last_position() == 12)
      return;
    REQUIRE(on.books->last_position() == 8);
    on.append("a");
    on.check();
  };
  say("an append", every_allocation(prepare(1 << 20), act, judge));
  say("an append that begins a segment", every_allocation(prepare(700), act, judge));
}

TEST_CASE("an append whose write fails when there is no memory for the words ends writing all the same") {
  say("a failed write", every_allocation(
                          [] {
                            auto on = std::make_unique<bench>(1 << 20);
                            on->fill();
                            return on;
                          },
                          [](bench& on) {
                            on.files.is_broken = true;
                            auto outcomes = on.books->append({wanted("d", 0)}, journal_time);
                            return !outcomes.front();
                          },
                          [](bench& on, end came) {
                            on.files.is_broken = false;
                            const auto outcomes = on.books->append({wanted("e", 0)}, journal_time);
                            if (came == end::went_well)
                              REQUIRE(outcomes.front().error().code == errc::storage_failed);
                            if (outcomes.front())
                              on.all.push_back(text_of(*outcomes.front()));
                            REQUIRE(came != end::failed);
                            on.check();
                          }));
}

TEST_CASE("readers that run out of memory say so, and the journal is as it was") {
  check_reads("read_from", [](bench& on) { return on.books->read_from(1, {SIZE_MAX, SIZE_MAX}).ok(); });
  check_reads("read_stream", [](bench& on) {
    const auto events = on.books->read_stream("a");
    return events && events->size() == 5;
  });
  check_reads("open_streams", [](bench& on) { return on.books->open_streams().ok(); });
  check_reads("digest_at", [](bench& on) { return on.books->digest_at(3).ok(); });
  check_reads("verify_journal", [](bench& on) {
    const auto report = verify_journal(on.dir.path(), {});
    return report && report->intact;
  });
  check_reads("stat_journal", [](bench& on) { return stat_journal(on.dir.path()).ok(); });
}

TEST_CASE("a stop that runs out of memory releases the journal, with or without its index") {
  check_reads("close", [](bench& on) { return on.books->close().ok(); });
  check_reads("the end without a stop", [](bench& on) {
    on.books.reset();
    return true;
  });
}

TEST_CASE("giving the reserve up and taking it again survives a lack of memory") {
  say("the reserve", every_allocation(
                       [] {
                         auto on = std::make_unique<bench>(1 << 20);
                         on->options.reserve_bytes = 8192;
                         on->fill();
                         return on;
                       },
                       [](bench& on) {
                         on.books->give_up_reserve();
                         return on.books->append({}, journal_time).empty();
                       },
                       [](bench& on, end) { on.check(); }));
}

TEST_CASE("the codec and the reader of requests run out of memory without harm") {
  std::uint64_t count = 0;
  const std::vector<order_event> events{some_request(), some_validation(), order_rejected{{rejection::no_lines}},
                                        items_returned{{{1, 3}, {2, 2}}, 1443, "broken, and it is a long story how"}};
  for (const auto& event : events) {
    const auto data = order_codec::encode(event);
    count += every_allocation(nothing, [&](int&) { return order_codec::encode(event) == data; }, [](int&, end) {});
    count += every_allocation(
      nothing, [&](int&) { return order_codec::decode(type_name(event), data).ok(); },
      [](int&, end came) { REQUIRE(came != end::failed); });
  }
  const std::string request = R"({"order_id": "536365", "customer": "17850", "country": "United Kingdom of somewhere far",
    "currency": "GBP", "lines": [{"stock_code": "85123A", "description": "WHITE HANGING HEART T-LIGHT HOLDER",
    "quantity": 6, "unit_price": 2.55}, {"stock_code": "71053", "quantity": "2", "unit_price": "3.39"}]})";
  count += every_allocation(
    nothing, [&](int&) { return parse_order_request(request).ok(); }, [](int&, end came) { REQUIRE(came != end::failed); });
  count += every_allocation(
    nothing, [&](int&) { return !parse_order_request(R"({"customer": "a very long one that nobody)" + request).ok(); },
    [](int&, end) {});
  say("codec and requests", count);
}

TEST_CASE("the journal's format runs out of memory without harm") {
  const auto made = wanted("stream-with-a-rather-long-name", 3, 4, true);
  std::uint64_t count = every_allocation(
    nothing,
    [&](int&) {
      std::string out;
      sha256 hash;
      auto digest = journal_format::first_digest();
      journal_format::append_commit(out, made, {4, 4, journal_time, 2}, hash, digest);
      return journal_format::check(made).ok() && !out.empty();
    },
    [](int&, end came) { REQUIRE(came != end::failed); });
  journal_format::segment_header header;
  header.journal_id = "019aafcd-4920-7000-8000-000000000001";
  const auto line = journal_format::encode_header(header);
  count += every_allocation(
    nothing,
    [&](int&) {
      const auto read = journal_format::parse_header(std::string_view{line}.substr(0, line.size() - 1));
      return read && journal_format::header_verifies(*read, std::string_view{line}.substr(0, line.size() - 1));
    },
    [](int&, end came) { REQUIRE(came != end::failed); });
  say("the format", count);
}
