#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/journal_verify.hpp"
#include "daybook/tests/support/commit_texts.hpp"
#include "daybook/tests/support/faulty_files.hpp"
#include "daybook/tests/support/temp_dir.hpp"

namespace daybook::testing {

using texts_of_commits = std::vector<std::string>;

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void put_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
}

/// A directory of its own, in memory where the system has one for that: a test that opens a journal for every byte of it
/// must not wait for a disk.
class fast_dir {
public:
  fast_dir() {
    std::string pattern{"/dev/shm/daybook-test-XXXXXX"};
    if (::mkdtemp(pattern.data()) != nullptr)
      in_memory_ = pattern;
    else
      on_disk_ = std::make_unique<temp_dir>();
  }
  ~fast_dir() {
    std::error_code ignored;
    if (!in_memory_.empty())
      std::filesystem::remove_all(in_memory_, ignored);
  }
  fast_dir(const fast_dir&) = delete;
  fast_dir& operator=(const fast_dir&) = delete;

  const std::filesystem::path& path() const noexcept { return on_disk_ ? on_disk_->path() : in_memory_; }

private:
  std::filesystem::path in_memory_;
  std::unique_ptr<temp_dir> on_disk_;
};

/// A journal in a directory of its own and what a test does to it. Closed at the start.
class journal_fixture {
public:
  explicit journal_fixture(std::uint64_t segment_bytes = std::uint64_t{64} << 20) { options_.segment_bytes = segment_bytes; }

  /// For the starts to come.
  journal_fixture& preallocating(std::uint64_t bytes) {
    options_.preallocate_bytes = bytes;
    return *this;
  }

  faulty_files files;
  time_us now = journal_time;

  // -- opening and closing

  result<done> try_open() {
    auto opened = file_journal::open(dir(), options_, now, files);
    if (!opened)
      return opened.error();
    books_ = std::move(*opened);
    return done{};
  }

