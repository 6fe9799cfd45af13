#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "daybook/apps/load/chart.hpp"
#include "daybook/apps/load/report.hpp"
#include "daybook/tests/support/well_formed.hpp"

using namespace daybook;
using namespace daybook::load;

namespace {

constexpr nanoseconds ms = 1'000'000;

report some_report() {
  report all;
  all.version = "0.1.0";
  all.seed = 7;
  all.place = "<books> & \"more\"";
  all.settings = {{"rate", "rate", "100", 100.0}, {"replay", "file", "a<b>.csv", std::nullopt}};
  all.on.processor = "A & B";
  all.orders_begun = 3;
  auto& figures = all.figures;
  for (nanoseconds second = 0; second < 20; ++second) {
    for (nanoseconds i = 1; i <= 100; ++i)
      figures.answered(operation_of(step::submit), i * ms / 10);
    figures.answered(operation_of(step::pay), ms);
    figures.answered(operation_of(step::pay_half), 2 * ms);
    figures.lag_seen(second * ms, second);
    figures.roll(second * 1000 * ms, (second + 1) * 1000 * ms, 1000, 10);
  }
  figures.failed(operation_of(step::pay), errc::overloaded);
  figures.in_time = 2'040;
  figures.carried_out = 2'040;
  figures.ended = 20'000 * ms;
  all.check = check_result{};
  all.check->receipts = 2'040;
  return all;
}

} // namespace

TEST_CASE("A report's JSON says the figures, and steps of one command together") {
  const auto document = nlohmann::json::parse(to_json(some_report()));
  CHECK(document.at("seed") == 7);
  CHECK(document.at("mix") == "lifecycle");
  CHECK(document.at("target") == "in process");
  CHECK(document.at("settings").at("rate") == 100);
  CHECK(document.at("result").at("rate") == 102.0);
  CHECK(document.at("result").at("orders_rate") == 100.0);
  CHECK(document.at("result").at("failures").at("overloaded") == 1);
  CHECK(document.at("result").at("ended_early").is_null());
  const auto& latency = document.at("latency");
  CHECK(latency.at("commands").at("count") == 2'040);
  CHECK(latency.at("commands").at("max_us") == 10'000);
  CHECK(latency.at("by_operation").at("record_payment").at("count") == 40);
  CHECK(latency.at("questions").at("count") == 0);
  CHECK(document.at("view_lag").at("max_ms") == 19);
  CHECK(document.at("series").size() == 20);
  CHECK(document.at("series")[0].at("rate") == 102);
  CHECK(document.at("check").at("passed") == true);
  CHECK(document.at("machine").at("file_system").is_null());
}

TEST_CASE("A report's page is well-formed and needs nothing from elsewhere") {
  const auto page = to_html(some_report());
  CHECK(testing::ill_formed(page).empty());
  for (const auto* part : {"<script", "http", "src=", "url(", "@import", "<link"}) {
    INFO(part);
    CHECK(page.find(part) == std::string::npos);
  }
  for (const auto* part : {"prefers-color-scheme: dark", "width=device-width", "every receipt after fdatasync", "books checked",
                           "&lt;books&gt; &amp; &quot;more&quot;", "A &amp; B", "a&lt;b&gt;.csv", "record_payment", "<svg"}) {
    INFO(part);
    CHECK(page.find(part) != std::string::npos);
  }
}

TEST_CASE("A page says which differences a check found, and when there was none") {
  auto all = some_report();
  all.check->wrong.add("order <1> is gone");
  auto page = to_html(all);
  CHECK(testing::ill_formed(page).empty());
  CHECK(page.find("books do not fit") != std::string::npos);
  CHECK(page.find("order &lt;1&gt; is gone") != std::string::npos);
  all.check.reset();
  all.not_checked = "the view is behind";
  page = to_html(all);
  CHECK(page.find("not checked") != std::string::npos);
  CHECK(page.find("the view is behind") != std::string::npos);
  CHECK(nlohmann::json::parse(to_json(all)).at("check").is_null());
}

TEST_CASE("A run without a single answer has a page, too") {
  report empty;
  const auto page = to_html(empty);
  CHECK(testing::ill_formed(page).empty());
  CHECK(page.find("nothing to show") != std::string::npos);
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);
  CHECK_NOTHROW(nlohmann::json::parse(to_json(empty)));
}

TEST_CASE("Axis marks are round, few, and reach the greatest value") {
  for (const auto greatest : {0.003, 0.9, 1.0, 1.1, 3.0, 7.0, 99.0, 100.0, 101.0, 12'345.0, 9'999'999.0}) {
    const auto marks = round_marks(greatest);
    INFO(greatest);
    CHECK(marks.front() == 0);
    CHECK(marks.back() >= greatest * (1 - 1e-9));
    CHECK(marks.size() >= 3);
    CHECK(marks.size() <= 6);
    CHECK(marks[marks.size() - 2] < greatest);
  }
}

TEST_CASE("Times are written with three digits and the unit that fits") {
  CHECK(time_text(0) == "0 ns");
  CHECK(time_text(950) == "950 ns");
  CHECK(time_text(1'250) == "1.25 µs");
  CHECK(time_text(12'500'000) == "12.5 ms");
  CHECK(time_text(125'000'000) == "125 ms");
  CHECK(time_text(3'200'000'000) == "3.20 s");
}

TEST_CASE("The file system under a directory is that of the longest mount above it, the last one of those") {
  const std::string mounts = "21 1 8:1 / / rw - ext4 /dev/root rw\n"
                             "22 21 8:2 / /data rw shared:1 - xfs /dev/sdb rw\n"
                             "23 21 8:3 / /database rw - btrfs /dev/sdc rw\n"
                             "24 22 8:4 / /data/fast rw - ext4 /dev/nvme0 rw\n"
                             "25 22 0:4 / /data/fast rw - tmpfs tmpfs rw\n";
  CHECK(file_system_of("/home/books", mounts) == "ext4 on /dev/root");
  CHECK(file_system_of("/data/books", mounts) == "xfs on /dev/sdb");
  CHECK(file_system_of("/data", mounts) == "xfs on /dev/sdb");
  CHECK(file_system_of("/data/fast/books", mounts) == "tmpfs on tmpfs");
  CHECK(file_system_of("/data", "").empty());
}
