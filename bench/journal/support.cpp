#include "daybook/bench/support.hpp"

#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <malloc.h>
#include <sqlite3.h>
#include <unistd.h>

#include "daybook/persistence/journal_verify.hpp"

/// Of jemalloc; nowhere when the program is not linked with it.
extern "C" int mallctl(const char*, void*, std::size_t*, void*, std::size_t) __attribute__((weak));

namespace daybook::bench {

namespace fs = std::filesystem;

work_dir::work_dir(const fs::path& parent) : path_(parent / ("bench-" + std::to_string(::getpid()))) {
  fs::create_directories(path_);
}

work_dir::~work_dir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bare_file::bare_file(const fs::path& path) : file_(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644)) {
  require(file_ >= 0, "cannot open " + path.string());
}

bare_file::~bare_file() {
  ::close(file_);
}

double bare_file::append(const char* bytes, std::size_t count) {
  const auto begun = clock_type::now();
  for (std::size_t written = 0; written < count;) {
    const auto more = ::write(file_, bytes + written, count - written);
    require(more > 0, "write failed");
    written += static_cast<std::size_t>(more);
  }
  require(::fdatasync(file_) == 0, "fdatasync failed");
  return seconds_since(begun);
}

std::uint64_t bytes_below(const fs::path& dir) {
  std::uint64_t sum = 0;
  for (const auto& each : fs::recursive_directory_iterator{dir})
    if (each.is_regular_file())
      sum += each.file_size();
  return sum;
}

std::uint64_t bytes_of_journal(const fs::path& data_dir) {
  const auto found = stat_journal(data_dir);
  require(found.ok(), "a journal cannot be read");
  return found->bytes;
}

namespace {

/// What malloc has given out: asked of jemalloc, where the program is linked with it, else of the C library.
double allocated_bytes() {
  if (::mallctl == nullptr) {
    const auto info = ::mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
  }
  // Its statistics are those of the last time that `epoch` was written.
  std::uint64_t epoch = 1;
  require(::mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch) == 0, "jemalloc has no epoch");
  std::size_t bytes = 0;
  auto size = sizeof bytes;
  require(::mallctl("stats.allocated", &bytes, &size, nullptr, 0) == 0, "jemalloc keeps no statistics");
  return static_cast<double>(bytes);
}

} // namespace

memory_use memory_now() {
  std::ifstream in{"/proc/self/statm"};
  double all = 0;
  double resident = 0;
  in >> all >> resident;
  const auto sqlite = static_cast<double>(::sqlite3_memory_used());
  return {allocated_bytes() - sqlite, sqlite,
          resident * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

namespace {

/// splitmix64: good enough to look random.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  auto mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

} // namespace

submit_order make_request(std::size_t lines, std::uint64_t seed) {
  static constexpr const char* descriptions[] = {"WHITE HANGING HEART T-LIGHT HOLDER", "REGENCY CAKESTAND 3 TIER",
                                                 "JUMBO BAG RED RETROSPOT", "PARTY BUNTING", "LUNCH BAG RED RETROSPOT"};
  submit_order request;
  request.customer = std::to_string(12'000 + next_random(seed) % 4'000);
  request.country = "United Kingdom";
  request.currency = "GBP";
  request.ordered_at = "2010-12-01T08:26:00";
  for (std::size_t i = 0; i < lines; ++i) {
    const auto draw = next_random(seed);
    request.lines.push_back({std::to_string(20'000 + draw % 4'000) + "A", descriptions[draw % 5],
                             std::to_string(1 + draw / 7 % 24),
                             std::to_string(1 + draw / 11 % 9) + "." + std::to_string(10 + draw / 13 % 90)});
  }
  return request;
}

std::string cheap_uuid(std::uint64_t number, std::uint64_t& state) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto random = next_random(state);
  std::string text{"00000000-0000-7000-8000-000000000000"};
  std::size_t at = 0;
  const auto put = [&](std::uint64_t value, int count) {
    for (int shift = (count - 1) * 4; shift >= 0; shift -= 4) {
      while (text[at] == '-' || at == 14 || at == 19)
        ++at;
      text[at++] = digits[value >> shift & 15];
    }
  };
  put(0x019aafcd0000 + number / 64, 12);
  put(random, 16);
  return text;
}

} // namespace daybook::bench
