#include "daybook/persistence/journal_format.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "daybook/domain/ids.hpp"

namespace daybook::journal_format {
namespace {

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

template <class Number>
void append_number(std::string& out, Number number) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void append_field(std::string& out, std::string_view key, std::string_view text) {
  out.append(key).append(text).push_back('"');
}

/// Closes a header or a commit that began at `from`: the digest covers every byte before its own key.
void append_digest(std::string& out, std::size_t from, sha256& hash, digest_text& digest) {
  hash.start().add(view(digest)).add(std::string_view(out).substr(from));
  digest = to_base64url(hash.finish());
  out.append(digest_key).append(view(digest)).append(digest_close);
}

void append_event(std::string& out, const commit& wanted, std::size_t at, const placement& place) {
  const auto& event = wanted.events[at];
  append_number(out.append(event_start), place.first_position + at);
  append_field(out, R"(,"stream":")", wanted.stream);
  append_number(out.append(R"(,"version":)"), place.first_version + at);
  append_field(out, R"(,"type":")", event.type);
  append_time(out.append(R"(,"recorded_at":")"), place.recorded_at);
  append_field(out, R"(","command_id":")", wanted.command_id);
  append_hash(out.append(R"(,"command_hash":")"), wanted.command_hash);
  out.append(event.open ? R"(","open":true)" : "\"");
  if (at == 0 && place.batch != place.first_position)
    append_number(out.append(R"(,"batch":)"), place.batch);
  if (!wanted.correlation_id.empty() && wanted.correlation_id != wanted.command_id)
    append_field(out, R"(,"correlation_id":")", wanted.correlation_id);
  if (!wanted.causation_id.empty() && wanted.causation_id != wanted.command_id)
    append_field(out, R"(,"causation_id":")", wanted.causation_id);
  out.append(R"(,"data":)").append(event.data);
}

std::size_t most_bytes(const commit& wanted) {
  std::size_t sum = digest_suffix;
  for (const auto& event : wanted.events)
    sum += max_envelope_bytes + event.data.size();
  return sum;
}

} // namespace

void append_hash(std::string& out, std::uint64_t hash) {
  char text[16];
  for (int i = 15; i >= 0; --i, hash >>= 4)
    text[i] = "0123456789abcdef"[hash & 15];
  out.append(text, sizeof text);
}

bool is_legal_text(std::string_view text, std::size_t longest) noexcept {
  return !text.empty() && text.size() <= longest && has_id_characters(text);
}

bool is_legal_type(std::string_view type) noexcept {
  return !type.empty() && type.size() <= max_id_bytes && std::all_of(type.begin(), type.end(), is_letter_or_digit);
}

/// A raw control character would end the line early, or leave JSON; the rest is the codec's business.
bool is_one_line_object(std::string_view data) noexcept {
  if (data.size() < 2 || data.front() != '{' || data.back() != '}')
    return false;
  // Eight bytes at a time: a highest bit comes out set if some byte is below 0x20 (S. E. Anderson, Bit Twiddling Hacks,
  // `hasless`).
  std::uint64_t controls = 0;
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, data.data() + at, 8);
    controls |= (bytes - 0x2020202020202020) & ~bytes & 0x8080808080808080;
  }
  for (; at < data.size(); ++at)
    controls |= static_cast<std::uint64_t>(static_cast<unsigned char>(data[at]) < 0x20);
  return controls == 0;
}

digest_text first_digest() noexcept {
  digest_text digest;
  digest.fill('A');
  return digest;
}

std::string encode_header(segment_header& header) {
  std::string line(header_start);
  append_number(line, version);
  append_field(line, R"(,"journal":")", header.journal_id);
  append_number(line.append(R"(,"first_position":)"), header.first_position);
  append_time(line.append(R"(,"created_at":")"), header.created_at);
  append_field(line, R"(","previous":")", view(header.previous));
  sha256 hash;
  header.digest = header.previous;
  append_digest(line, 0, hash, header.digest);
  return line;
}

result<done> check(const commit& wanted) {
  if (!is_legal_text(wanted.stream, max_stream_bytes))
    return error{errc::illegal_id, fmt::format("a stream's name has 1 to {} characters of A-Z a-z 0-9 . _ : -",
                                               max_stream_bytes)};
  const auto legal_or_empty = [](const std::string& id) { return id.empty() || is_legal_text(id, max_id_bytes); };
  if (wanted.command_id.empty() || !legal_or_empty(wanted.command_id) || !legal_or_empty(wanted.correlation_id) ||
      !legal_or_empty(wanted.causation_id))
    return error{errc::illegal_id, fmt::format("command, correlation and causation ids have 1 to {} characters of "
                                               "A-Z a-z 0-9 . _ : - (stream {})", max_id_bytes, wanted.stream)};
  if (wanted.events.empty())
    return error{errc::invalid_argument, fmt::format("a commit needs an event (stream {})", wanted.stream)};
  if (wanted.expected_version > max_version || wanted.events.size() > max_version - wanted.expected_version)
    return error{errc::invalid_argument, fmt::format("stream {} is full: {} events", wanted.stream, max_version)};
  for (const auto& event : wanted.events) {
    if (!is_legal_type(event.type))
      return error{errc::invalid_argument, fmt::format("an event's type has 1 to {} letters and digits (stream {})",
                                                       max_id_bytes, wanted.stream)};
    if (!is_one_line_object(event.data))
      return error{errc::invalid_argument,
                   fmt::format("the data of {} must be a JSON object on one line (stream {})", event.type,
                               wanted.stream)};
  }
  if (most_bytes(wanted) > max_commit_bytes)
    return error{errc::invalid_argument, fmt::format("a commit has at most {} bytes (stream {})", max_commit_bytes,
                                                     wanted.stream)};
  return done{};
}

void append_commit(std::string& out, const commit& wanted, const placement& place, sha256& hash, digest_text& digest) {
  const auto from = out.size();
  for (std::size_t at = 0; at < wanted.events.size(); ++at) {
    append_event(out, wanted, at, place);
    if (at + 1 < wanted.events.size())
      out.append("}\n");
  }
  append_digest(out, from, hash, digest);
}

bool ends_with_digest(std::string_view line) noexcept {
  if (line.size() < digest_suffix)
    return false;
  const auto suffix = line.substr(line.size() - digest_suffix);
  return suffix.substr(suffix.size() - digest_close.size()) == digest_close &&
         suffix.substr(0, digest_key.size()) == digest_key;
}

digest_text digest_at_end(std::string_view line) noexcept {
  digest_text digest{};
  const auto from = line.size() - digest_close.size() - digest.size();
  std::memcpy(digest.data(), line.data() + from, digest.size());
  return digest;
}

} // namespace daybook::journal_format
