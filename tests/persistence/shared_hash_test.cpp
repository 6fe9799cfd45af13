#include <catch2/catch.hpp>

#include "daybook/persistence/journal_export.hpp"
#include "daybook/persistence/journal_import.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/tests/support/journal_fixture.hpp"

// The index knows streams by 64 bits of their names, and whoever may name streams can look for two names with the same bits.

using namespace daybook;
using namespace daybook::testing;

namespace {

const std::string one = names_with_one_hash[0];
const std::string other = names_with_one_hash[1];

/// Three events of the one and, between them, two of the other.
struct shared {
  journal_fixture on{500};

  shared() {
    REQUIRE(stream_hash(one) == stream_hash(other));
    on.open();
    on.append(one);
    on.append(other);
    on.append(one, 2);
    on.append(other);
    on.append("a");
  }
};

} // namespace

TEST_CASE("streams whose names have one hash are read each for itself, after every kind of start") {
  shared in;
  in.on.after_every_start([&] {
    CHECK(in.on.stream(one).size() == in.on.version(one));
    CHECK(in.on.stream(other).size() == in.on.version(other));
    in.on.append(one);
    in.on.append(other, 2);
    CHECK(in.on.stream(one).size() == in.on.version(one));
    CHECK(in.on.stream(other).size() == in.on.version(other));
  });
  CHECK(in.on.verify().intact);
}

TEST_CASE("no version of a stream is taken for that of another one whose name has its hash") {
  shared in;
  in.on.after_every_start([&] {
    for (version_t each = 0; each < 8; ++each) {
      if (each != in.on.version(one))
        CHECK(in.on.refused(wanted(one, each)) == errc::version_conflict);
      if (each != in.on.version(other))
        CHECK(in.on.refused(wanted(other, each)) == errc::version_conflict);
    }
    CHECK_FALSE(in.on.books().is_at(one, in.on.version(other)));
    CHECK(in.on.books().is_at("a", 1));
    CHECK(in.on.books().is_at("nobody", 0));
  });
}

TEST_CASE("streams whose names have one hash go out in one write") {
  shared in;
  in.on.after_every_start([&] {
    const auto of_one = in.on.version(one);
    const auto of_other = in.on.version(other);
    in.on.append_many({wanted(one, of_one), wanted(other, of_other), wanted(one, of_one + 1), wanted(other, of_other + 1)});
  });
  journal_fixture fresh;
  fresh.open();
  fresh.append_many({wanted(one, 0), wanted(other, 0)});
  CHECK(fresh.stream(one).size() == 1);
  CHECK(fresh.stream(other).size() == 1);
}

TEST_CASE("an export with streams whose names have one hash is imported") {
  shared in;
  in.on.stop();
  std::string text;
  const auto exported = export_journal(in.on.dir(), {}, [&](std::string_view piece) {
    text += piece;
    return result<done>{done{}};
  });
  REQUIRE(exported);
  fast_dir other_dir;
  put_bytes(other_dir.path() / "export", text);
  auto input = input_file::open((other_dir.path() / "export").string());
  REQUIRE(input);
  const auto imported = import_journal(**input, other_dir.path() / "data", {});
  INFO((imported ? "" : imported.error().message));
  REQUIRE(imported);
  CHECK(imported->events == 6);
}

TEST_CASE("a stream that was left open is found though a later one's name has its hash") {
  shared in;
  in.on.append(one, 1, true);
  in.on.append(other);
  in.on.append("b", 1, true);
  in.on.after_every_start([&] {
    const auto open = in.on.books().open_streams();
    REQUIRE(open);
    CHECK(*open == std::vector<std::string>{one, "b"});
  });
  in.on.append(one);
  in.on.after_every_start([&] { CHECK(*in.on.books().open_streams() == std::vector<std::string>{"b"}); });
}
