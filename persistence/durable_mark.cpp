#include "daybook/persistence/durable_mark.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

#include <zlib.h>

namespace daybook {

namespace {

constexpr char mark_magic[16] = "daybook-mark--1";

/// In this machine's byte order, as the index files are.
struct mark_record {
  char magic[16];
  char journal_id[64];
  std::uint64_t position;
  char digest[48];
  char unused[48];
  std::uint32_t padding;
  std::uint32_t checksum;
};

static_assert(sizeof(mark_record) == durable_mark::bytes, "the file's layout depends on this size");

std::uint32_t checksum_of(const mark_record& record) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&record);
  return static_cast<std::uint32_t>(crc32_z(0, bytes, offsetof(mark_record, checksum)));
}

} // namespace

durable_mark durable_mark::open(const file_system& files, const std::filesystem::path& path) {
  durable_mark mark;
  if (auto opened = files.open(path, open_mode::update))
    mark.file_ = std::move(*opened);
  return mark;
}

void durable_mark::put(const std::string& journal_id, position_t position, const digest_text& digest) noexcept {
  if (!file_)
    return;
  mark_record record{};
  std::memcpy(record.magic, mark_magic, sizeof mark_magic);
  journal_id.copy(record.journal_id, sizeof record.journal_id);
  record.position = position;
  std::copy(digest.begin(), digest.end(), record.digest);
  record.checksum = checksum_of(record);
  // One small write at one place: a crash leaves the old one, the new one, or one that does not verify.
  try {
    if (!file_->write_at(0, {reinterpret_cast<const char*>(&record), sizeof record}))
      file_.reset();
  } catch (const std::bad_alloc&) {
    file_.reset();
  }
}

result<std::optional<durable_end>> durable_mark::read(const file_system& files, const std::filesystem::path& path) {
  const auto refuse = [](const error& cause) {
    return error{cause.code, cause.message + "; this file says how far the journal was durable: mend the disk, or, if it "
                                             "cannot be mended, remove the file"};
  };
  auto opened = files.open(path, open_mode::read);
  if (!opened && opened.error().code == errc::not_found)
    return std::optional<durable_end>{};
  if (!opened)
    return refuse(opened.error());
  mark_record record;
  const auto got = (*opened)->read_at(0, reinterpret_cast<char*>(&record), sizeof record);
  if (!got)
    return refuse(got.error());
  if (*got != sizeof record || std::memcmp(record.magic, mark_magic, sizeof mark_magic) != 0 ||
      record.checksum != checksum_of(record))
    return std::optional<durable_end>{};
  durable_end end;
  end.journal_id.assign(record.journal_id, strnlen(record.journal_id, sizeof record.journal_id));
  end.position = record.position;
  std::copy_n(record.digest, end.digest.size(), end.digest.begin());
  return std::optional{std::move(end)};
}

} // namespace daybook
