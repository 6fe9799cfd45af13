#include <cerrno>

#include "daybook/tests/crash/explorer.hpp"

namespace daybook::testing {
namespace {

/// In a history with planned faults the history itself knows what may fail.
void must(const history& on, const result<done>& outcome) {
  if (!outcome && !on.is_tolerant())
    throw violation{"an append failed: " + outcome.error().message};
}

void must_be(const history& on, const result<done>& outcome, errc code) {
  if (on.is_tolerant())
    return;
  if (outcome || outcome.error().code != code)
    throw violation{"an append that must fail with " + std::string{name(code)} + " "
                    + (outcome ? "went well" : "failed with " + outcome.error().message)};
}

// -- appending ---------------------------------------------------------------------------------------------------------

void fresh(history& on) {
  on.open();
}

void single_appends(history& on) {
  on.open();
  for (int i = 0; i < 6; ++i)
    on.append_one(i % 3 == 2 ? "b" : "a");
}

void batches(history& on) {
  on.open();
  must(on, on.append({{"a"}, {"b"}, {"c"}}));
  on.append_wrong("a");
  must(on, on.append({{"a"}, {"a"}, {"b"}, {"d"}}));
  must(on, on.append({{"e"}, {"a"}}));
}

void several_events(history& on) {
  on.open();
  must(on, on.append({{"a", 3}}));
  must(on, on.append({{"b", 2}, {"a", 4}}));
  must(on, on.append({{"c", 5, true}}));
}

void large_commits(history& on) {
  on.open();
  must(on, on.append({{"a", 1, false, 3000}}));
  must(on, on.append({{"b", 2, false, 1200}, {"a", 1, false, 10}, {"c", 1, false, 2500}}));
  must(on, on.append({{"a", 1, false, 600}}));
}

void open_streams(history& on) {
  on.open();
  must(on, on.append({{"a", 1, true}, {"b", 1, true}}));
  must(on, on.append({{"a", 1, false}, {"c", 2, true}}));
  on.kill().open();
  must(on, on.append({{"b", 1, true}, {"c", 1, false}}));
}

// -- segments ------------------------------------------------------------------------------------------------------------

void segment_change(history& on) {
  on.open();
  for (int i = 0; i < 3; ++i)
    on.append_one("a");
}

void many_segments(history& on) {
  on.open();
  for (int i = 0; i < 8; ++i)
    must(on, on.append({{"a"}, {i % 2 == 0 ? "b" : "c", 2}}));
}

void segments_and_restarts(history& on) {
  on.open();
  for (int i = 0; i < 4; ++i)
    on.append_one("a");
  on.kill().open();
  for (int i = 0; i < 3; ++i)
    on.append_one("b");
  on.stop().open();
  on.append_one("a");
}

/// Killed at each step of a segment's making.
void segment_making_killed(history& on) {
  on.open();
  on.append_one("a");
  for (std::uint64_t nth = 1; nth <= 7; ++nth) {
    on.kill_in(nth, [&] { on.append_one("a"); });
    on.open();
    on.append_one("b");
  }
}

// -- tails and recoveries --------------------------------------------------------------------------------------------------

void torn_tail(history& on) {
  on.open();
  on.append_one("a");
  for (std::uint64_t seed : {3, 8, 6, 13}) {
    // Written, never synced.
    on.kill_in(2, [&] { [[maybe_unused]] const auto lost = on.append({{"a", 1, false, 900}, {"b", 1, false, 700}}); });
    on.power_cut(seed).open();
    on.append_one("c");
  }
}

/// Behind what replaces a cut tail, the tail's next line would stand exactly where a line may begin, with a position that
/// cannot be there: it must not come back.
void cut_tail_returns(history& on) {
  on.open();
  on.append_one("a");
  const auto first = on.size_of({"b", 2});
  on.kill_in(2, [&] { [[maybe_unused]] const auto lost = on.append({{"b", 2}, {"a"}}); });
  auto disk = on.files.disk();
  const auto path = std::string{history::directory()} + "/journal/00000000000000000001.jsonl";
  auto bytes = disk.contents(path).value_or("");
  if (const auto begin = bytes.find("{\"position\":2,"); begin != std::string::npos) {
    bytes.replace(begin, 60, std::string(60, '\0'));
    disk.put(path, bytes);
  }
  on.files.replace(std::move(disk));
  on.kill().open();
  const auto shortest = on.size_of({"c", 1, false, 1});
  must(on, on.append({{"c", 1, false, 1 + first - shortest}}));
}

void recovery_interrupted(history& on) {
  on.open();
  on.append_one("a");
  on.append_one("a");
  for (std::uint64_t nth = 1; nth <= 8; ++nth) {
    on.kill_in(2, [&] { [[maybe_unused]] const auto lost = on.append({{"b", 1, false, 900}, {"a", 1, false, 700}}); });
    on.power_cut(3 + 16 * nth);
    on.kill_in(nth, [&] { [[maybe_unused]] const auto interrupted = on.try_open(); });
    on.open();
  }
  on.append_one("a");
}

void first_start_interrupted(history& on) {
  for (std::uint64_t nth = 1; nth <= 14; ++nth)
    on.kill_in(nth, [&] { [[maybe_unused]] const auto interrupted = on.try_open(); });
  on.open();
  on.append_one("a");
}

void power_cuts(history& on) {
  on.open();
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    must(on, on.append({{"a", 2}, {"b"}}));
    on.power_cut(seed).open();
    on.append_one("c");
    on.power_cut(seed + 7).open();
  }
}

/// What a killed process wrote and did not sync is shown by the next start, and stays.
void kills(history& on) {
  on.open();
  on.append_one("a");
  for (std::uint64_t nth = 1; nth <= 4; ++nth) {
    on.kill_in(nth, [&] { [[maybe_unused]] const auto lost = on.append({{"a"}, {"b", 2}}); });
    on.open();
    on.kill().open();
    on.append_one("c");
  }
}

void failed_sync(history& on) {
  on.open();
  on.append_one("a");
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    on.files.fail({file_call::sync, ".jsonl", 1, false, seed % 2 == 0 ? -EIO : -EINTR, false});
    must_be(on, on.append({{"a"}, {"b", 1, false, 800}}), errc::storage_failed);
    must_be(on, on.append({{"c"}}), errc::storage_failed);
    on.files.heal();
    on.power_cut(seed).open();
    on.append_one("a");
  }
}

