#include "daybook/tests/crash/explorer.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "daybook/persistence/journal_verify.hpp"
#include "daybook/tests/support/commit_texts.hpp"

namespace daybook::testing {
namespace {

/// One disk after a power cut, and all that is asked of it.
class state_check {
public:
  state_check(const scenario& what, const history& from, const moment& at, std::uint64_t seed) :
      what_(what), from_(from), at_(at), seed_(seed), options_(what.options) {
    // The view forgets nothing that it was told, or is behind, or there is none; it is never ahead.
    if (const auto told = seed % 3 == 0 ? at.told_count : seed % 3 == 1 ? at.told_count / 2 : 0; told > 0)
      remembered_ = from.promised().told[told - 1];
  }

  /// Opens the disk and checks it; the disk in the middle of its recovery, to be cut again.
  memory_disk check(memory_disk disk, const std::string& name) {
    name_ = name;
    files_.replace(std::move(disk));
    files_.restart();
    verify_crashed();
    auto middle = files_.disk();
    std::uint64_t calls = 0;
    files_.watch([&](const memory_disk& before, const disk_call&) {
      // Each of them with the same chance.
      ++calls;
      if ((seed_ + calls) * 0x9e3779b97f4a7c15 % 4294967291 % calls == 0)
        middle = before;
    });
    const auto crashed = files_.disk();
    auto books = open();
    files_.watch({});
    check_tail(files_.disk());
    if (const auto& report = books->recovery(); report.cut_bytes > 0)
      tail_ = cut_tail{path_of(report.cut_segment), report.cut_offset,
                       crashed.contents(path_of(report.cut_segment)).value_or("").substr(report.cut_offset, report.cut_bytes)};
    const auto found = commits_of(*books);
    check_kept(found, from_.promised(), at_, name_);
    check_streams(*books, found);
    go_on(std::move(books), found);
    return middle;
  }

private:
  /// A tail that a start found and cut.
  struct cut_tail {
    std::string segment;
    std::uint64_t offset;
    std::string bytes;
  };

  static std::string path_of(const std::string& name) { return std::string{history::directory()} + "/journal/" + name; }

  /// A tail that was found is where it was or in a side file, whole. Room behind it is no part of it.
  void check_tail(const memory_disk& disk) const {
    if (!tail_)
      return;
    const auto segment = disk.contents(tail_->segment).value_or("");
    if (segment.size() > tail_->offset && segment.substr(tail_->offset, tail_->bytes.size()) == tail_->bytes)
      return;
    for (const auto& each : disk.files())
      if (each.find(".torn-") != std::string::npos && disk.contents(each) == tail_->bytes)
        return;
    fail("a tail that a start had found is neither in its segment nor kept aside");
  }

  [[noreturn]] void fail(const std::string& what) const { throw violation{name_ + ": " + what}; }

  void verify_crashed() {
    const auto report = verify_journal(history::directory(), {}, files_);
    if (report ? !report->intact : report.error().code != errc::not_found)
      fail("verify takes a mere crash for damage: " + (report ? report->damage : report.error().message));
  }

  std::unique_ptr<file_journal> open() {
    auto options = options_;
    if (!remembered_.empty())
      options.ask_view = [this] { return witness(); };
    auto opened = file_journal::open(history::directory(), options, from_.now() + 1, files_);
    if (!opened)
      fail("refused: " + opened.error().message);
    return std::move(*opened);
  }

  /// From a commit's text: its last event's position, and its digest.
  std::optional<journal_witness> witness() const {
    const auto end = remembered_.rfind('\n', remembered_.size() - 2);
    const auto line = remembered_.rfind('\n', end - 1);
    const auto from = line == std::string::npos ? 0 : line + 1;
    return journal_witness{std::stoull(remembered_.substr(from)), remembered_.substr(end + 1, 43)};
  }