  journal_fixture& open() {
    auto opened = try_open();
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.ok());
    return *this;
  }

  /// A clean stop: with index.
  journal_fixture& stop() {
    if (books_)
      REQUIRE(books_->close().ok());
    books_.reset();
    return *this;
  }

  /// As a killed process leaves it: the index is what it was before.
  journal_fixture& crash() {
    const auto index = directory(index_dir());
    books_.reset();
    std::filesystem::remove_all(index_dir());
    std::filesystem::create_directory(index_dir());
    for (const auto& [name, bytes] : index)
      put_bytes(index_dir() / name, bytes);
    return *this;
  }

  /// What a view remembers, for the starts to come.
  journal_fixture& seen(position_t position, const std::string& digest) {
    options_.ask_view = [=] { return std::optional{journal_witness{position, digest}}; };
    return *this;
  }

  journal_fixture& remove_index() {
    std::filesystem::remove_all(index_dir());
    return *this;
  }

  journal_fixture& reopen() { return stop().open(); }
  journal_fixture& reopen_without_index() { return stop().remove_index().open(); }
  journal_fixture& reopen_after_crash() { return crash().open(); }

  /// `check` as the journal is, and after each kind of start; the last one finds the index that a start made.
  void after_every_start(const std::function<void()>& check) {
    check();
    reopen();
    check();
    reopen_without_index();
    check();
    reopen_after_crash();
    check();
    reopen();
    check();
  }

  file_journal& books() { return *books_; }

  // -- appending

  /// A commit on the stream's present version.
  recorded_commit append(const std::string& stream, int events = 1, bool open = false) {
    auto outcomes = append_many({wanted(stream, versions_[stream], events, open)});
    return *outcomes.front();
  }

  /// One write for all; versions as they are given.
  std::vector<result<recorded_commit>> append_many(const std::vector<commit>& batch) {
    auto outcomes = books_->append(batch, now++);
    REQUIRE(outcomes.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      INFO((outcomes[i] ? "" : outcomes[i].error().message));
      REQUIRE(outcomes[i].ok());
      versions_[batch[i].stream] = outcomes[i]->events.back().version;
    }
    return outcomes;
  }

  /// One that must not work; its cause.
  errc refused(const commit& made) {
    auto outcomes = books_->append({made}, now);
    REQUIRE(outcomes.size() == 1);
    REQUIRE_FALSE(outcomes.front().ok());
    return outcomes.front().error().code;
  }

  version_t version(const std::string& stream) { return versions_[stream]; }

  // -- reading

  texts_of_commits commits(position_t from = 1) {
    texts_of_commits texts;
    for (auto next = from; next <= books_->last_position();) {
      auto read = books_->read_from(next);
      INFO((read ? "" : read.error().message));
      REQUIRE(read.ok());
      REQUIRE_FALSE(read->empty());
      for (const auto& each : *read)
        texts.push_back(text_of(each));
      next = read->back().last_position() + 1;
    }
    return texts;
  }

  std::vector<recorded_event> stream(const std::string& name) {
    auto events = books_->read_stream(name);
    INFO((events ? "" : events.error().message));
    REQUIRE(events.ok());
    return *events;
  }

  verify_report verify() {
    auto report = verify_journal(dir(), {});
    REQUIRE(report.ok());
    return *report;
  }

  // -- files

  const std::filesystem::path& dir() const noexcept { return dir_.path(); }
  std::filesystem::path journal_dir() const { return dir() / "journal"; }
  std::filesystem::path index_dir() const { return dir() / "index"; }

  std::vector<std::filesystem::path> named(const std::string& part) const {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator(journal_dir()))
      if (each.path().filename().string().find(part) != std::string::npos)
        found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  std::vector<std::filesystem::path> segments() const {
    auto found = named(".jsonl");
    const auto is_other = [](const auto& path) { return path.extension() != ".jsonl"; };
    found.erase(std::remove_if(found.begin(), found.end(), is_other), found.end());
    return found;
  }

  std::vector<std::filesystem::path> torn() const { return named(".torn-"); }

  /// The last segment's bytes, got and replaced.
  std::string bytes() const { return bytes_of(segments().back()); }
  /// Without the room behind its commits.
  std::string text() const {
    const auto all = bytes();
    return all.substr(0, all.find_last_not_of('\n') + 2);
  }
  void replace(const std::string& bytes) { put_bytes(segments().back(), bytes); }

  void cut(std::uint64_t size) { std::filesystem::resize_file(segments().back(), size); }

  void flip(const std::filesystem::path& file, std::size_t offset, char bits = 1) {
    auto changed = bytes_of(file);
    changed.at(offset) = static_cast<char>(changed.at(offset) ^ bits);
    put_bytes(file, changed);
  }

  /// Names and contents of a directory.
  static std::map<std::string, std::string> directory(const std::filesystem::path& path) {
    std::map<std::string, std::string> found;
    if (std::filesystem::is_directory(path))
      for (const auto& each : std::filesystem::directory_iterator(path))
        found[each.path().filename().string()] = bytes_of(each.path());
    return found;
  }

  static void restore(const std::filesystem::path& path, const std::map<std::string, std::string>& contents) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
    for (const auto& [name, bytes] : contents)
      put_bytes(path / name, bytes);
  }

private:
  fast_dir dir_;
  file_journal_options options_;
  std::unique_ptr<file_journal> books_;
  std::map<std::string, version_t> versions_;
};

/// Where commits begin in a segment: the header's end, every commit's end.
inline std::vector<std::size_t> commit_ends(const std::string& bytes) {
  std::vector<std::size_t> ends;
  for (std::size_t line = 0; line < bytes.size();) {
    const auto feed = bytes.find('\n', line);
    if (journal_format::ends_with_digest(std::string_view{bytes}.substr(line, feed + 1 - line)))
      ends.push_back(feed + 1);
    line = feed + 1;
  }
  return ends;
}

} // namespace daybook::testing