/// The next process is started on the same machine, whose cache still shows what the failed sync lost.
void failed_sync_and_restart(history& on) {
  on.open();
  on.append_one("a");
  for (int i = 0; i < 3; ++i) {
    on.files.fail({file_call::sync, ".jsonl", 1, false, -EIO, false});
    must_be(on, on.append({{"a"}, {"b", 1, false, 800}}), errc::storage_failed);
    on.files.heal();
    if (i == 1)
      on.kill().remove_index("durable");
    on.kill().open();
    on.append_one("c");
  }
}

/// The same while a segment is made: its header's sync, and that of its name.
void failed_segment_sync(history& on) {
  on.open();
  on.append_one("a");
  for (const auto what : {file_call::sync, file_call::sync_directory})
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      on.files.fail({what, "", 1, false, -EIO, false});
      must_be(on, on.append({{"a"}}), errc::storage_failed);
      must_be(on, on.append({{"c"}}), errc::storage_failed);
      on.files.heal();
      on.power_cut(seed).open();
      on.append_one("b");
    }
}

/// A batch that finds no room is cut back, and the sync of that fails: the disk may not know of the cut.
void cut_back_not_synced(history& on) {
  on.open();
  on.append_one("a");
  for (int i = 0; i < 3; ++i) {
    on.files.set_capacity(on.files.disk().used() + 260);
    on.files.fail({file_call::sync, ".jsonl", 1, false, -EIO, false});
    must_be(on, on.append({{"a"}, {"b", 1, false, 800}}), errc::storage_failed);
    on.files.heal();
    on.files.set_capacity(UINT64_MAX);
    on.kill().open();
    // Into the next segment: what is behind the cut would then be in the middle of the journal.
    must(on, on.append({{"c", 1, false, 1200}}));
    on.append_one("b");
  }
}

