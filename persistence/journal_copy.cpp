#include "daybook/persistence/journal_copy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daybook/persistence/journal_scan.hpp"

namespace daybook {

namespace {

constexpr std::size_t copy_block = std::size_t{1} << 20;

std::string wrong_place(const journal_format::segment_header& header, const segment_place& place) {
  if (header.journal_id != place.journal_id)
    return fmt::format("it belongs to journal {}, not to {}", header.journal_id, place.journal_id);
  if (header.first_position != place.first)
    return fmt::format("it begins at position {}, not at {}", header.first_position, place.first);
  return header.previous == place.previous ? "" : "it does not follow what is before it: their digests do not join";
}

} // namespace

result<segment_end> scan_segment(const segment_file& in, const segment_place& place, const commit_visitor& visit) {
  segment_end end;
  end.last_position = place.first - 1;
  auto head = read_head(in);
  if (!head)
    return head.error();
  end.problem = *head ? wrong_place((*head)->header, place) : "its header does not verify";
  if (!end.problem.empty())
    return end;
  end.bytes = (*head)->bytes;
  end.digest = (*head)->header.digest;
  commit_scanner scanner{*in.data, end.bytes, in.size, end.digest, commit_scanner::whole_segment};
  for (scanned_commit each;;) {
    auto verified = scanner.next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    if (each.first_position() != end.last_position + 1) {
      end.problem = fmt::format("position {} is there instead of {}", each.first_position(), end.last_position + 1);
      return end;
    }
    end.last_position = each.last_position();
    end.digest = each.digest;
    end.bytes = scanner.offset();
    ++end.commits;
    if (visit)
      visit(each);
  }
  end.problem = scanner.problem();
  return end;
}

result<std::string> digest_at_end(const segment_file& in) {
  auto digest = digest_before(*in.data, in.size);
  if (!digest)
    return digest.error().code == errc::journal_damaged ? result<std::string>{std::string{}} : digest.error();
  return std::string{view(*digest)};
}

result<done> copy_bytes(const file_system& files, const file& from, std::uint64_t bytes, const std::filesystem::path& to) {
  auto made = files.open(to, open_mode::create);
  if (!made)
    return made.error();
  std::string block;
  for (std::uint64_t at = 0; at < bytes; at += block.size()) {
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_block, bytes - at)));
    auto got = from.read_at(at, block.data(), block.size());
    if (!got)
      return got.error();
    if (*got != block.size())
      return error{errc::io_error, fmt::format("a file became shorter while {} was copied from it", to.string())};
    if (auto written = (*made)->write_at(at, block); !written)
      return written;
  }
  return (*made)->sync();
}

namespace {

/// Copies one segment as far as the walk came in it, and reads it back.
result<segment_copy> copy_one(const segment_file& from, const segment_place& place, const segment_end& end,
                              const file_system& files, const std::filesystem::path& path) {
  if (auto copied = copy_bytes(files, *from.data, end.bytes, path); !copied)
    return copied.error();
  auto opened = files.open(path, open_mode::read);
  if (!opened)
    return opened.error();
  auto size = (*opened)->size();
  if (!size)
    return size.error();
  auto again = scan_segment({from.name, from.first, std::move(*opened), *size}, place);
  if (!again)
    return again.error();
  if (!again->problem.empty() || again->digest != end.digest || again->bytes != end.bytes)
    return error{errc::storage_failed, fmt::format("{} was written and is not read back as it was written: {}", path.string(),
                                                   again->problem.empty() ? "other bytes" : again->problem)};
  return segment_copy{from.name, from.first, std::move(*again), path};
}

} // namespace

result<std::vector<segment_copy>> copy_segments(journal_walk& walk, const file_system& files, const std::filesystem::path& into,
                                                const std::string& suffix, const commit_visitor& visit,
                                                const byte_progress& progress) {
  std::vector<segment_copy> copies;
  segment_end end;
  segment_place place;
  auto at = walk.segments().size();
  const auto finish = [&]() -> result<done> {
    if (end.commits == 0)
      return done{};
    const auto& from = walk.segments()[at];
    auto copied = copy_one(from, place, end, files, into / (from.name + suffix));
    if (!copied)
      return copied.error();
    copies.push_back(std::move(*copied));
    end = {};
    return done{};
  };
  for (scanned_commit each;;) {
    auto verified = walk.next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    if (walk.segment_number() != at) {
      if (auto finished = finish(); !finished)
        return finished.error();
      at = walk.segment_number();
      auto head = read_head(walk.segments()[at]);
      if (!head)
        return head.error();
      if (!*head)
        return error{errc::io_error, fmt::format("segment {} changed while it was copied", walk.segments()[at].name)};
      place = {walk.journal_id(), walk.segments()[at].first, (*head)->header.previous};
    }
    end.bytes = each.offset + each.bytes;
    end.last_position = each.last_position();
    end.digest = each.digest;
    ++end.commits;
    if (visit)
      visit(each);
    if (progress)
      progress(walk.verified_bytes(), walk.total_bytes());
  }
  if (auto finished = finish(); !finished)
    return finished.error();
  return copies;
}

error damage_error(const journal_damage& damage, const std::filesystem::path& data_dir) {
  return {errc::journal_damaged, fmt::format("the journal in {} is damaged in {}; look at: daybook journal repair",
                                             data_dir.string(), describe(damage))};
}

} // namespace daybook
