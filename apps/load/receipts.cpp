#include "daybook/apps/load/receipts.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace daybook::load {

namespace {

constexpr std::size_t memory_chunk = 65'536;
/// Some hundred KiB at a time: a write into the page cache that takes microseconds.
constexpr std::size_t file_chunk = 8'192;
constexpr std::string_view first_words = "daybook-load receipts 1";

std::string reason(int number) {
  return std::generic_category().message(number);
}

/// Writes all of it; the number of the error, or 0.
int write_all(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(file, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return errno;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return 0;
}

/// What stands before the receipts: seed, number of own ids, and these, a line each.
std::string head_of(const run_names& names) {
  std::string head{first_words};
  head += " seed " + std::to_string(names.seed()) + " ids " + std::to_string(names.own_ids().size()) + "\n";
  for (const auto& id : names.own_ids())
    head += id + "\n";
  return head;
}

} // namespace

receipt_book::receipt_book() = default;

result<std::unique_ptr<receipt_book>> receipt_book::create(const std::filesystem::path& file, const run_names& names) {
  auto book = std::make_unique<receipt_book>();
  book->path_ = file;
  book->file_ = ::open(file.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0644);
  const auto head = head_of(names);
  const int failure = book->file_ < 0 ? errno : write_all(book->file_, head.data(), head.size());
  if (failure != 0)
    return error{errc::io_error, "cannot write receipts to " + file.string() + ": " + reason(failure)};
  return book;
}

receipt_book::~receipt_book() {
  if (file_ >= 0)
    ::close(file_);
}

void receipt_book::add(const kept_receipt& each) {
  const auto chunk = file_ >= 0 ? file_chunk : memory_chunk;
  if (chunks_.empty() || chunks_.back().size() == chunk) {
    if (file_ >= 0)
      flush();
    chunks_.emplace_back().reserve(chunk);
  }
  chunks_.back().push_back(each);
  ++size_;
}

void receipt_book::flush() {
  for (const auto& each : chunks_) {
    const auto failure = write_all(file_, reinterpret_cast<const char*>(each.data()), each.size() * sizeof(kept_receipt));
    failure_ = failure_ == 0 ? failure : failure_;
  }
  chunks_.clear();
}

result<std::vector<kept_receipt>> receipt_book::finish() {
  if (file_ >= 0) {
    flush();
    if (failure_ != 0)
      return error{errc::io_error, "cannot write receipts to " + path_.string() + ": " + reason(failure_)};
    auto saved = read_receipts(path_);
    if (!saved)
      return saved.error();
    return std::move(saved->receipts);
  }
  std::vector<kept_receipt> all;
  all.reserve(size_);
  for (auto& each : chunks_) {
    all.insert(all.end(), each.begin(), each.end());
    each = {};
  }
  chunks_.clear();
  return all;
}

result<saved_receipts> read_receipts(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return error{errc::not_found, "cannot read receipts from " + file.string() + ": " + reason(errno)};
  const error wrong{errc::invalid_argument, file.string() + " holds no receipts of daybook-load (--save-receipts writes them)"};
  std::string words(first_words.size(), ' ');
  std::string seed_word;
  std::string ids_word;
  std::uint64_t seed = 0;
  std::size_t ids = 0;
  if (!in.read(words.data(), static_cast<std::streamsize>(words.size())) || words != first_words ||
      !(in >> seed_word >> seed >> ids_word >> ids) || seed_word != "seed" || ids_word != "ids" || in.get() != '\n')
    return wrong;
  saved_receipts saved{std::make_unique<run_names>(seed), {}};
  std::vector<std::string> own;
  for (std::string line; own.size() < ids; own.push_back(line))
    if (!std::getline(in, line))
      return wrong;
  saved.names->use_ids(std::move(own));
  std::vector<char> block(file_chunk * sizeof(kept_receipt));
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto count = static_cast<std::size_t>(in.gcount()) / sizeof(kept_receipt);
    const auto before = saved.receipts.size();
    saved.receipts.resize(before + count);
    std::memcpy(static_cast<void*>(saved.receipts.data() + before), block.data(), count * sizeof(kept_receipt));
  }
  return saved;
}

} // namespace daybook::load
