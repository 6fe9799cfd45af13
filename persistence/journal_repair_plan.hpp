#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/file_system.hpp"
#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_repair.hpp"
#include "daybook/persistence/journal_rescue.hpp"
#include "daybook/persistence/journal_walk.hpp"
#include "daybook/persistence/segment_file.hpp"

namespace daybook {

/// What a repair has to do, found out by reading only. Nobody writes the journal meanwhile. Private to the repair.
class repair_plan {
public:
  repair_plan(std::filesystem::path data_dir, const repair_options& options, os_files& files) :
      data_dir_(std::move(data_dir)), options_(options), system_(files) {
    // nop
  }

  result<done> make();
  /// The segments as they are to be; those that differ from what is there are in the steps.
  const std::vector<segment_file>& wanted() const noexcept { return wanted_; }
  const std::vector<segment_file>& own() const noexcept { return own_; }
  /// Lines of the commits that are rescued.
  const std::string& rescued() const noexcept { return rescued_; }
  repair_report& report() noexcept { return report_; }
  const repair_report& report() const noexcept { return report_; }

private:
  result<done> look();
  /// The mark knows whose journal this is; else most of the segments do.
  result<done> find_journal_id();
  void set_foreign_aside();
  /// How far the journal is known to have come.
  void remember_known();
  /// Walks over what is wanted so far. True when there was something and another round is worth while.
  result<bool> find_damage();
  /// What verifies stays, whoever remembers something else. True when there was somebody.
  bool forget(const journal_damage& damage);

  // -- from the backup

  const segment_file* find(const std::vector<segment_file>& in, position_t first) const;
  /// The damaged segment itself, or the one that should follow.
  result<bool> heal(const journal_damage& damage);
  /// True when the backup has more of the segment, and the same before that.
  /// @param last, digest how far the journal's own segment verifies; 0: not at all.
  result<bool> heal_segment(position_t first, position_t last, const digest_text& digest);
  /// What the journal has behind the backup's end goes on to count, when it follows.
  result<segment_file> splice(const segment_file& from, const segment_end& end, const segment_file* own);

  // -- the end

  void end_before_damage();
  result<done> rescue();
  /// What was there, is not in the journal and is not rescued.
  result<done> tell_lost(std::vector<position_range> there);

  std::filesystem::path data_dir_;
  const repair_options& options_;
  os_files& system_;
  journal_evidence evidence_;
  std::vector<segment_file> own_;
  /// The journal ids of their heads.
  std::vector<std::string> heads_;
  std::vector<segment_file> backup_;
  std::vector<segment_file> wanted_;
  std::set<std::string> foreign_;
  std::set<std::string> healed_;
  std::unique_ptr<journal_walk> walk_;
  std::optional<journal_damage> last_damage_;
  position_t known_last_ = 0;
  /// Where the last segment that is kept is cut; 0: it is not.
  std::uint64_t cut_at_ = 0;
  std::string rescued_;
  repair_report report_;
};

} // namespace daybook
