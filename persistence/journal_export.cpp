#include "daybook/persistence/journal_export.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "daybook/domain/order.hpp"
#include "daybook/persistence/journal_copy.hpp"
#include "daybook/persistence/journal_walk.hpp"
#include "daybook/persistence/line_cursor.hpp"

namespace daybook {

namespace format = journal_format;

namespace {

/// So much is gathered before it is given away.
constexpr std::size_t piece_bytes = std::size_t{256} << 10;
constexpr std::string_view event_start = R"({"position":)";
constexpr std::string_view end_start = R"({"export":"daybook-journal","export_version":1,"journal_id":")";
constexpr std::size_t hex_digits = 64;

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text)
    out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

} // namespace

// -- lines ---------------------------------------------------------------------------------------------------------------

void append_export_line(std::string& out, position_t commit, const format::event_line& event) {
  fmt::format_to(std::back_inserter(out), R"({}{},"commit":{},"stream":"{}","version":{},"type":"{}","recorded_at":")",
                 event_start, event.position, commit, event.stream, event.version, event.type);
  format::append_time(out, event.recorded_at);
  fmt::format_to(std::back_inserter(out), R"(","command_id":"{}","command_hash":")", event.command_id);
  format::append_hash(out, event.command_hash);
  fmt::format_to(std::back_inserter(out), R"(","correlation_id":"{}","causation_id":"{}","open":{},"data":)",
                 event.correlation_id, event.causation_id, event.open);
  out.append(event.data).append("}\n");
}

std::optional<export_line> parse_export_line(std::string_view line) {
  export_line found;
  auto& event = found.event;
  std::string_view time;
  std::string_view hash;
  line_cursor cursor{line};
  cursor.literal(event_start).number(event.position).literal(R"(,"commit":)").number(found.commit);
  cursor.literal(R"(,"stream":")").text(event.stream, format::max_stream_bytes);
  cursor.literal(R"(,"version":)").number(event.version);
  cursor.literal(R"(,"type":")").text(event.type, format::max_id_bytes);
  cursor.literal(R"(,"recorded_at":")").text(time, format::max_id_bytes);
  cursor.literal(R"(,"command_id":")").text(event.command_id, format::max_id_bytes);
  cursor.literal(R"(,"command_hash":")").text(hash, format::max_id_bytes);
  cursor.literal(R"(,"correlation_id":")").text(event.correlation_id, format::max_id_bytes);
  cursor.literal(R"(,"causation_id":")").text(event.causation_id, format::max_id_bytes);
  event.open = cursor.optional(R"(,"open":true)");
  if (!event.open)
    cursor.literal(R"(,"open":false)");
  cursor.literal(R"(,"data":)");
  const auto at = format::parse_exact_time(time);
  if (!cursor.ok() || !at || !format::parse_hash(hash, event.command_hash) || cursor.rest().size() < 3 ||
      cursor.rest().back() != '}')
    return std::nullopt;
  event.recorded_at = *at;
  event.data = cursor.rest().substr(0, cursor.rest().size() - 1);
  return found;
}

void append_export_end(std::string& out, const export_end& end) {
  fmt::format_to(std::back_inserter(out),
                 R"({}{}","first_position":{},"last_position":{},"events":{},"digest":"{}","sha256":"{}"}})"
                 "\n",
                 end_start, end.journal_id, end.first_position, end.last_position, end.events, end.digest, end.sha256);
}

std::optional<export_end> parse_export_end(std::string_view line) {
  export_end end;
  std::string_view journal_id;
  std::string_view digest;
  std::string_view hash;
  line_cursor cursor{line};
  cursor.literal(end_start).text(journal_id, format::max_id_bytes).literal(R"(,"first_position":)").number(end.first_position);
  cursor.literal(R"(,"last_position":)").number(end.last_position).literal(R"(,"events":)").number(end.events);
  cursor.literal(R"(,"digest":")").text(digest, std::tuple_size<digest_text>::value);
  cursor.literal(R"(,"sha256":")").text(hash, hex_digits).literal("}");
  if (!cursor.ok() || !cursor.rest().empty())
    return std::nullopt;
  end.journal_id = journal_id;
  end.digest = digest;
  end.sha256 = hash;
  return end;
}

void append_csv_head(std::string& out) {
  out += "position,order_id,version,type,recorded_at,command_id,correlation_id,causation_id,command_hash,open,data\r\n";
}

