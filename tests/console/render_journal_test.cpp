#include <catch2/catch.hpp>

#include "daybook/apps/render_journal.hpp"
#include "daybook/tests/console/rendered.hpp"

using namespace daybook;
using namespace daybook::testing;

namespace {

repair_report damaged_report() {
  repair_report report;
  report.is_needed = true;
  report.journal_id = "j";
  report.damages = {"segment s at byte 7, position 3: why"};
  report.steps = {{repair_action::cut, "s", "s.damaged-1"}, {repair_action::take_from_backup, "t", ""}};
  report.last_position = 2;
  report.last_digest = "d";
  report.lost = {{3, 3}, {7, 9}};
  report.lost_streams = {"order-A1", "other-1"};
  report.rescued_commits = 1;
  report.rescued_events = 2;
  report.rescued_file = "journal/s.rescued-1";
  return report;
}

} // namespace

TEST_CASE("a repair's report says what is wrong, what would be done and what is lost", "[render_journal]") {
  const auto text = to_text(damaged_report(), plain);
  CHECK(has(text, "damaged  segment s at byte 7, position 3: why\n"));
  CHECK(has(text, "would be cut before the damage; as it was: s.damaged-1\n"));
  CHECK(has(text, "would be made whole from the backup\n"));
  CHECK(has(text, "positions 3, 7 to 9\n"));
  CHECK(has(text, "A1, other-1\n"));
  CHECK(has(text, "Nothing was changed."));
  auto done = damaged_report();
  done.is_done = true;
  CHECK(has(to_text(done, plain), "was cut before the damage"));
  CHECK_FALSE(has(to_text(done, plain), "Nothing was changed."));
  CHECK(has(to_text(repair_report{}, plain), "nothing is to be repaired"));
}

TEST_CASE("a repair's report as JSON", "[render_journal]") {
  CHECK(to_json(damaged_report()) ==
        R"({"needed":true,"done":false,"journal_id":"j","damages":["segment s at byte 7, position 3: why"],)"
        R"("steps":[{"action":"cut","segment":"s","kept_as":"s.damaged-1"},)"
        R"({"action":"take_from_backup","segment":"t","kept_as":null}],"last_position":2,"last_digest":"d",)"
        R"("lost":[{"from":3,"to":3},{"from":7,"to":9}],"lost_orders":["A1","other-1"],)"
        R"("rescued_commits":1,"rescued_events":2,"rescued_file":"journal/s.rescued-1"})");
}

TEST_CASE("a copy's report as JSON, and a receipt as verify takes it", "[render_journal]") {
  copy_report report;
  report.journal_id = "j";
  report.last_position = 5;
  report.last_digest = "d";
  report.segments = 3;
  report.copied_segments = 1;
  report.copied_bytes = 9;
  CHECK(to_json(report) == R"({"journal_id":"j","last_position":5,"last_digest":"d","segments":3,"copied_segments":1,)"
                           R"("copied_bytes":9,"was_interrupted":false})");
  CHECK(has(to_text(report, plain), "5:d\n"));
  CHECK(has(to_text(copy_report{}, plain), "–\n"));
}

TEST_CASE("texts from a damaged journal cannot steer the terminal", "[render_journal]") {
  auto report = damaged_report();
  report.damages = {"\x1b[2J"};
  report.lost_streams = {"\x1b]0;x\x07"};
  CHECK_FALSE(has(to_text(report, plain), "\x1b"));
}
