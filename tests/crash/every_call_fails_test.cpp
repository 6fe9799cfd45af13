#include <catch2/catch.hpp>

#include <cerrno>
#include <iostream>

#include "daybook/tests/crash/explorer.hpp"

// Every call of every history fails, also while it starts and recovers: once, and from then on for ever.

using namespace daybook;
using namespace daybook::testing;

namespace {

struct plan {
  std::string name;
  os_outcome outcome;
  bool for_ever;
  bool is_short = false;
  history::mood mood = history::mood::tolerant;
  /// Only calls that are no sync: an interrupted sync must not be tried again.
  bool spares_syncs = false;
};

bool is_sync(file_call what) {
  return what == file_call::sync || what == file_call::sync_directory;
}

constexpr auto kinds = static_cast<int>(file_call::lock) + 1;

/// One history with one fault; whether there was a call for it to hit.
bool play(const scenario& what, const plan& how, std::optional<file_call> kind, std::uint64_t nth) {
  history on{what.options, how.mood};
  on.files.fail({kind, "", nth, how.for_ever, how.outcome, how.is_short});
  try {
    what.act(on);
    const bool struck = on.files.struck() > 0;
    on.end(nth);
    return struck;
  } catch (const violation& found) {
    throw violation{what.name + ", " + how.name + " of " + (kind ? std::string{name(*kind)} : "call") + " " +
                    std::to_string(nth) + ": " + found.what};
  }
}

/// All calls of all histories, one share of them.
void every_call(const plan& how, std::size_t share, std::size_t shares) {
  std::uint64_t plays = 0;
  const auto& all = crash_scenarios();
  for (std::size_t i = share; i < all.size(); i += shares) {
    if (all[i].has_faults)
      continue;
    try {
      if (!how.spares_syncs) {
        for (std::uint64_t nth = 1; play(all[i], how, std::nullopt, nth); ++nth)
          ++plays;
        continue;
      }
      for (int kind = 0; kind < kinds; ++kind)
        for (std::uint64_t nth = 1; !is_sync(file_call(kind)) && play(all[i], how, file_call(kind), nth); ++nth)
          ++plays;
    } catch (const violation& found) {
      FAIL_CHECK(found.what);
    }
  }
  std::cout << how.name << ": " << plays << " calls failed\n";
  CHECK(plays > 100);
}

} // namespace

TEST_CASE("whatever call fails with an I/O error once, acknowledged commits stay and nothing else is found (1 of 2)") {
  every_call({"EIO once", -EIO, false}, 0, 2);
}

TEST_CASE("whatever call fails with an I/O error once, acknowledged commits stay and nothing else is found (2 of 2)") {
  every_call({"EIO once", -EIO, false}, 1, 2);
}

TEST_CASE("whatever call fails with an I/O error for ever, acknowledged commits stay and nothing else is found") {
  every_call({"EIO for ever", -EIO, true}, 0, 1);
}

TEST_CASE("whatever call finds the disk full once, acknowledged commits stay and nothing else is found (1 of 2)") {
  every_call({"ENOSPC once", -ENOSPC, false}, 0, 2);
}

TEST_CASE("whatever call finds the disk full once, acknowledged commits stay and nothing else is found (2 of 2)") {
  every_call({"ENOSPC once", -ENOSPC, false}, 1, 2);
}

TEST_CASE("whatever call finds the disk full for ever, acknowledged commits stay and nothing else is found") {
  every_call({"ENOSPC for ever", -ENOSPC, true}, 0, 1);
}

TEST_CASE("whatever call but a sync is interrupted once, it is carried through") {
  every_call({"EINTR once", -EINTR, false, false, history::mood::unmoved, true}, 0, 1);
}

TEST_CASE("an interrupted sync is not tried again") {
  every_call({"EINTR once", -EINTR, false}, 0, 3);
}

TEST_CASE("whatever calls are interrupted for ever, acknowledged commits stay and nothing else is found") {
  every_call({"EINTR for ever", -EINTR, true}, 0, 3);
}

TEST_CASE("short reads and writes are carried through, one or all of them") {
  every_call({"a short count once", 0, false, true, history::mood::unmoved}, 0, 3);
  every_call({"short counts for ever", 0, true, true, history::mood::unmoved}, 0, 3);
}