  void check_streams(const file_journal& books, const std::vector<recorded_commit>& found) const {
    std::map<std::string, std::string> streams;
    std::map<std::string, position_t> open;
    for (const auto& commit : found)
      for (const auto& each : commit.events) {
        streams[each.stream] += text_of(each);
        if (each.open)
          open[each.stream] = each.position;
        else
          open.erase(each.stream);
      }
    for (const auto& [name, expected] : streams) {
      const auto events = books.read_stream(name);
      std::string text;
      if (events)
        for (const auto& each : *events)
          text += text_of(each);
      if (text != expected || !books.may_have(name))
        fail("stream " + name + (events ? " is not what its commits say" : ": " + events.error().message));
    }
    const auto names = books.open_streams();
    if (!names || names->size() != open.size() ||
        !std::all_of(names->begin(), names->end(), [&](const auto& each) { return open.count(each) != 0; }))
      fail("the open streams are not those of the commits");
  }

  /// What was shown stays, what is appended is added to it, through another power cut.
  void go_on(std::unique_ptr<file_journal> books, const std::vector<recorded_commit>& found) {
    std::vector<std::string> expected;
    for (const auto& each : found)
      expected.push_back(text_of(each));
    if (seed_ % 2 == 0)
      for (version_t i = 0; i < 2; ++i) {
        const auto outcomes = books->append({wanted("afterwards", i)}, from_.now() + 2);
        if (!outcomes.front())
          fail("nothing can be appended: " + outcomes.front().error().message);
        expected.push_back(text_of(*outcomes.front()));
      }
    if (seed_ % 4 == 1 && !books->close())
      fail("it cannot be closed");
    files_.replace(files_.disk().after_power_cut(seed_ / 2));
    books.reset();
    files_.restart();
    check_tail(files_.disk());
    books = open();
    const auto again = commits_of(*books);
    for (std::size_t i = 0; i < std::max(again.size(), expected.size()); ++i)
      if (i >= again.size() || i >= expected.size() || text_of(again[i]) != expected[i])
        fail("after one more power cut, commit " + std::to_string(i + 1) + " of " + std::to_string(again.size()) + " is\n  "
             + (i < again.size() ? text_of(again[i]) : "missing\n") + "  not "
             + (i < expected.size() ? expected[i] : "missing"));
    const auto report = verify_journal(history::directory(), {}, files_);
    if (!report || !report->intact || report->unfinished_bytes != 0 || report->commits != expected.size())
      fail("verify does not find it intact: " +
           (report ? "'" + report->damage + "' in " + report->damaged_segment + ", " + std::to_string(report->commits) +
                       " commits, " + std::to_string(report->unfinished_bytes) + " bytes unfinished"
                   : report.error().message));
  }

  const scenario& what_;
  const history& from_;
  const moment& at_;
  std::uint64_t seed_;
  file_journal_options options_;
  std::string remembered_;
  std::string name_;
  std::optional<cut_tail> tail_;
  memory_files files_;
};

} // namespace

explored explore(const scenario& what, std::uint64_t seeds) {
  history played{what.options};
  try {
    what.act(played);
  } catch (const violation& found) {
    throw violation{what.name + ": " + found.what};
  }
  played.keep_moment("the end");
  explored sum;
  std::unordered_set<std::uint64_t> seen;
  const auto count = [&](const memory_disk& disk, const moment& at) {
    ++sum.states;
    seen.insert(disk.fingerprint() * 31 + at.told_count * 7 + at.asked.size());
  };
  for (const auto& at : played.moments()) {
    ++sum.boundaries;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const auto name = what.name + ", before " + at.next_call + " (boundary " + std::to_string(sum.boundaries) + "), "
                        + std::string{memory_disk::damage_name(seed)} + " (seed " + std::to_string(seed) + ")";
      state_check check{what, played, at, seed};
      auto left = at.disk.after_power_cut(seed);
      count(left, at);
      const auto middle = check.check(std::move(left), name);
      const auto second = seed * 5 + sum.boundaries;
      left = middle.after_power_cut(second);
      count(left, at);
      check.check(std::move(left), name + ", then in the recovery: " + std::string{memory_disk::damage_name(second)} + " (seed "
                                     + std::to_string(second) + ")");
    }
  }
  sum.distinct = seen.size();
  return sum;
}

} // namespace daybook::testing
