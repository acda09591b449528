#include "shared/rate_limit.h"

#include <algorithm>

#include "shared/codec/decimal.h"

namespace rekey {
namespace {

constexpr std::uint32_t kMaxCount = 100'000;
constexpr std::uint32_t kMaxPeriodSeconds = 86'400;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr UnixMillis kLastMoment = 253'402'300'799'999;  // the end of the year 9999: keeps the arithmetic far from overflow

std::int64_t round_up(std::int64_t value, std::int64_t unit) { return (value + unit - 1) / unit; }

std::uint32_t whole_seconds(std::int64_t micros) { return static_cast<std::uint32_t>(round_up(micros, kMicrosPerSecond)); }

// Rounded up: rounding must never let one more pass.
std::int64_t interval_of(const RateLimit& limit) { return round_up(limit.period_seconds * kMicrosPerSecond, limit.count); }

}  // namespace

Result<RateLimit> RateLimit::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return Error::kInvalidLimit;
  const auto count = parse_decimal(text.substr(0, slash), kMaxCount);
  const auto period = parse_decimal(text.substr(slash + 1), kMaxPeriodSeconds);
  if (!count || !period || *count == 0 || *period == 0) return Error::kInvalidLimit;
  return RateLimit{*count, *period};
}

RateDecision decide_rate(const RateLimit& limit, ArrivalMicros arrival, UnixMillis now) {
  const std::int64_t interval = interval_of(limit);
  const std::int64_t window = interval * limit.count;
  const std::int64_t now_micros = std::clamp<UnixMillis>(now, 0, kLastMoment) * 1000;
  const std::int64_t busy = std::clamp(arrival, now_micros, now_micros + window) - now_micros;

  RateDecision decision;
  if (busy + interval > window) {
    decision.verdict = RateVerdict::kLimited;
    decision.arrival = now_micros + busy;
    decision.wait_micros = busy + interval - window;
    return decision;
  }
  decision.arrival = now_micros + busy + interval;
  decision.remaining = static_cast<std::uint32_t>((window - busy - interval) / interval);
  return decision;
}

RateWait explain_wait(const RateLimit& limit, std::int64_t wait_micros) {
  const std::int64_t interval = interval_of(limit);
  return {whole_seconds(wait_micros), whole_seconds(wait_micros + interval * limit.count - interval)};
}

}  // namespace rekey
