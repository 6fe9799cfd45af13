#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/domain/time.hpp"

namespace daybook {

/// An event's number in the journal: 1, 2, 3 … without gaps. 0 stands for "before the first".
using position_t = std::uint64_t;

/// An event's number in its stream: 1, 2, 3 … 0 stands for a stream without events.
using version_t = std::uint32_t;


/// An event that wants to be recorded.
struct new_event {
  /// Its type's name, e.g. "OrderRequested": letters and digits only.
  std::string type;
  /// Its facts: the text of one JSON object, UTF-8, without line breaks. The journal does not look inside.
  std::string data;
  /// The stream owes a decision about this event: `journal::open_streams` names it until a later event follows.
  bool open = false;
};

/// Events of one stream that become durable together or not at all.
struct commit {
  /// Category and id of the aggregate, e.g. "order-536365". At most 128 characters of `A-Z a-z 0-9 . _ : -`.
  std::string stream;
  /// The stream's version that the events were decided on; any other makes the commit fail with `version_conflict`.
  version_t expected_version = 0;
  /// Who asked for it. Ids have 1 to 64 characters of `A-Z a-z 0-9 . _ : -`; an empty correlation or causation id means
  /// "the command's".
  std::string command_id;
  std::string correlation_id;
  std::string causation_id;
  /// Fingerprint of the command's content, to tell a repeated command from a reused id.
  std::uint64_t command_hash = 0;
  /// At least one.
  std::vector<new_event> events;
};

/// An event as it was recorded. Immutable.
struct recorded_event {
  position_t position = 0;
  std::string stream;
  version_t version = 0;
  std::string type;
  /// Never goes backwards along the positions, also when the clock does.
  time_us recorded_at = 0;
  std::string command_id;
  std::string correlation_id;
  std::string causation_id;
  std::uint64_t command_hash = 0;
  bool open = false;
  std::string data;
};

/// A durable commit.
struct recorded_commit {
  /// Consecutive positions, one stream, consecutive versions. Never empty.
  std::vector<recorded_event> events;
  /// The chain's digest after this commit (SHA-256, base64url without padding, 43 characters). It vouches for every byte
  /// of the journal up to here.
  std::string digest;

  position_t last_position() const noexcept { return events.back().position; }
};

/// How much `read_from` returns at the most; it returns at least one commit where there is one.
struct read_limit {
  std::size_t events = 1024;
  std::size_t bytes = std::size_t{4} << 20;
};

/// The books' only truth: an append-only log of commits. Nothing outside persistence/ knows what it is made of.
///
/// Threads: `append` belongs to one thread. Everything else may be called from any thread at any time, also during an
/// append; it sees durable commits only.
class journal {
public:
  virtual ~journal() = default;

  /// Records a batch: everything accepted goes out in one write and one sync, and is durable when this returns.
  ///
  /// One result for each commit, in order. A commit whose expected version is wrong fails alone with `version_conflict`;
  /// commits of one stream in one batch build upon each other. A failed write or sync fails every accepted commit of the
  /// batch (`storage_failed`: outcome unknown, and so does every later append; `disk_full`: nothing stored, later appends
  /// may succeed).
  /// @param now the recorder's clock; recorded times are max(now, the previous commit's time).
  virtual std::vector<result<recorded_commit>> append(std::vector<commit> batch, time_us now) = 0;

  /// The last durable position; 0 for an empty journal. Never blocks.
  virtual position_t last_position() const noexcept = 0;

  /// False means: the stream certainly has no events. Looks into memory only, never blocks on a disk.
  virtual bool may_have(std::string_view stream) const = 0;

  /// Whether that is the version of the stream's last event, as far as memory tells: it may say no for a stream whose hash
  /// is that of another one. Never blocks on a disk.
  virtual bool is_at(std::string_view stream, version_t version) const = 0;

  /// All events of one stream, oldest first; empty when it has none. Touches that stream's commits, not the journal.
  /// Every commit is verified first: `journal_damaged` rather than wrong data. Blocks on the disk.
  virtual result<std::vector<recorded_event>> read_stream(std::string_view stream) const = 0;

  /// Whole, verified commits, from the one that holds `from` on; empty past the end. Blocks on the disk.
  virtual result<std::vector<recorded_commit>> read_from(position_t from, read_limit limit = {}) const = 0;

  /// The streams whose last event was recorded as `open`. Blocks on the disk, in proportion to the answer.
  virtual result<std::vector<std::string>> open_streams() const = 0;
};

} // namespace daybook
