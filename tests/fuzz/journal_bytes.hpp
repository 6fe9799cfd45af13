#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/tests/fuzz/plain_disk.hpp"

namespace daybook::fuzz {

inline constexpr std::string_view journal_id = "019aafcd-4920-7000-8000-000000000001";
/// 2026-11-23T10:15:00Z.
inline constexpr time_us journal_time = 1'795'428'900'000'000;

/// Puts the right digest wherever one stands: a checksum would keep a fuzzer out of everything behind it.
/// @param previous what the header shall say of the segment before.
std::string with_digests(std::string_view segment, std::string_view previous);

/// The first segment's header of a journal that is the same in every run: a corpus must mean the same tomorrow.
std::string first_header();

/// The bytes that the journal would write for a commit read from it.
/// @param previous the digest before the commit; becomes the one after it.
/// @param batch as the commit's first event says it.
std::string written_again(const recorded_commit& commit, position_t batch, digest_text& previous);

/// All commits of an open journal, or its first error.
result<std::vector<recorded_commit>> all_commits(const journal& books);

commit sample_commit(const std::string& stream, version_t expected, int events = 1, bool open = false);

std::string segment_path(position_t first);
std::string index_path(position_t first);

} // namespace daybook::fuzz
