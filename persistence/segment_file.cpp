#include "daybook/persistence/segment_file.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include "daybook/persistence/file_journal_segment.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

/// Open only while it is read: a journal may have more segments than a process may have files.
class file_on_demand final : public os_file {
public:
  file_on_demand(os_files& system, std::filesystem::path path) : system_(system), path_(std::move(path)) {
    // nop
  }

  os_outcome read(std::uint64_t offset, char* into, std::size_t size) const override {
    std::unique_ptr<os_file> opened;
    const auto outcome = system_.open(path_, open_mode::read, opened);
    return outcome < 0 ? outcome : opened->read(offset, into, size);
  }

  os_outcome size() const override {
    std::unique_ptr<os_file> opened;
    const auto outcome = system_.open(path_, open_mode::read, opened);
    return outcome < 0 ? outcome : opened->size();
  }

  os_outcome write(std::uint64_t, const char*, std::size_t) override { return -EBADF; }
  os_outcome sync() override { return -EBADF; }
  os_outcome truncate(std::uint64_t) override { return -EBADF; }
  os_outcome allocate(std::uint64_t) override { return -EBADF; }

private:
  os_files& system_;
  std::filesystem::path path_;
};

} // namespace

result<std::vector<segment_file>> open_segments(os_files& system, const std::filesystem::path& journal_dir) {
  auto names = file_system{system}.list(journal_dir);
  if (!names)
    return names.error();
  std::vector<segment_file> segments;
  for (const auto& name : *names) {
    const auto first = segment_first(name);
    if (first == 0)
      continue;
    const auto path = journal_dir / name;
    auto data = std::make_shared<const file>(std::make_unique<file_on_demand>(system, path), path);
    auto size = data->size();
    if (!size)
      return size.error();
    segments.push_back({name, first, std::move(data), *size});
  }
  return segments;
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
