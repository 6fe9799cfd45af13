#include "daybook/persistence/view_files.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace daybook {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "orders-";
constexpr std::string_view suffix = ".db";

error failed(std::string_view what, const fs::path& path, const std::error_code& cause) {
  return {errc::io_error, "cannot " + std::string{what} + " " + path.string() + ": " + cause.message()};
}

/// N of "orders-N.db", also with SQLite's "-wal" or "-shm" behind it.
std::optional<std::uint64_t> generation_of(const fs::path& path) {
  const auto name = path.filename().string();
  if (name.compare(0, prefix.size(), prefix) != 0)
    return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = name.data() + name.size();
  const auto [rest, problem] = std::from_chars(name.data() + prefix.size(), end, number);
  const std::string_view tail{rest, static_cast<std::size_t>(end - rest)};
  if (problem != std::errc{} || tail.substr(0, suffix.size()) != suffix)
    return std::nullopt;
  return number;
}

fs::path generation_name(std::uint64_t number) {
  return std::string{prefix} + std::to_string(number) + std::string{suffix};
}

} // namespace

view_files::view_files(fs::path data_dir) : dir_(std::move(data_dir) / "view") {
  // nop
}

fs::path view_files::link() const {
  return dir_ / "orders.db";
}

fs::path view_files::current() const {
  std::error_code ignored;
  return fs::read_symlink(link(), ignored).filename();
}

result<done> view_files::prepare() const {
  std::error_code problem;
  fs::create_directories(dir_, problem);
  if (problem)
    return failed("create", dir_, problem);
  if (!generation_of(current())) {
    if (auto removed = remove_all(); !removed)
      return removed;
    if (auto adopted = adopt(dir_ / generation_name(1)); !adopted)
      return adopted;
  }
  return remove_others();
}

result<fs::path> view_files::next_generation() const {
  if (auto removed = remove_others(); !removed)
    return removed.error();
  const auto used = generation_of(current());
  return dir_ / generation_name(used ? *used + 1 : 1);
}

result<done> view_files::adopt(const fs::path& generation) const {
  std::error_code problem;
  const auto fresh = dir_ / "orders.db.next";
  fs::remove(fresh, problem);
  fs::create_symlink(generation.filename(), fresh, problem);
  if (problem)
    return failed("create the link", fresh, problem);
  fs::rename(fresh, link(), problem);
  if (problem)
    return failed("replace the link", link(), problem);
  return done{};
}

result<done> view_files::remove_others() const {
  const auto used = generation_of(current());
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(dir_, problem)) {
    const auto number = generation_of(entry.path());
    if (!number || number == used)
      continue;
    std::error_code failure;
    fs::remove(entry.path(), failure);
    if (failure)
      return failed("remove", entry.path(), failure);
  }
  if (problem)
    return failed("list", dir_, problem);
  return done{};
}

result<done> view_files::remove_all() const {
  std::error_code problem;
  fs::remove(link(), problem);
  if (problem)
    return failed("remove", link(), problem);
  return remove_others();
}

} // namespace daybook
