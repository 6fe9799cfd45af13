#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/durable_mark.hpp"
#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/persistence/recovery_rules.hpp"
#include "daybook/persistence/segment_file.hpp"

namespace daybook {

/// What is remembered of a journal beside its segments.
struct journal_evidence {
  /// What an index file says about the end of its segment.
  struct indexed_end {
    std::string journal_id;
    position_t first = 0;
    journal_witness end;
  };

  std::optional<durable_end> mark;
  std::optional<journal_witness> view;
  std::vector<indexed_end> indexes;

  bool is_empty() const noexcept { return !mark && !view && indexes.empty(); }
};

/// Reads the evidence that stands in a data directory. To be called before the segments are listed: beside a running node
/// they only grow, so what was remembered before is in them. An error when the durable mark or the index directory is there and
/// cannot be read, as at a start; an index or a view that cannot be read says nothing, as it does there.
result<journal_evidence> gather_evidence(const std::filesystem::path& data_dir, os_files& files = posix_files());

/// Where a journal stops to be what it was.
struct journal_damage {
  std::string segment;
  std::uint64_t offset = 0;
  /// The position that is expected there.
  position_t position = 0;
  std::string message;
  /// What a start's rule says; `damaged` also for what it finds before it asks the rules.
  tail_verdict verdict = tail_verdict::damaged;
};

/// "segment … at byte …, position …: what"
std::string describe(const journal_damage& damage);

/// Reads a journal's commits from segment to segment and lets nothing pass that does not verify, by the rules of a start.
/// Needs no lock and changes nothing: it also works beside a running node, where it ends with the last commit that is known to
/// be durable. Not thread-safe.
class journal_walk {
public:
  /// `not_found` when there is no journal, `journal_damaged` when there is none any more.
  /// @param from where to begin: the segment that holds this position; those before it are not looked at.
  static result<std::unique_ptr<journal_walk>> open(const std::filesystem::path& data_dir, journal_evidence evidence,
                                                    os_files& files = posix_files(), position_t from = 1);

  /// The same over segments that were opened before, in order. Requires that nobody writes the journal.
  static std::unique_ptr<journal_walk> over(std::vector<segment_file> segments, const std::filesystem::path& data_dir,
                                            journal_evidence evidence, os_files& files = posix_files());

  /// The next commit, its texts valid until the next call; false at the end, or where there is damage. Errors are those of
  /// the files, and `unsupported_format`.
  result<bool> next(scanned_commit& into);

  const std::optional<journal_damage>& damage() const noexcept { return damage_; }
  /// Behind the last commit: one that is being written, or what the next start cuts.
  std::uint64_t unfinished_bytes() const noexcept { return unfinished_bytes_; }

  const std::string& journal_id() const noexcept { return journal_id_; }
  position_t last_position() const noexcept { return last_position_; }
  /// The chain's digest after the last commit that was given (or after the header behind it).
  const digest_text& digest() const noexcept { return digest_; }
  /// The digest that is remembered with the last position.
  const std::string& last_digest() const noexcept { return last_digest_; }

  const std::vector<segment_file>& segments() const noexcept { return segments_; }
  /// Which of them is read, or was read last.
  std::size_t segment_number() const noexcept { return number_; }
  /// Segments whose header verified.
  std::uint64_t segments_begun() const noexcept { return segments_begun_; }
  std::uint64_t verified_bytes() const noexcept { return verified_bytes_; }
  std::uint64_t total_bytes() const noexcept { return total_bytes_; }

private:
  struct witness {
    std::string_view name;
    journal_witness memory;
    /// Of a segment's index: the segment's first position; 0: of the journal.
    position_t segment = 0;
    bool differs = false;
  };

  journal_walk(std::filesystem::path data_dir, journal_evidence evidence, os_files& files);
  result<done> list();
  void skip_to(position_t from);
  result<bool> begin_segment();
  result<bool> end_segment();
  bool end_with(std::uint64_t offset, const std::string& what, tail_verdict verdict = tail_verdict::damaged);
  bool end_unfinished(std::uint64_t offset);
  void take(const scanned_commit& commit);
  bool is_being_written(const scanned_commit& commit);
  tail_findings findings_of(const commit_scanner& scanner) const;
  std::string reason_of(const tail_rule& rule, const std::string& problem) const;
  void call_witnesses();
  void check_none_lost();

  std::filesystem::path data_dir_;
  journal_evidence evidence_;
  os_files& system_;
  file_system files_;
  std::vector<segment_file> segments_;
  std::vector<witness> witnesses_;
  std::optional<commit_scanner> scanner_;
  std::size_t number_ = 0;
  bool has_begun_ = false;
  bool has_ended_ = false;
  /// Whether a node writes this journal; asked when it matters.
  std::optional<bool> is_running_;

  std::string journal_id_;
  position_t last_position_ = 0;
  digest_text digest_{};
  std::string last_digest_;
  std::uint64_t segments_begun_ = 0;
  std::uint64_t verified_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
  std::uint64_t unfinished_bytes_ = 0;
  std::optional<journal_damage> damage_;
};

} // namespace daybook
