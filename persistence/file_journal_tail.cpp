#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/file_journal.hpp"
#include "daybook/persistence/file_journal_segment.hpp"

// What becomes of a segment's end at a start: first all that verifies is taken, then everything that is known is gathered, then
// one rule decides (recovery_rules.hpp), and only then is anything changed.

namespace daybook {

namespace {

/// A tail is copied in pieces of this size.
constexpr std::size_t copy_block = std::size_t{1} << 20;

} // namespace

/// A segment's end, after all that verifies was taken.
struct file_journal::tail {
  segment& in;
  std::uint64_t size;
  /// Why the bytes behind the last commit do not verify; empty: there are none.
  std::string problem;
  /// Up to where the index or the mark say that it was durable.
  std::uint64_t vouched;
  const std::optional<journal_witness>& indexed;
};

/// Takes all commits that verify.
result<file_journal::tail> file_journal::take_commits(const found_segment& found, std::uint64_t from) {
  auto& in = *found.in;
  commit_scanner scanner{*in.data, from, found.size, digest_, commit_scanner::whole_segment};
  auto vouched = from;
  for (scanned_commit each;;) {
    auto verified = scanner.next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    if (each.first_position() != in.last() + 1)
      return damage(in, each.offset, in.last() + 1, fmt::format("position {} is there instead", each.first_position()));
    for (const auto& line : each.events)
      add_entry(stream_hash(line.stream), each.offset, line.version, line.open);
    last_recorded_at_ = each.events.back().recorded_at;
    last_position_ = each.last_position();
    digest_ = last_digest_ = each.digest;
    in.bytes = scanner.offset();
    if (marked_ && last_position_ <= marked_->position)
      vouched = scanner.offset();
    ++recovery_.scanned_commits;
  }
  last_position_ = in.last();
  recovery_.scanned_bytes += scanner.offset() - from;
  return tail{in, found.size, scanner.problem(), vouched, found.indexed};
}

result<done> file_journal::scan_rest(found_segment& found, std::uint64_t from, bool is_last) {
  const auto end = take_commits(found, from);
  if (!end)
    return end.error();
  auto findings = find_out(*end, is_last);
  if (!findings)
    return findings.error();
  return judge(*end, *findings);
}

/// Whether the chain's digest is the one that a witness remembers; requires that its position is there.
result<bool> file_journal::has_digest(const journal_witness& witness) const {
  auto digest = digest_at(witness.position);
  if (!digest && digest.error().code == errc::not_found)
    return false;
  if (!digest)
    return digest.error();
  return *digest == witness.digest;
}

result<tail_findings> file_journal::find_out(const tail& end, bool is_last) const {
  tail_findings found;
  found.is_last = is_last;
  found.has_rest = !end.problem.empty();
  const auto hear = [&](const std::optional<journal_witness>& witness, bool& knows_more) -> result<done> {
    if (!witness || witness->position == 0)
      return done{};
    knows_more = witness->position > end.in.last();
    if (knows_more)
      return done{};
    auto same = has_digest(*witness);
    if (!same)
      return same.error();
    found.digest_differs = found.digest_differs || !*same;
    return done{};
  };
  if (auto heard = hear(end.indexed, found.index_knows_more); !heard)
    return heard.error();
  if (!is_last)
    return found;
  if (auto heard = hear(marked_, found.mark_knows_more); !heard)
    return heard.error();
  if (auto heard = hear(viewed_, found.view_knows_more); !heard)
    return heard.error();
  if (found.has_rest) {
    auto later = later_evidence(*end.in.data, end.in.bytes, end.size, digest_, end.in.last() + 1);
    if (!later)
      return later.error();
    found.has_later_write = *later != 0;
  }
  return found;
}

result<done> file_journal::judge(const tail& end, const tail_findings& findings) {
  auto& in = end.in;
  const auto& rule = rule_for(findings);
  const auto expected = in.last() + 1;
  const auto refuse = [&](const std::string& what) {
    const auto problem = end.problem.empty() ? std::string{} : end.problem + ", and ";
    return damage(in, in.bytes, expected, problem + what);
  };
  switch (rule.verdict) {
    case tail_verdict::replaced: {
      const auto other = findings.is_last && viewed_ && viewed_->position < expected ? "the view" : "the index directory";
      return refuse(fmt::format("{}, as {} remembers by its digest (whoever put other files there on purpose removes the index "
                                "and view directories)",
                                rule.because, other));
    }
    case tail_verdict::lost: {
      const auto& witness = findings.index_knows_more ? end.indexed : findings.mark_knows_more ? marked_ : viewed_;
      return refuse(fmt::format("{}: position {} was there and is gone (whoever put an older copy there on purpose removes "
                                "the index and view directories)",
                                rule.because, witness->position));
    }
    case tail_verdict::damaged: return refuse(std::string{rule.because});
    case tail_verdict::cut: {
      auto written = write_again(in, end.vouched);
      return written ? cut_tail(in, in.bytes, end.size) : written;
    }
    case tail_verdict::whole: {
      if (!findings.is_last)
        return done{};
      // What a killed process wrote may not be on the device yet, and is about to be shown to readers.
      if (auto written = write_again(in, end.vouched); !written)
        return written;
      // What it took away may still be on the device, if the sync of that failed: cut once more, so that it never comes back.
      if (auto cut = in.data->truncate(in.bytes); !cut)
        return cut;
      return in.data->sync();
    }
  }
  return done{};
}

/// What nobody says to have been durable may be what a failed sync of an earlier process lost: the kernel shows it, but has
/// marked it as written. Writing it once more makes the next sync keep it, and changes nothing.
result<done> file_journal::write_again(segment& in, std::uint64_t from) {
  std::string block;
  for (const std::uint64_t end = in.bytes; from < end; from += block.size()) {
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_block, end - from)));
    auto got = in.data->read_at(from, block.data(), block.size());
    if (!got)
      return got.error();
    if (*got != block.size())
      return error{errc::io_error, fmt::format("segment {} became shorter while it was read", in.name)};
    auto written = in.data->write_at(from, block);
    // Most file systems need no room for it. Where there is none it must not be shown: the next power cut might take it.
    if (!written && written.error().code == errc::disk_full && give_up_reserve())
      written = in.data->write_at(from, block);
    if (!written)
      return written;
  }
  return done{};
}

