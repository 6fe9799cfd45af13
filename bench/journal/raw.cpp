// The journal alone against a plain loop, and how many bytes it takes: no actor takes part.

#include <numeric>

#include "daybook/bench/journal/lifecycle.hpp"
#include "daybook/bench/journal/modes.hpp"
#include "daybook/bench/support.hpp"
#include "daybook/persistence/file_journal.hpp"

namespace daybook::bench {

namespace fs = std::filesystem;

namespace {

/// Takes the orders' commits in batches of `size` commits.
std::vector<std::vector<commit>> make_batches(lifecycle& lives, std::size_t batches, std::size_t size) {
  std::vector<commit> commits;
  while (commits.size() < batches * size)
    lives.next_order(commits);
  std::vector<std::vector<commit>> all;
  for (std::size_t i = 0; i < batches; ++i) {
    const auto from = commits.begin() + static_cast<std::ptrdiff_t>(i * size);
    all.emplace_back(std::make_move_iterator(from), std::make_move_iterator(from + static_cast<std::ptrdiff_t>(size)));
  }
  return all;
}

struct raw_sums {
  std::vector<double> ratios;
  double bytes = 0;
  double ours = 0;
  double bare = 0;
};

/// Rewinds no life: a batch's last order may lack its rest, which is then never written.
raw_sums measure_batches(const fs::path& dir, std::size_t size, std::size_t chunks, std::size_t batches_in_chunk) {
  auto books = file_journal::open(dir / "raw", {}, system_now());
  require(books.ok(), "cannot open a journal");
  bare_file bare{dir / "bare"};
  lifecycle lives{size};
  const std::string filler(std::size_t{8} << 20, 'x');
  raw_sums sums;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    auto batches = make_batches(lives, batches_in_chunk, size);
    const auto before = bytes_of_journal(dir / "raw");
    auto begun = clock_type::now();
    // Handed over, as the journal actor does: a copy is no work of the journal's.
    for (auto& each : batches)
      for (const auto& outcome : (*books)->append(std::move(each), system_now()))
        require(outcome.ok(), "an append failed");
    const auto ours = seconds_since(begun);
    const auto bytes = bytes_of_journal(dir / "raw") - before;
    const auto share = bytes / batches.size();
    require(share <= filler.size(), "a batch is too large");
    double plain = 0;
    for (std::size_t i = 0; i < batches.size(); ++i)
      plain += bare.append(filler.data(), share);
    if (chunk == 0)
      continue; // The first one warms the caches.
    sums.bytes += static_cast<double>(bytes);
    sums.ours += ours;
    sums.bare += plain;
    sums.ratios.push_back(plain / ours);
  }
  fs::remove_all(dir / "raw");
  fs::remove(dir / "bare");
  return sums;
}

} // namespace

report run_raw(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto chunks = (options.count ? options.count : 20) + 1;
  const auto sizes = options.batch ? std::vector<std::size_t>{options.batch} : std::vector<std::size_t>{64, 512, 4096};
  report all;
  all["name"] = "journal_raw";
  all["chunks"] = chunks - 1;
  auto rows = report::array();
  for (const auto size : sizes) {
    const auto sums = measure_batches(dir.path(), size, chunks, std::max<std::size_t>(1, 8192 / size));
    report row;
    row["commits_in_batch"] = size;
    row["bytes_per_second"] = sums.bytes / sums.ours;
    row["plain_bytes_per_second"] = sums.bytes / sums.bare;
    row["ratio"] = sums.bare / sums.ours;
    row["ratio_of_chunks_p50"] = median(sums.ratios);
    all["ratio_" + std::to_string(size)] = row["ratio"];
    rows.push_back(row);
  }
  const auto headline = rows.back();
  all["by_batch"] = std::move(rows);
  all["bytes_per_second"] = headline["bytes_per_second"];
  all["per_second"] = headline["bytes_per_second"];
  all["ratio"] = headline["ratio"];
  all["wanted"] = 0.8;
  return all;
}

report run_sync(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto count = options.count ? options.count : 20'000;
  bare_file bare{dir.path() / "bare"};
  const std::string bytes(options.record, 'x');
  std::vector<double> latencies;
  for (std::size_t i = 0; i < count / 10 + count; ++i)
    if (const auto seconds = bare.append(bytes.data(), bytes.size()); i >= count / 10)
      latencies.push_back(seconds);
  report all;
  all["name"] = "bare_fdatasync";
  all["count"] = count;
  all["bytes"] = options.record;
  all["per_second"] = static_cast<double>(count) / std::accumulate(latencies.begin(), latencies.end(), 0.0);
  all["p50_us"] = median(latencies) * 1e6;
  all["p99_us"] = percentile(latencies, 0.99) * 1e6;
  return all;
}

report run_bytes(const bench_options& options) {
  const work_dir dir{options.dir};
  const auto count = options.count ? options.count : 1'000'000;
  std::uint64_t text = 0;
  std::uint64_t printed = 0;
  std::uint64_t events = 0;
  lifecycle lives{1};
  {
    auto books = file_journal::open(dir.path(), {}, system_now());
    require(books.ok(), "cannot open a journal");
    std::vector<commit> batch;
    while (events < count) {
      batch.clear();
      while (batch.size() < 4096)
        lives.next_order(batch);
      for (const auto& outcome : (*books)->append(batch, system_now())) {
        require(outcome.ok(), "an append failed");
        events += outcome.value().events.size();
        for (const auto& each : outcome.value().events) {
          text += json_bytes(each);
          printed += printed_bytes(each);
        }
      }
    }
    require((*books)->close().ok(), "the journal could not be closed");
  }
  const auto segments = bytes_below(dir.path() / "journal");
  const auto index = bytes_below(dir.path() / "index");
  report all;
  all["name"] = "journal_bytes";
  all["events"] = events;
  all["orders"] = lives.orders();
  all["json_bytes"] = text;
  all["segment_bytes"] = segments;
  all["index_bytes"] = index;
  all["json_bytes_per_event"] = static_cast<double>(text) / static_cast<double>(events);
  all["disk_bytes_per_event"] = static_cast<double>(segments + index) / static_cast<double>(events);
  all["printed_bytes"] = printed;
  all["ratio"] = static_cast<double>(segments + index) / static_cast<double>(printed);
  all["ratio_without_equal_ids"] = static_cast<double>(segments + index) / static_cast<double>(text);
  all["wanted"] = 1.25;
  return all;
}

} // namespace daybook::bench
