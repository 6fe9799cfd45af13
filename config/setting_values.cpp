#include "daybook/config/setting_values.hpp"

#include <charconv>
#include <limits>

namespace daybook {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest to the smallest: writing takes the first that divides the value.
constexpr unit byte_units[] = {
  {"GiB", std::uint64_t{1} << 30}, {"MiB", std::uint64_t{1} << 20}, {"KiB", std::uint64_t{1} << 10}, {"B", 1}};
constexpr unit time_units[] = {{"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};

template <std::size_t N>
std::optional<std::uint64_t> read_with_unit(std::string_view text, const unit (&units)[N]) noexcept {
  const auto end_of_digits = text.find_first_not_of("0123456789");
  if (end_of_digits == std::string_view::npos)
    return std::nullopt;
  const auto count = read_count(text.substr(0, end_of_digits));
  const auto name = trimmed(text.substr(end_of_digits));
  for (const auto& candidate : units) {
    if (candidate.name != name)
      continue;
    if (!count || *count > std::numeric_limits<std::int64_t>::max() / candidate.factor)
      return std::nullopt;
    return *count * candidate.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string write_with_unit(std::uint64_t value, const unit (&units)[N]) {
  for (const auto& candidate : units)
    if (value != 0 && value % candidate.factor == 0)
      return std::to_string(value / candidate.factor) + std::string{candidate.name};
  return "0" + std::string{units[N - 1].name};
}

} // namespace

std::optional<std::uint64_t> read_count(std::string_view text) noexcept {
  std::uint64_t value = 0;
  // from_chars takes no sign for unsigned types.
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_bytes(std::string_view text) noexcept {
  return read_with_unit(text, byte_units);
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) noexcept {
  const auto value = read_with_unit(text, time_units);
  if (!value)
    return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::string write_bytes(std::uint64_t value) {
  return write_with_unit(value, byte_units);
}

std::string write_duration(std::chrono::milliseconds value) {
  if (value.count() < 0)
    return "-" + write_duration(-value);
  return write_with_unit(static_cast<std::uint64_t>(value.count()), time_units);
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace daybook