/// What was never acknowledged is kept aside before it goes, and goes before anything is written behind it.
result<done> file_journal::cut_tail(segment& in, std::uint64_t offset, std::uint64_t size) {
  auto names = files_.list(journal_dir_);
  if (!names)
    return names.error();
  auto name = fmt::format("{}.torn-{}", in.name, offset);
  for (int i = 2; std::find(names->begin(), names->end(), name) != names->end(); ++i)
    name = fmt::format("{}.torn-{}.{}", in.name, offset, i);
  auto kept = keep_aside(in, offset, size, name);
  if (!kept && kept.error().code == errc::disk_full) {
    give_up_reserve();
    // Another file: what a failed sync did not keep of this one, no second sync does.
    if (auto removed = files_.remove(journal_dir_ / name); !removed && removed.error().code != errc::not_found)
      return removed;
    kept = keep_aside(in, offset, size, name);
  }
  if (!kept)
    return kept;
  if (auto synced = files_.sync_directory(journal_dir_); !synced)
    return synced;
  if (auto cut = in.data->truncate(offset); !cut)
    return cut;
  if (auto synced = in.data->sync(); !synced)
    return synced;
  recovery_.cut_segment = in.name;
  recovery_.cut_offset = offset;
  recovery_.cut_bytes = size - offset;
  recovery_.cut_kept_in = name;
  return done{};
}

result<done> file_journal::keep_aside(const segment& in, std::uint64_t offset, std::uint64_t size, const std::string& name) {
  auto kept = files_.open(journal_dir_ / name, open_mode::create);
  if (!kept)
    return kept.error();
  std::string block;
  for (auto at = offset; at < size; at += block.size()) {
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_block, size - at)));
    auto got = in.data->read_at(at, block.data(), block.size());
    if (!got)
      return got.error();
    if (*got != block.size())
      return error{errc::io_error, fmt::format("segment {} became shorter while it was read", in.name)};
    // A file that had grown before its contents were written reads as zeros there: they need no room here either.
    if (block.find_first_not_of('\0') != std::string::npos)
      if (auto written = (*kept)->write_at(at - offset, block); !written)
        return written;
  }
  if (auto sized = (*kept)->truncate(size - offset); !sized)
    return sized;
  return (*kept)->sync();
}

} // namespace daybook
