#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "daybook/tests/support/journal_fixture.hpp"

namespace daybook::testing {

/// A closed journal whose bytes tests damage: single commits, commits of several events, groups of commits.
struct sample_journal {
  journal_fixture on;
  texts_of_commits all;
  /// The journal's only segment, and where the header and each commit end in it.
  std::filesystem::path segment;
  std::string bytes;
  std::vector<std::size_t> ends;
  /// Number of commits before the last write.
  std::size_t earlier = 0;
  /// The index of a stop after `stopped` commits, and of the last one.
  std::map<std::string, std::string> old_index;
  std::map<std::string, std::string> last_index;
  std::size_t stopped = 0;

  sample_journal() {
    on.files.without_syncs();
    on.open();
    take(on.append_many({wanted("a", 0)}));
    take(on.append_many({wanted("b", 0, 3)}));
    on.stop();
    stopped = all.size();
    old_index = on.directory(on.index_dir());
    on.open();
    take(on.append_many({wanted("a", 1, 2), wanted("c", 0, 1, true), wanted("a", 3)}));
    take(on.append_many({wanted("d", 0)}));
    earlier = all.size();
    take(on.append_many({wanted("b", 3, 2), wanted("e", 0)}));
    on.stop();
    last_index = on.directory(on.index_dir());
    segment = on.segments().back();
    bytes = on.bytes();
    ends = commit_ends(bytes);
    REQUIRE(ends.size() == all.size() + 1);
  }

  void take(const std::vector<result<recorded_commit>>& outcomes) {
    for (const auto& each : outcomes)
      all.push_back(text_of(*each));
  }

  texts_of_commits first(std::size_t count) const { return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}; }

  /// Whole commits in the first `size` bytes.
  std::size_t whole(std::size_t size) const {
    return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin()) - 1;
  }

  /// The journal as it was, with these bytes and this index; without side files.
  void lay(const std::string& changed, const std::map<std::string, std::string>& index) {
    for (const auto& each : on.torn())
      std::filesystem::remove(each);
    std::filesystem::remove(segment);
    put_bytes(segment, changed);
    on.restore(on.index_dir(), index);
  }

  std::string commit_bytes(std::size_t number) const { return bytes.substr(ends[number], ends[number + 1] - ends[number]); }

  /// The journal with commits in this order, by number.
  std::string arranged(const std::vector<std::size_t>& order) const {
    auto made = bytes.substr(0, ends[0]);
    for (const auto each : order)
      made += commit_bytes(each);
    return made;
  }
};

/// A segment's first line.
inline std::string header_of(const std::string& bytes) {
  return bytes.substr(0, bytes.find('\n') + 1);
}

/// A stopped journal of several segments.
struct segmented {
  journal_fixture on{700};
  std::vector<std::filesystem::path> files;
  texts_of_commits all;

  segmented() {
    on.open();
    for (int i = 0; i < 12; ++i)
      all.push_back(text_of(on.append("s" + std::to_string(i % 3))));
    on.stop();
    files = on.segments();
    REQUIRE(files.size() >= 4);
  }

  /// Refused with and without the index, nothing changed.
  void check_refused(const std::string& part) {
    for (int i = 0; i < 2; ++i) {
      const auto before = on.directory(on.journal_dir());
      const auto opened = on.try_open();
      REQUIRE_FALSE(opened.ok());
      INFO(opened.error().message);
      CHECK(opened.error().code == errc::journal_damaged);
      CHECK(opened.error().message.find(part) != std::string::npos);
      auto after = on.directory(on.journal_dir());
      CHECK(before == after);
      CHECK_FALSE(on.verify().intact);
      on.remove_index();
    }
  }
};

} // namespace daybook::testing
