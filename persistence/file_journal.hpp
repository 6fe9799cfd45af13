#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/durable_mark.hpp"
#include "daybook/persistence/file_pool.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal.hpp"
#include "daybook/persistence/journal_index.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/persistence/recovery_rules.hpp"
#include "daybook/persistence/space_reserve.hpp"
#include "daybook/persistence/uuid.hpp"

namespace daybook {

/// Somebody's memory of the journal: a position that was durable, and the chain's digest there.
struct journal_witness {
  position_t position = 0;
  std::string digest;
};

struct file_journal_options {
  /// A segment that has reached this size is sealed and a new one begun. At most `max_segment_bytes`.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  /// Room behind the last commit that is filled, with line feeds, before it is needed, within the segment: the sync of a small
  /// batch changes no metadata of the file system then, and takes half the time (docs/performance.md). 0: none.
  std::uint64_t preallocate_bytes = std::uint64_t{1} << 20;
  /// Room on the device that is held for the moment when there is none left; 0: none is.
  std::uint64_t reserve_bytes = 0;
  /// Names a journal that is made.
  std::function<std::string(time_us)> make_id = make_uuid_v7;
  /// What the view remembers, asked once, when the directory is locked; nothing when there is no view that could say it.
  std::function<std::optional<journal_witness>()> ask_view;
};

/// What a start found.
struct recovery_report {
  std::uint64_t segments = 0;
  /// Commits and bytes of segments that were read and verified; the rest was vouched for by the index.
  std::uint64_t scanned_commits = 0;
  position_t last_position = 0;
  std::uint64_t scanned_bytes = 0;
  /// Index files that were missing or did not fit and were made anew.
  std::uint64_t rebuilt_indexes = 0;
  /// Whether the last stop was a clean one.
  bool was_clean = false;
  std::int64_t duration_us = 0;
  /// A tail that was never acknowledged and was cut: where, how much, and where it is kept. Empty: none.
  std::string cut_segment;
  std::uint64_t cut_offset = 0;
  std::uint64_t cut_bytes = 0;
  std::string cut_kept_in;
};

/// The report in one line.
std::string describe(const recovery_report& report);

/// A journal in segment files, as docs/journal-format.md describes it. Threads as in `journal`.
class file_journal : public journal {
public:
  /// Opens DIR/journal, made when missing, verifies what it will write behind and what it will trust, and cuts back a tail
  /// that was never acknowledged.
  ///
  /// Errors: directory_in_use (names the process), journal_damaged (names segment, byte and position; nothing is changed),
  /// unsupported_format, disk_full, io_error. Throws std::bad_alloc and nothing else; the next start finds then what a crash
  /// at that moment would have left.
  /// @param files outlives the journal.
  static result<std::unique_ptr<file_journal>> open(const std::filesystem::path& data_dir, file_journal_options options,
                                                    time_us now, os_files& files = posix_files());

  /// Closes.
  ~file_journal() override;

  const recovery_report& recovery() const noexcept { return recovery_; }
  const std::string& journal_id() const noexcept { return journal_id_; }

  /// The chain's digest after the commit that ends with `last`; `not_found` when no commit ends there. Any thread.
  result<std::string> digest_at(position_t last) const;

  /// Gives the reserve of room up, for somebody else on the device who has none left; nothing is appended before there is
  /// room for it again. False: that was so already. Belongs to the thread of `append`.
  bool give_up_reserve();

  /// Writes the index, so that the next start reads no events, and releases the directory. Belongs to the thread of
  /// `append`; appends afterwards fail, reads go on. Safe to call twice.
  result<done> close();

  /// Throws std::bad_alloc and nothing else: then nothing of the batch was stored, unless `has_failed`.
  std::vector<result<recorded_commit>> append(std::vector<commit> batch, time_us now) override;
  /// Whether writing has ended for good. Belongs to the thread of `append`.
  bool has_failed() const noexcept { return has_failed_; }
  position_t last_position() const noexcept override { return last_position_; }
  bool may_have(std::string_view stream) const override;
  bool is_at(std::string_view stream, version_t version) const override;
  result<std::vector<recorded_event>> read_stream(std::string_view stream) const override;
  result<std::vector<recorded_commit>> read_from(position_t from, read_limit limit = {}) const override;
  result<std::vector<std::string>> open_streams() const override;

private:
  struct segment;
  struct stream_key;
  struct draft;
  struct place {
    std::shared_ptr<segment> in;
    index_entry entry;
  };