void append_csv_row(std::string& out, const format::event_line& event) {
  const auto prefix = std::string{order_rules::category} + "-";
  const bool is_order = event.stream.substr(0, prefix.size()) == prefix;
  fmt::format_to(std::back_inserter(out), "{},{},{},{},", event.position,
                 is_order ? event.stream.substr(prefix.size()) : event.stream, event.version, event.type);
  format::append_time(out, event.recorded_at);
  fmt::format_to(std::back_inserter(out), ",{},{},{},", event.command_id, event.correlation_id, event.causation_id);
  format::append_hash(out, event.command_hash);
  out += event.open ? ",true," : ",false,";
  append_field(out, event.data);
  out += "\r\n";
}

std::string to_hex(const sha256::bytes& digest) {
  std::string text;
  for (const auto byte : digest)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

// -- exporting -----------------------------------------------------------------------------------------------------------

namespace {

class exporter {
public:
  exporter(const export_options& options, const export_sink& sink) : options_(options), sink_(sink) {
    hash_.start();
    if (options_.format == export_format::csv)
      append_csv_head(piece_);
  }

  result<done> take(const scanned_commit& commit) {
    if (commit.last_position() < options_.from || (options_.to != 0 && commit.first_position() > options_.to))
      return done{};
    for (const auto& each : commit.events) {
      if (options_.format == export_format::csv)
        append_csv_row(piece_, each);
      else
        append_export_line(piece_, commit.first_position(), each);
    }
    if (report_.commits++ == 0)
      report_.first_position = commit.first_position();
    report_.events += commit.events.size();
    report_.last_position = commit.last_position();
    report_.last_digest = view(commit.digest);
    return piece_.size() < piece_bytes ? result<done>{done{}} : give();
  }

  result<export_report> finish(const std::string& journal_id) {
    report_.journal_id = journal_id;
    if (auto given = give(); !given)
      return given.error();
    if (options_.format == export_format::json_lines && report_.events > 0) {
      append_export_end(piece_, {journal_id, report_.first_position, report_.last_position, report_.events, report_.last_digest,
                                 to_hex(hash_.finish())});
      if (auto given = give(); !given)
        return given.error();
    }
    return report_;
  }

private:
  result<done> give() {
    hash_.add(piece_);
    auto given = sink_(piece_);
    report_.bytes += piece_.size();
    piece_.clear();
    return given;
  }

  const export_options& options_;
  const export_sink& sink_;
  sha256 hash_;
  std::string piece_;
  export_report report_;
};

} // namespace

result<export_report> export_journal(const std::filesystem::path& data_dir, const export_options& options,
                                     const export_sink& sink, os_files& files) {
  auto evidence = gather_evidence(data_dir, files);
  if (!evidence)
    return evidence.error();
  auto walk = journal_walk::open(data_dir, std::move(*evidence), files);
  if (!walk)
    return walk.error();
  exporter out{options, sink};
  for (scanned_commit each;;) {
    auto verified = (*walk)->next(each);
    if (!verified)
      return verified.error();
    if (!*verified)
      break;
    if (auto taken = out.take(each); !taken)
      return taken.error();
    if (options.progress)
      options.progress((*walk)->verified_bytes(), (*walk)->total_bytes());
  }
  if (const auto& damage = (*walk)->damage())
    return damage_error(*damage, data_dir);
  return out.finish((*walk)->journal_id());
}

// -- a new file ----------------------------------------------------------------------------------------------------------

new_file::new_file(std::filesystem::path path, os_files& files) : path_(std::move(path)), fresh_(path_), files_(files) {
  fresh_ += ".new";
}

result<new_file> new_file::begin(std::filesystem::path path, os_files& files) {
  new_file made{std::move(path), files};
  auto out = made.files_.open(made.fresh_, open_mode::create);
  if (!out)
    return out.error();
  made.out_ = std::move(*out);
  return made;
}

new_file::~new_file() {
  if (out_) [[maybe_unused]]
    const auto removed = files_.remove(fresh_);
}

result<done> new_file::append(std::string_view bytes) {
  auto written = out_->write_at(size_, bytes);
  size_ += bytes.size();
  return written;
}

result<done> new_file::finish() {
  if (auto synced = out_->sync(); !synced)
    return synced;
  if (auto renamed = files_.rename(fresh_, path_); !renamed)
    return renamed;
  out_.reset();
  return files_.sync_directory(path_.has_parent_path() ? path_.parent_path() : std::filesystem::path{"."});
}

} // namespace daybook
