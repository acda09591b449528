// The generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling): `count` per period, in bursts of as many.
// Pure arithmetic on one time stamp, which the edge keeps in a table (edge/core/rate_table.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/result.h"

namespace rekey {

using UnixMillis = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z

// Written `count/seconds` in the settings: `20/60` is twenty a minute.
struct RateLimit {
  std::uint32_t count = 1;           // allowed at once: 1 to 100,000 in a setting, more for a network (edge/core/limiter.h)
  std::uint32_t period_seconds = 1;  // 1 to 86,400: the time in which all of them are available again

  // Errors: kInvalidLimit.
  static Result<RateLimit> parse(std::string_view text);
};

// The whole state of a key: the theoretical arrival time in microseconds since the epoch; 0 for a new key.
using ArrivalMicros = std::int64_t;

enum class RateVerdict : std::uint8_t { kAllowed, kLimited };

struct RateDecision {
  RateVerdict verdict = RateVerdict::kAllowed;
  ArrivalMicros arrival = 0;     // to be stored; if limited the old one, at most reduced as below
  std::uint32_t remaining = 0;   // how many more would pass now
  std::int64_t wait_micros = 0;  // until one would pass; at least 1 if limited, else 0
};

// A stamp more than one period ahead (after a clock jumped back) is reduced to now + period, so that no client is locked out for
// longer.
RateDecision decide_rate(const RateLimit& limit, ArrivalMicros arrival, UnixMillis now);

struct RateWait {
  std::uint32_t retry_after_seconds = 0;  // until one would pass
  std::uint32_t reset_seconds = 0;        // until the full count is available again
};

// In: a limited key's wait_micros. Returns: the same in whole seconds, rounded up.
RateWait explain_wait(const RateLimit& limit, std::int64_t wait_micros);

}  // namespace rekey
