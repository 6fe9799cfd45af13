#include "daybook/domain/time.hpp"

#include <algorithm>

namespace daybook {
namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr time_us first_instant = -62'135'596'800 * us_per_second;     // 0001-01-01T00:00:00Z
constexpr time_us last_instant = 253'402'300'800 * us_per_second - 1;  // the last of year 9999

struct civil_time {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
};

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Days and dates of the Gregorian calendar: years are counted from March, so that a leap day is the last of its year;
// 400 of them, an era, always have 146,097 days. 719,468 is the distance of 1970-01-01 from 0000-03-01.
constexpr std::int64_t days_per_era = 146'097;
constexpr std::int64_t days_to_1970 = 719'468;

std::int64_t days_since_1970(int year, int month, int day) noexcept {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = floor_div(y, 400);
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * days_per_era + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - days_to_1970;
}

void set_date(civil_time& to, std::int64_t days) noexcept {
  days += days_to_1970;
  const std::int64_t era = floor_div(days, days_per_era);
  const std::int64_t day_of_era = days - era * days_per_era;
  const std::int64_t year_of_era =
    (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / (days_per_era - 1)) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  to.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  to.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  to.year = static_cast<int>(year_of_era + era * 400 + (to.month <= 2 ? 1 : 0));
}

civil_time civil(time_us at) noexcept {
  at = std::clamp(at, first_instant, last_instant);
  const auto seconds = floor_div(at, us_per_second);
  const auto days = floor_div(seconds, seconds_per_day);
  const auto of_day = static_cast<int>(seconds - days * seconds_per_day);
  civil_time result;
  set_date(result, days);
  result.hour = of_day / 3600;
  result.minute = of_day / 60 % 60;
  result.second = of_day % 60;
  result.micros = static_cast<int>(at - seconds * us_per_second);
  return result;
}

void put(std::string& out, int number, int digits) {
  const auto from = out.size();
  out.resize(from + static_cast<std::size_t>(digits));
  for (auto i = out.size(); i-- > from; number /= 10)
    out[i] = static_cast<char>('0' + number % 10);
}

void put_seconds(std::string& out, const civil_time& at) {
  put(out, at.year, 4);
  put(out += '-', at.month, 2);
  put(out += '-', at.day, 2);
  put(out += 'T', at.hour, 2);
  put(out += ':', at.minute, 2);
  put(out += ':', at.second, 2);
}

/// Takes pieces off the front of a text; every function says whether the piece was there.
struct scanner {
  std::string_view rest;

  bool mark(char c) noexcept {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  bool number(int digits, int lowest, int highest, int& into) noexcept {
    const auto length = static_cast<std::size_t>(digits);
    if (rest.size() < length)
      return false;
    into = 0;
    for (const char c : rest.substr(0, length)) {
      if (c < '0' || c > '9')
        return false;
      into = into * 10 + (c - '0');
    }
    rest.remove_prefix(length);
    return into >= lowest && into <= highest;
  }

  /// 1 to 9 decimals, cut to microseconds.
  bool decimals(int& micros) noexcept {
    int count = 0;
    int unit = 100'000;
    micros = 0;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1), ++count, unit /= 10)
      micros += (rest.front() - '0') * unit;
    return count >= 1 && count <= 9;
  }
};

int days_in(int year, int month) noexcept {
  if (month == 2)
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool scan_date(scanner& from, civil_time& into) noexcept {
  return from.number(4, 1, 9999, into.year) && from.mark('-') && from.number(2, 1, 12, into.month) && from.mark('-') &&
         from.number(2, 1, days_in(into.year, into.month), into.day);
}

bool scan_clock(scanner& from, civil_time& into) noexcept {
  return from.number(2, 0, 23, into.hour) && from.mark(':') && from.number(2, 0, 59, into.minute) && from.mark(':') &&
         from.number(2, 0, 59, into.second) && (!from.mark('.') || from.decimals(into.micros));
}

/// The offset from UTC in seconds; none at all counts as UTC.
bool scan_zone(scanner& from, int& offset) noexcept {
  offset = 0;
  if (from.rest.empty() || from.mark('Z') || from.mark('z'))
    return true;
  const bool west = from.mark('-');
  int hours = 0;
  int minutes = 0;
  if (!(west || from.mark('+')) || !from.number(2, 0, 23, hours) || !from.mark(':') || !from.number(2, 0, 59, minutes))
    return false;
  offset = (hours * 60 + minutes) * (west ? -60 : 60);
  return true;
}

} // namespace

std::string format_time(time_us at) {
  const auto when = civil(at);
  std::string out;
  out.reserve(27);
  put_seconds(out, when);
  put(out += '.', when.micros, 6);
  return out += 'Z';
}

std::optional<time_us> parse_time(std::string_view text) {
  scanner from{text};
  civil_time when;
  int offset = 0;
  if (!scan_date(from, when))
    return std::nullopt;
  if (!from.rest.empty()) {
    const bool clock = (from.mark('T') || from.mark('t')) && scan_clock(from, when) && scan_zone(from, offset);
    if (!clock || !from.rest.empty())
      return std::nullopt;
  }
  const auto of_day = when.hour * 3600 + when.minute * 60 + when.second - offset;
  return (days_since_1970(when.year, when.month, when.day) * seconds_per_day + of_day) * us_per_second + when.micros;
}

bool is_local_time(std::string_view text) noexcept {
  scanner from{text};
  civil_time when;
  return scan_date(from, when) && from.mark('T') && scan_clock(from, when) && from.rest.empty();
}

std::string format_local_time(time_us at) {
  std::string out;
  out.reserve(19);
  put_seconds(out, civil(at));
  return out;
}

} // namespace daybook