  file_journal(const std::filesystem::path& data_dir, file_journal_options options, os_files& files);

  // -- recovery (file_journal_recovery.cpp)
  struct found_segment;
  result<done> recover(time_us now);
  result<std::vector<std::string>> list_segments();
  result<done> check_none_lost(position_t last_first, const std::optional<durable_end>& mark);
  result<done> create_first(time_us now);
  result<found_segment> open_segment(const std::string& name, bool is_last);
  result<done> check_header(found_segment& found);
  result<done> check_place(const found_segment& found) const;
  bool is_bound(const segment_index& index, const segment& in, std::uint64_t size, bool is_last) const;
  void take_entries(const found_segment& found);
  result<done> take_segment(found_segment& found, bool is_last, bool has_heads);
  result<done> make_again(segment& in);
  static error damage(const segment& in, std::uint64_t offset, position_t expected, const std::string& what);

  // -- a segment's end (file_journal_tail.cpp)
  struct tail;
  result<tail> take_commits(const found_segment& found, std::uint64_t from);
  result<done> scan_rest(found_segment& found, std::uint64_t from, bool is_last);
  result<bool> has_digest(const journal_witness& witness) const;
  result<tail_findings> find_out(const tail& end, bool is_last) const;
  result<done> judge(const tail& end, const tail_findings& findings);
  result<done> write_again(segment& in, std::uint64_t from);
  result<done> cut_tail(segment& in, std::uint64_t offset, std::uint64_t size);
  result<done> keep_aside(const segment& in, std::uint64_t offset, std::uint64_t size, const std::string& name);

  // -- appending
  void assemble(std::vector<commit>& batch, time_us now, draft& into);
  bool version_fits(const stream_key& stream, version_t expected, const draft& so_far) const;
  result<done> write(const draft& what);
  result<done> begin_segment(time_us now);
  std::shared_ptr<segment> seal(const segment& old) const;
  result<std::unique_ptr<file>> create_segment_file(position_t first, const std::string& header);
  void make_room(const draft& what);
  void publish(const draft& what) noexcept;
  error fail_for_good(const error& cause);
  result<done> find_room(const std::vector<commit>& batch);
  void add_entry(std::uint64_t hash, std::uint64_t offset, version_t version, bool open);
  void mark_durable() noexcept;

  // -- room ahead (file_journal_preallocate.cpp)
  result<done> preallocate(std::uint64_t end, std::size_t written);
  void give_room_back();

  // -- reading
  result<place> locate(position_t position) const;
  result<std::vector<place>> places_of(std::uint64_t hash) const;
  result<recorded_commit> read_commit(const place& at) const;
  result<done> find_open(std::uint64_t hash, std::vector<position_t>& into) const;
  std::filesystem::path index_path(position_t first) const;

  file_system files_;
  /// Sealed segments and their indexes.
  file_pool sealed_;
  file_journal_options options_;
  std::filesystem::path journal_dir_;
  std::filesystem::path index_dir_;
  space_reserve reserve_;
  std::unique_ptr<directory_lock> lock_;
  std::string journal_id_;
  recovery_report recovery_;

  /// Guards segments_, heads_ and the last segment's entries; the appending thread holds it alone only to publish.
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<segment>> segments_;
  stream_heads heads_;

  /// Of the appending thread.
  digest_text digest_{};
  /// After the last commit; `digest_` is a header's where a segment has just begun.
  digest_text last_digest_{};
  time_us last_recorded_at_ = 0;
  sha256 hash_;
  /// What the last batch was written from, for the next one: pages that were touched once cost nothing.
  std::string spare_bytes_;
  durable_mark mark_;
  /// Writing has ended for good; the text may lack when memory was short.
  bool has_failed_ = false;
  std::string failure_;
  /// The reserve was given up: nothing is written before there is room for it again.
  bool is_full_ = false;
  /// Where the last segment's preallocated room ends; not behind its commits: there is none.
  std::uint64_t preallocated_ = 0;
  /// None is made before the next segment: the device had no space for it, or it was given back.
  bool is_without_room_ = false;
  /// The last segment, without a commit, has to be made again before anything is written into it.
  bool is_unsure_ = false;
  bool is_closed_ = false;

  /// Of the start: what the mark and the view remember.
  std::optional<journal_witness> marked_;
  std::optional<journal_witness> viewed_;

  std::atomic<position_t> last_position_{0};
};

} // namespace daybook
