#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "daybook/domain/result.hpp"
#include "daybook/persistence/journal_scan.hpp"
#include "daybook/persistence/segment_file.hpp"

namespace daybook {

/// Positions from … to, both included.
struct position_range {
  position_t from = 0;
  position_t to = 0;
};

/// Finds the commits in a segment that verify in themselves: by the digest that stands before them. The chain may be broken
/// anywhere before.
/// @param offset where to begin: where a commit should, or 0 for the segment's beginning.
/// @param previous the chain's digest before `offset`, when it is known: then damage to nothing but a commit's digest does not
/// hide the commit behind it.
result<done> find_commits(const segment_file& in, std::uint64_t offset, const digest_text* previous,
                          const std::function<void(const scanned_commit&)>& visit);

/// The streams of events whose lines begin readably in a segment and whose positions are in the ranges.
result<std::set<std::string>> find_streams(const segment_file& in, const std::vector<position_range>& positions);

} // namespace daybook
