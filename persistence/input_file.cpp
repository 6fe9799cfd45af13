#include "daybook/persistence/input_file.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace daybook {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
/// What zlib adds to its window size to read gzip's wrapping, and nothing else.
constexpr int gzip_window = 15 + 16;
constexpr unsigned char gzip_magic[] = {0x1F, 0x8B};

/// The file's own bytes, chunk by chunk. Owns the descriptor, unless it is the standard input's.
class chunk_reader {
public:
  chunk_reader(int descriptor, std::string name) :
      descriptor_(descriptor), name_(std::move(name)), chunk_(chunk_bytes) {}

  ~chunk_reader() {
    if (descriptor_ != STDIN_FILENO)
      ::close(descriptor_);
  }

  chunk_reader(const chunk_reader&) = delete;
  chunk_reader& operator=(const chunk_reader&) = delete;

  /// What was read and not taken yet.
  std::string_view rest() const noexcept { return {chunk_.data() + begin_, end_ - begin_}; }
  void take(std::size_t bytes) noexcept { begin_ += bytes; }

  /// Reads more behind the rest, which must be smaller than a chunk; false at the end.
  result<bool> read_more() {
    std::memmove(chunk_.data(), chunk_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    ssize_t count = 0;
    do
      count = ::read(descriptor_, chunk_.data() + end_, chunk_.size() - end_);
    while (count == -1 && errno == EINTR);
    if (count == -1)
      return error{errc::io_error, "cannot read " + name_ + ": " + std::strerror(errno)};
    end_ += static_cast<std::size_t>(count);
    consumed_ += static_cast<std::uint64_t>(count);
    return count > 0;
  }

  std::uint64_t consumed() const noexcept { return consumed_; }
  const std::string& name() const noexcept { return name_; }

private:
  int descriptor_;
  std::string name_;
  std::vector<char> chunk_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t consumed_ = 0;
};

/// Turns gzip's bytes into those that were compressed; several streams in a row are one, as gzip(1) has it. zlib's own
/// gzread takes a cut-off file for a whole one, unless one asks in the right way; here the end has to be seen.
class gunzip {
public:
  gunzip() { is_ready_ = ::inflateInit2(&stream_, gzip_window) == Z_OK; }
  ~gunzip() { ::inflateEnd(&stream_); }
  gunzip(const gunzip&) = delete;
  gunzip& operator=(const gunzip&) = delete;

  /// Fills `out` as far as one chunk goes; 0 at the end.
  result<std::size_t> read(chunk_reader& from, char* out, std::size_t size) {
    if (!is_ready_)
      return error{errc::io_error, "cannot decompress " + from.name() + ": no memory"};
    while (true) {
      if (from.rest().empty() && !has_output_left_) {
        auto more = from.read_more();
        if (!more)
          return more.error();
        if (!*more && is_between_streams_)
          return std::size_t{0};
        if (!*more)
          return error{errc::io_error, from.name() + " is cut off: its gzip stream does not end"};
      }
      if (is_between_streams_ && !begin_stream(from))
        continue;
      auto count = inflate_some(from, out, size);
      if (!count || *count > 0)
        return count;
    }
  }

private:
  /// False when there was nothing but padding.
  bool begin_stream(chunk_reader& from) {
    // Tapes and some tools fill up with zeros behind the end.
    const auto padding = from.rest().find_first_not_of('\0');
    from.take(padding == std::string_view::npos ? from.rest().size() : padding);
    if (from.rest().empty())
      return false;
    ::inflateReset(&stream_);
    is_between_streams_ = false;
    return true;
  }

  result<std::size_t> inflate_some(chunk_reader& from, char* out, std::size_t size) {
    const auto rest = from.rest();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream_.avail_in = static_cast<uInt>(rest.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    from.take(rest.size() - stream_.avail_in);
    // zlib may keep back what had no room.
    has_output_left_ = stream_.avail_out == 0;
    // The end of a stream is reported only when length and checksum behind it are right.
    if (outcome == Z_STREAM_END) {
      is_between_streams_ = true;
      has_output_left_ = false;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return error{errc::io_error, from.name() + " is damaged: its gzip stream does not decompress (" +
                                     (stream_.msg != nullptr ? stream_.msg : "unknown cause") + ")"};
    }
    return size - stream_.avail_out;
  }

  z_stream stream_{};
  bool is_ready_ = false;
  bool has_output_left_ = false;
  bool is_between_streams_ = false;
};

class line_file final : public input_file {
public:
  line_file(int descriptor, std::string name, std::uint64_t total) :
      chunks_(descriptor, std::move(name)), total_(total), text_(chunk_bytes) {}

  result<bool> next_line(std::string& line) override {
    line.clear();
    if (failure_)
      return *failure_;
    while (true) {
      const auto* from = text_.data() + begin_;
      const auto* line_feed = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
      const auto length = line_feed != nullptr ? static_cast<std::size_t>(line_feed - from) : end_ - begin_;
      if (line.size() + length > max_line_bytes)
        return fail({errc::io_error, chunks_.name() + " has a line of more than " + std::to_string(max_line_bytes) +
                                       " bytes; is it a text file?"});
      line.append(from, length);
      if (line_feed != nullptr) {
        begin_ += length + 1;
        return true;
      }
      auto more = refill();
      if (!more)
        return fail(more.error());
      if (!*more)
        return !line.empty();
    }
  }

  std::uint64_t consumed_bytes() const noexcept override { return chunks_.consumed(); }
  std::uint64_t total_bytes() const noexcept override { return total_; }

  /// Looks at the first bytes; they are not taken.
  result<done> recognise() {
    while (chunks_.rest().size() < sizeof gzip_magic) {
      auto more = chunks_.read_more();
      if (!more)
        return more.error();
      if (!*more)
        return done{};
    }
    if (std::memcmp(chunks_.rest().data(), gzip_magic, sizeof gzip_magic) == 0)
      gunzip_.emplace();
    return done{};
  }

private:
  /// Replaces the text, all of which was taken; false at the end.
  result<bool> refill() {
    begin_ = end_ = 0;
    if (gunzip_) {
      auto count = gunzip_->read(chunks_, text_.data(), text_.size());
      if (!count)
        return count.error();
      end_ = *count;
      return end_ > 0;
    }
    if (chunks_.rest().empty())
      if (auto more = chunks_.read_more(); !more)
        return more;
    end_ = chunks_.rest().copy(text_.data(), text_.size());
    chunks_.take(end_);
    return end_ > 0;
  }

  /// A file that failed stays so.
  error fail(error cause) {
    failure_ = std::move(cause);
    return *failure_;
  }

  chunk_reader chunks_;
  std::uint64_t total_;
  std::optional<gunzip> gunzip_;
  std::vector<char> text_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::optional<error> failure_;
};

} // namespace

result<std::unique_ptr<input_file>> input_file::open(const std::string& path) {
  const bool is_standard_input = path == "-";
  const int descriptor = is_standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor == -1) {
    const auto cause = errno;
    return error{cause == ENOENT ? errc::not_found : errc::io_error,
                 "cannot open " + path + ": " + std::strerror(cause)};
  }
  struct ::stat status {};
  const bool is_regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const auto total = is_regular && !is_standard_input ? static_cast<std::uint64_t>(status.st_size) : 0;
  auto file = std::make_unique<line_file>(descriptor, is_standard_input ? "the standard input" : path, total);
  // A directory opens, too; reading it fails.
  if (auto seen = file->recognise(); !seen)
    return seen.error();
  return std::unique_ptr<input_file>{std::move(file)};
}

} // namespace daybook