// -- full disks ----------------------------------------------------------------------------------------------------------

/// So that `free` bytes more can be written.
void leave_room(history& on, std::uint64_t free) {
  on.files.set_capacity(on.files.disk().used() + free);
}

void disk_full(history& on) {
  on.open();
  on.append_one("a");
  for (const std::uint64_t free : {0, 100, 260, 500}) {
    leave_room(on, free);
    must_be(on, on.append({{"a"}, {"b", 1, false, 100}, {"c", 2}}), errc::disk_full);
    on.files.set_capacity(UINT64_MAX);
    must(on, on.append({{"a"}}));
  }
}

/// Where there is space for a commit and for no room behind it, that is enough; what goes into room is stored on a full disk,
/// too.
void disk_full_behind_room(history& on) {
  on.open();
  must(on, on.append({{"b", 1, false, 800}}));
  leave_room(on, 700);
  on.append_one("a");
  on.files.set_capacity(UINT64_MAX);
  on.append_one("b");
  on.kill().open();
  on.append_one("a");
  leave_room(on, 0);
  for (int i = 0; i < 3; ++i)
    on.append_one("a");
  must_be(on, on.append({{"b", 1, false, 7000}}), errc::disk_full);
  on.files.set_capacity(UINT64_MAX);
  on.append_one("a");
}

void disk_full_between_segments(history& on) {
  on.open();
  on.append_one("a");
  for (const std::uint64_t free : {0, 10, 200}) {
    leave_room(on, free);
    must_be(on, on.append({{"a"}}), errc::disk_full);
    must_be(on, on.append({{"b"}}), errc::disk_full);
    on.files.set_capacity(UINT64_MAX);
    must(on, on.append({{"a"}, {"b"}}));
  }
}

void disk_full_at_start(history& on) {
  on.open();
  on.append_one("a");
  on.kill_in(2, [&] { [[maybe_unused]] const auto lost = on.append({{"a", 1, false, 900}, {"b", 1, false, 700}}); });
  on.power_cut(3 + 16 * 2);
  leave_room(on, 40);
  [[maybe_unused]] const auto refused = on.try_open();
  on.files.set_capacity(UINT64_MAX);
  on.kill().open();
  on.append_one("b");
}

void reserve(history& on) {
  on.open();
  on.append_one("a");
  for (int i = 0; i < 3; ++i) {
    leave_room(on, 90);
    must_be(on, on.append({{"a"}, {"b"}}), errc::disk_full);
    must_be(on, on.append({{"a"}}), errc::disk_full);
    if (i == 1)
      on.kill().open();
    on.files.set_capacity(UINT64_MAX);
    must(on, on.append({{"a"}, {"b", 2}}));
  }
  on.stop().open();
  on.append_one("a");
}

// -- starts with and without what helps them --------------------------------------------------------------------------------

void clean_restarts(history& on) {
  for (int i = 0; i < 4; ++i) {
    on.open();
    must(on, on.append({{"a"}, {"b", 2, true}}));
    on.stop();
  }
  on.open();
}

void without_index(history& on) {
  on.open();
  for (int i = 0; i < 4; ++i)
    must(on, on.append({{"a"}, {"b"}}));
  on.stop();
  on.remove_index("heads").open();
  on.append_one("a");
  on.stop();
  on.remove_index("").open();
  on.append_one("a");
}

