#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/tests/support/memory_files.hpp"

namespace daybook::testing {

/// Something happened that must not, in words for whoever has to find out why. Not a Catch assertion: the same suite runs
/// in the programs from which a sync was taken out.
struct violation {
  std::string what;
};

/// What somebody outside was told of a journal, and what he must therefore find, or may find, at any later time.
struct promises {
  /// The commits up to here were acknowledged or shown; one text a commit, with its digest.
  std::vector<std::string> told;
  /// Behind them, what was asked for and not answered, or answered "unknown": each is there whole or not at all, in this
  /// order; without digest.
  std::vector<std::string> asked;
};

/// A disk at a boundary, and what had been promised by then. Of `told` the first `told_count`, and, with those of `asked` up
/// to `shown`, all that a reader could have seen.
struct moment {
  memory_disk disk;
  std::string next_call;
  std::size_t told_count = 0;
  position_t shown = 0;
  std::vector<std::string> asked;
};

/// A commit as a reader sees it, without digest, and the whole of it.
std::string facts_of(const recorded_commit& commit);

/// All commits of a journal.
result<std::vector<recorded_commit>> read_commits(const file_journal& books);

/// The same; a violation when they cannot be read.
std::vector<recorded_commit> commits_of(const file_journal& books);

/// What somebody does with a journal on a machine in memory, with a clock of his own, and what he is told. Every boundary (each
/// call that changes the disk) is kept as a moment. A violation, where the journal does what it must not.
class history {
public:
  struct wish {
    std::string stream;
    int events = 1;
    bool open = false;
    /// Added to the event's data.
    std::size_t bytes = 0;
  };

  /// What a history does about errors of starts, appends and stops.
  enum class mood : std::uint8_t {
    /// Each one that is not expected is a violation. Every boundary is kept as a moment.
    strict,
    /// Faults are planned: what may fail may fail, but with the right error, and what is refused must not be found. No moments.
    tolerant,
    /// Faults are planned that must be carried through. No moments.
    unmoved,
  };

  explicit history(file_journal_options options, mood how = mood::strict);
  ~history();
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  memory_files files;

  // -- what somebody does

  /// A start that must go well.
  history& open();
  /// A start whose outcome is the test's business.
  result<done> try_open();
  /// One write for all. The outcome of the first commit that failed with something else than a wrong version.
  result<done> append(const std::vector<wish>& wishes);
  /// How many bytes a commit would have in the segment, with the present position and version.
  std::size_t size_of(const wish& wished) const;
  /// A commit on a wrong version.
  history& append_wrong(const std::string& stream);
  history& append_one(const std::string& stream) {
    [[maybe_unused]] const auto outcome = append({{stream}});
    return *this;
  }
  history& stop();
  /// `kill -9`, and the machine goes on.
  history& kill();
  /// `kill -9` before the nth call that changes the disk of what `act` does.
  history& kill_in(std::uint64_t nth, const std::function<void()>& act);
  history& power_cut(std::uint64_t seed);
  /// The view remembers, at the starts to come, what was told up to now.
  history& remember();
  /// Removes a file of the index directory, or flips a byte in the middle of it, between two starts; durably.
  history& remove_index(const std::string& name);
  history& damage_index(const std::string& name);

  // -- what came of it

  file_journal& books() { return *books_; }
  bool is_tolerant() const noexcept { return mood_ == mood::tolerant; }
  /// A start that must go well and a last look, through a kill and through power cuts; no faults any more.
  void end(std::uint64_t seed);
  const file_journal_options& options() const noexcept { return options_; }
  const std::vector<moment>& moments() const noexcept { return moments_; }
  const promises& promised() const noexcept { return promised_; }
  time_us now() const noexcept { return now_; }
  static const char* directory() noexcept { return "/d"; }

  /// The moment that is now.
  void keep_moment(const std::string& next_call);

private:
  result<done> take_shown();
  commit commit_for(const wish& wished, version_t version) const;
  void end_of_program();
  void check_refusal(const error& cause, bool is_append) const;
  void check_syncs() const;

  mood mood_;
  file_journal_options options_;
  std::unique_ptr<file_journal> books_;
  promises promised_;
  /// Of `told`, the position that each commit ends with.
  position_t told_position_ = 0;
  time_us last_recorded_at_ = 0;
  std::map<std::string, version_t> versions_;
  std::map<std::string, version_t> unknown_versions_;
  std::vector<moment> moments_;
  time_us now_;
};

/// That commits keep what was promised at a moment; else a violation that names both.
void check_kept(const std::vector<recorded_commit>& found, const promises& all, const moment& at, const std::string& where);

} // namespace daybook::testing
