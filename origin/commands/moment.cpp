#include "origin/commands/moment.h"

#include <algorithm>
#include <cstdint>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"

namespace rekey {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::uint32_t kMostUnits = 1'000'000'000;

std::optional<seconds> parse_span(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto count = parse_decimal(text.substr(0, text.size() - 1), kMostUnits);
  if (!count || *count == 0) return std::nullopt;
  switch (text.back()) {
    case 's':
      return seconds(*count);
    case 'm':
      return std::chrono::minutes(*count);
    case 'h':
      return std::chrono::hours(*count);
    case 'd':
      return std::chrono::days(*count);
    default:
      return std::nullopt;
  }
}

// A pattern's `0` stands for a digit.
bool has_form(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(text, pattern, [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
  return value;
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  if (!has_form(text, "0000-00-00")) return std::nullopt;
  const std::chrono::year_month_day day(std::chrono::year(number_at(text, 0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2))));
  if (!day.ok() || number_at(text, 0, 4) == 0) return std::nullopt;  // PostgreSQL knows no year 0
  return std::chrono::sys_days(day);
}

std::optional<seconds> parse_clock(std::string_view text) {
  if (!has_form(text, "00:00:00")) return std::nullopt;
  const int hour = number_at(text, 0, 2);
  const int minute = number_at(text, 3, 2);
  const int second = number_at(text, 6, 2);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

std::optional<sys_seconds> parse_utc(std::string_view text) {
  const auto day = parse_day(text.substr(0, 10));
  if (!day || text.size() == 10) return day;
  if (text.size() != 20 || text[10] != 'T' || text.back() != 'Z') return std::nullopt;
  const auto clock = parse_clock(text.substr(11, 8));
  return clock ? std::optional(*day + *clock) : std::nullopt;
}

bool is_fraction(std::string_view text) {
  return text.size() >= 2 && text.size() <= 10 && text[0] == '.' && std::ranges::all_of(text.substr(1), is_digit);
}

bool is_offset(std::string_view text) {
  if (text.empty() || text == "Z") return true;
  if (text[0] != '+' && text[0] != '-') return false;
  const auto digits = text.substr(1);
  const bool form = has_form(digits, "00") || has_form(digits, "00:00") || has_form(digits, "0000");
  return form && number_at(digits, 0, 2) <= 14 && number_at(digits, digits.size() - 2, 2) <= 59;
}

}  // namespace

std::optional<seconds> parse_age(std::string_view text, sys_seconds now) {
  if (const auto span = parse_span(text)) return span;
  const auto moment = parse_utc(text);
  if (!moment || *moment >= now) return std::nullopt;
  return now - *moment;
}

bool is_iso_moment(std::string_view text) {
  if (text.size() < 19 || !parse_day(text.substr(0, 10)) || (text[10] != 'T' && text[10] != ' ') ||
      !parse_clock(text.substr(11, 8)))
    return false;
  auto rest = text.substr(19);
  const auto end = std::min(rest.find_first_of("Z+-"), rest.size());
  const auto fraction = rest.substr(0, end);
  return (fraction.empty() || is_fraction(fraction)) && is_offset(rest.substr(end));
}

}  // namespace rekey
