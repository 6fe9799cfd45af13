#include "daybook/persistence/segment_file.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "daybook/persistence/file_journal_segment.hpp"
#include "daybook/persistence/file_pool.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

/// Segments are read one after the other.
constexpr std::size_t most_open = 4;

/// What is filled ahead is looked through from its end in pieces of this size.
constexpr std::size_t fill_block = std::size_t{64} << 10;

} // namespace

result<std::vector<segment_file>> open_segments(os_files& system, const std::filesystem::path& journal_dir) {
  auto names = file_system{system}.list(journal_dir);
  if (!names)
    return names.error();
  const file_pool pool{system, most_open};
  std::vector<segment_file> segments;
  for (const auto& name : *names) {
    const auto first = segment_first(name);
    if (first == 0)
      continue;
    std::shared_ptr<const file> data = pool.at(journal_dir / name);
    auto size = data->size();
    if (!size)
      return size.error();
    segments.push_back({name, first, std::move(data), *size});
  }
  if (!segments.empty()) {
    auto& last = segments.back();
    auto end = end_of_text(*last.data, last.size);
    if (!end)
      return end.error();
    last.size = *end;
  }
  return segments;
}

result<std::uint64_t> end_of_text(const file& from, std::uint64_t size) {
  std::string block;
  for (auto end = size; end > 0;) {
    const auto begin = end - std::min<std::uint64_t>(end, fill_block);
    block.resize(static_cast<std::size_t>(end - begin));
    auto got = from.read_at(begin, block.data(), block.size());
    if (!got)
      return got.error();
    block.resize(*got);
    if (const auto last = block.find_last_not_of('\n'); last != std::string::npos)
      return std::min(begin + last + 2, size);
    end = begin;
  }
  return std::uint64_t{0};
}

result<std::optional<segment_head>> read_head(const segment_file& in) {
  std::string text(format::max_header_bytes, '\0');
  auto got = in.data->read_at(0, text.data(), text.size());
  if (!got)
    return got.error();
  text.resize(*got);
  if (const auto version = format::version_of(text); version && *version != format::version)
    return error{errc::unsupported_format, "segment " + in.name + " has format version " + std::to_string(*version) +
                                             ", this program knows " + std::to_string(format::version)};
  const auto feed = text.find('\n');
  if (feed == std::string::npos)
    return std::optional<segment_head>{};
  const auto line = std::string_view{text}.substr(0, feed);
  auto header = format::parse_header(line);
  if (!header || !format::header_verifies(*header, line))
    return std::optional<segment_head>{};
  return std::optional{segment_head{std::move(*header), feed + 1}};
}

} // namespace daybook