void damaged_index(history& on) {
  on.open();
  for (int i = 0; i < 4; ++i)
    must(on, on.append({{"a"}, {"b"}}));
  on.stop();
  for (const auto* name : {"00000000000000000001.idx", "heads", "durable"}) {
    on.damage_index(name).open();
    on.append_one("a");
    on.stop();
  }
}

/// The mark may be as old as it likes.
void old_mark(history& on) {
  on.open();
  on.append_one("a");
  const auto path = std::string{history::directory()} + "/index/durable";
  const auto old = on.files.disk().contents(path).value_or("");
  on.append_one("a");
  on.append_one("b");
  on.kill();
  auto disk = on.files.disk();
  if (!old.empty())
    disk.put(path, old);
  on.files.replace(std::move(disk));
  on.files.restart();
  on.open();
  on.append_one("a");
}

void view_remembers(history& on) {
  on.open();
  must(on, on.append({{"a"}, {"b"}}));
  on.remember().kill().open();
  must(on, on.append({{"a", 2}}));
  on.remember().power_cut(5).open();
  on.append_one("b");
  on.power_cut(6).open();
}

/// @param room that is preallocated: large enough for most batches here, small enough to be used up now and then.
file_journal_options with(std::uint64_t segment_bytes, std::uint64_t room = 6'000, std::uint64_t reserve_bytes = 0) {
  file_journal_options options;
  options.segment_bytes = segment_bytes;
  options.preallocate_bytes = room;
  options.reserve_bytes = reserve_bytes;
  return options;
}

/// Every commit makes the file grow.
file_journal_options without_room(std::uint64_t segment_bytes, std::uint64_t reserve_bytes = 0) {
  return with(segment_bytes, 0, reserve_bytes);
}

} // namespace

const std::vector<scenario>& crash_scenarios() {
  constexpr std::uint64_t one = 1 << 20;
  static const std::vector<scenario> all{
    {"a fresh journal", with(one), fresh},
    {"single appends", with(one), single_appends},
    {"batches of several commits", with(one), batches},
    {"batches without room", without_room(one), batches},
    {"several events a commit", with(one), several_events},
    {"commits over many sectors", with(one), large_commits},
    {"open streams", with(600), open_streams},
    {"a segment change", with(300), segment_change},
    {"many segments", with(500), many_segments},
    {"segments and restarts", with(400), segments_and_restarts},
    {"kills while a segment is made", with(300), segment_making_killed},
    {"a torn tail", with(2000), torn_tail},
    {"a cut tail that returns", with(one), cut_tail_returns},
    {"an interrupted recovery", with(2500), recovery_interrupted},
    {"an interrupted first start", with(one), first_start_interrupted},
    {"power cuts one after the other", with(1500), power_cuts},
    {"kills one after the other", with(900), kills},
    {"a failed sync", with(1800), failed_sync, true},
    {"a failed sync and a restart", with(2400), failed_sync_and_restart, true},
    {"a cut-back that is not synced and a restart", without_room(1200), cut_back_not_synced, true},
    {"a cut-back of room that is not synced and a restart", with(1200), cut_back_not_synced, true},
    {"a failed sync of a new segment", with(300), failed_segment_sync, true},
    {"a full disk", without_room(one), disk_full},
    {"a full disk and room ahead", with(one), disk_full_behind_room},
    {"a full disk between segments", with(300), disk_full_between_segments},
    {"a full disk at a start", with(one), disk_full_at_start},
    {"the reserve given up and taken again", without_room(700, 4096), reserve},
    {"reserve and room given up and taken again", with(700, 6'000, 4096), reserve},
    {"clean stops and restarts", with(700), clean_restarts},
    {"starts without index", with(500), without_index},
    {"starts with a damaged index", with(500), damaged_index},
    {"an old mark", with(one), old_mark},
    {"a view that remembers", with(700), view_remembers},
  };
  return all;
}

} // namespace daybook::testing
