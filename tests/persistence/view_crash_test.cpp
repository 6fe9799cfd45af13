#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

#include "daybook/persistence/order_view.hpp"
#include "daybook/tests/support/temp_dir.hpp"
#include "daybook/tests/support/view_random.hpp"
#include "daybook/tests/support/view_support.hpp"

// The view's files as a killed process, a careless copy or a deletion leaves them. The view is the fold of the journal, so each
// state must be one that catching up turns into the same rows as building the view anew.

namespace fs = std::filesystem;
using namespace daybook;
using namespace daybook::testing;

namespace {

/// The files of a view whose process was killed: copied while its writer has them open.
void copy_view(const fs::path& from, const fs::path& to, bool with_wal = true) {
  fs::create_directories(to.parent_path());
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  for (const auto* part : {"-wal", "-shm"}) {
    const fs::path other{to.string() + part};
    fs::remove(other);
    if (with_wal && fs::exists(from.string() + part))
      fs::copy_file(from.string() + part, other);
  }
}

/// What a start does with a view that it finds: opens it and applies what it lacks. Its position before.
position_t catch_up(const fs::path& file, const recorded_history& history) {
  auto writer = must(order_view_writer::open(file));
  const auto found = writer->position().position;
  must(writer->apply(history.all()));
  return found;
}

/// A view that is being written, and what it will be.
struct writing {
  temp_dir dir;
  recorded_history history = random_history(11, 2000);
  fs::path file = dir.path() / "view.db";
  fs::path copy = dir.path() / "copy" / "view.db";
  std::string expected;
  std::unique_ptr<order_view_writer> writer;

  writing() {
    write_view(dir.path() / "expected.db", history);
    expected = dump(dir.path() / "expected.db");
    writer = must(order_view_writer::open(file));
  }

  void apply(std::size_t from, std::size_t to) { must(writer->apply(history.slice(from, to))); }
};

} // namespace

TEST_CASE("a view that is killed a hundred times while it is written ends as the one that is built anew", "[view]") {
  writing in;
  std::mt19937 random{3};
  const auto count = in.history.commits().size();
  auto at = std::size_t{0};
  for (int kill = 0; kill < 100 && at < count; ++kill) {
    const auto next = std::min(count, at + 1 + below(random, 2 * count / 100));
    in.apply(at, next);
    // The files as they are now are all that the next process has.
    copy_view(in.file, in.copy);
    in.writer.reset();
    copy_view(in.copy, in.file);
    in.writer = must(order_view_writer::open(in.file));
    REQUIRE(in.writer->position().position == in.history.commits()[next - 1].last_position());
    at = next;
  }
  in.apply(at, count);
  in.writer.reset();
  CHECK(dump(in.file) == in.expected);
}

TEST_CASE("a view that lost its WAL is an older one, and catches up to the same rows", "[view]") {
  writing in;
  in.apply(0, 300);
  must(in.writer->checkpoint_wal());
  in.apply(300, 600);
  copy_view(in.file, in.copy, false);
  CHECK(catch_up(in.copy, in.history) == in.history.commits().at(299).last_position());
  CHECK(dump(in.copy) == in.expected);
}

TEST_CASE("a view that lost its shared memory file loses nothing", "[view]") {
  writing in;
  in.apply(0, 600);
  copy_view(in.file, in.copy);
  fs::remove(in.copy.string() + "-shm");
  CHECK(catch_up(in.copy, in.history) == in.history.commits().at(599).last_position());
  CHECK(dump(in.copy) == in.expected);
}

TEST_CASE("a WAL that is cut at any of many places leaves whole transactions, and the view catches up", "[view]") {
  writing in;
  in.apply(0, 200);
  must(in.writer->checkpoint_wal());
  for (std::size_t i = 200; i < 240; ++i)
    in.apply(i, i + 1);
  copy_view(in.file, in.copy);
  const fs::path wal{in.copy.string() + "-wal"};
  const auto whole = fs::file_size(wal);
  REQUIRE(whole > 0);
  for (int i = 0; i <= 20; ++i) {
    copy_view(in.file, in.copy);
    fs::resize_file(wal, whole * static_cast<std::uintmax_t>(i) / 20);
    fs::remove(in.copy.string() + "-shm");
    const auto found = catch_up(in.copy, in.history);
    CHECK(found >= in.history.commits().at(199).last_position());
    CHECK(found <= in.history.commits().at(239).last_position());
    CHECK(dump(in.copy) == in.expected);
  }
}
