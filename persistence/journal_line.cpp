#include <algorithm>
#include <charconv>
#include <cstring>

#include "daybook/persistence/journal_format.hpp"
#include "daybook/persistence/line_cursor.hpp"

namespace daybook::journal_format {
namespace {

constexpr std::size_t time_length = 27;
constexpr time_us last_time = 253402300799999999;

/// Days since 1970-01-01 and back (Howard Hinnant's algorithms), for years from 1970 on.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
  year -= month <= 2;
  const auto era = year / 400;
  const auto year_of_era = year - era * 400;
  const auto day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct date {
  std::int64_t year, month, day;
};

date date_of(std::int64_t days) noexcept {
  days += 719468;
  const auto era = days / 146097;
  const auto day_of_era = days - era * 146097;
  const auto year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto shifted = (5 * day_of_year + 2) / 153;
  const auto month = shifted + (shifted < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

void put_digits(char* at, int count, std::int64_t number) noexcept {
  for (; count-- > 0; number /= 10)
    at[count] = static_cast<char>('0' + number % 10);
}

} // namespace

bool parse_hash(std::string_view text, std::uint64_t& into) noexcept {
  const auto legal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 16 && std::all_of(text.begin(), text.end(), legal) &&
         std::from_chars(text.data(), text.data() + text.size(), into, 16).ec == std::errc();
}

void append_time(std::string& out, time_us at) {
  at = std::clamp<time_us>(at, 0, last_time);
  const auto seconds = at / 1'000'000;
  const auto day = date_of(seconds / 86400);
  char text[time_length + 1] = "0000-00-00T00:00:00.000000Z";
  put_digits(text, 4, day.year);
  put_digits(text + 5, 2, day.month);
  put_digits(text + 8, 2, day.day);
  put_digits(text + 11, 2, seconds / 3600 % 24);
  put_digits(text + 14, 2, seconds / 60 % 60);
  put_digits(text + 17, 2, seconds % 60);
  put_digits(text + 20, 6, at % 1'000'000);
  out.append(text, time_length);
}

std::optional<time_us> parse_exact_time(std::string_view text) noexcept {
  static constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.ddddddZ";
  if (text.size() != time_length)
    return std::nullopt;
  for (std::size_t i = 0; i < time_length; ++i)
    if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
      return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = from; i < from + count; ++i)
      value = value * 10 + (text[i] - '0');
    return value;
  };
  const date day{number(0, 4), number(5, 2), number(8, 2)};
  if (day.year < 1970 || day.month < 1 || day.month > 12 || number(11, 2) > 23 || number(14, 2) > 59 ||
      number(17, 2) > 59)
    return std::nullopt;
  const auto days = days_of(day.year, day.month, day.day);
  // A day that its month does not have is one of another month.
  if (date_of(days).month != day.month)
    return std::nullopt;
  return ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60'000'000 + number(17, 2) * 1'000'000 + number(20, 6);
}

std::optional<std::uint64_t> version_of(std::string_view bytes) {
  std::uint64_t number = 0;
  line_cursor cursor(bytes);
  if (!cursor.literal(header_start).number(number).ok() || !cursor.optional(","))
    return std::nullopt;
  return number;
}

std::optional<segment_header> parse_header(std::string_view line) {
  segment_header header;
  std::string_view journal_id, created_at, previous, digest;
  std::uint64_t number = 0;
  line_cursor cursor(line);
  cursor.literal(header_start).number(number);
  cursor.literal(R"(,"journal":")").text(journal_id, max_id_bytes);
  cursor.literal(R"(,"first_position":)").number(header.first_position);
  cursor.literal(R"(,"created_at":")").text(created_at, time_length);
  cursor.literal(R"(,"previous":")").text(previous, header.previous.size());
  cursor.literal(digest_key).text(digest, header.digest.size());
  const auto time = parse_exact_time(created_at);
  if (!cursor.ok() || cursor.rest() != "}" || number != version || !time || previous.size() != header.previous.size() ||
      digest.size() != header.digest.size())
    return std::nullopt;
  header.journal_id = journal_id;
  header.created_at = *time;
  std::copy(previous.begin(), previous.end(), header.previous.begin());
  std::copy(digest.begin(), digest.end(), header.digest.begin());
  return header;
}

bool header_verifies(const segment_header& header, std::string_view line) {
  const auto covered = line.substr(0, line.size() + 1 - digest_suffix);
  return to_base64url(sha256().start().add(view(header.previous)).add(covered).finish()) == header.digest;
}

namespace {

/// Fields that are read may still say what is never written.
bool is_writable(const event_line& event) noexcept {
  return event.position <= max_position && event.version <= max_version && event.batch < event.position &&
         is_legal_text(event.stream, max_stream_bytes) && is_legal_type(event.type) &&
         is_legal_text(event.command_id, max_id_bytes) && is_legal_text(event.correlation_id, max_id_bytes) &&
         is_legal_text(event.causation_id, max_id_bytes) && is_one_line_object(event.data);
}

} // namespace

bool parse_event(std::string_view line, bool end_of_commit, event_line& into) {
  into = event_line{};
  std::string_view recorded_at, command_hash;
  line_cursor cursor(line);
  cursor.literal(event_start).number(into.position);
  cursor.literal(R"(,"stream":")").text(into.stream, max_stream_bytes);
  cursor.literal(R"(,"version":)").number(into.version);
  cursor.literal(R"(,"type":")").text(into.type, max_id_bytes);
  cursor.literal(R"(,"recorded_at":")").text(recorded_at, time_length);
  cursor.literal(R"(,"command_id":")").text(into.command_id, max_id_bytes);
  cursor.literal(R"(,"command_hash":")").text(command_hash, 16);
  into.open = cursor.optional(R"(,"open":true)");
  if (cursor.optional(R"(,"batch":)"))
    cursor.number(into.batch);
  into.correlation_id = into.causation_id = into.command_id;
  const auto other_id = [&](std::string_view key, std::string_view& id) {
    if (!cursor.optional(key))
      return true;
    cursor.text(id, max_id_bytes);
    return id != into.command_id;
  };
  const bool others_differ =
    other_id(R"(,"correlation_id":")", into.correlation_id) && other_id(R"(,"causation_id":")", into.causation_id);
  cursor.literal(R"(,"data":)");
  const auto time = parse_exact_time(recorded_at);
  auto data = cursor.rest();
  if (!cursor.ok() || !time || !parse_hash(command_hash, into.command_hash) || !others_differ || data.empty())
    return false;
  if (!end_of_commit) {
    if (data.back() != '}')
      return false;
    data.remove_suffix(1);
  }
  into.recorded_at = *time;
  into.data = data;
  return is_writable(into);
}

} // namespace daybook::journal_format
