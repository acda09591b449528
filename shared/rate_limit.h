// The generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling): so many a period, in bursts of as many.
// Pure arithmetic on one time stamp. The edge keeps the stamp in a Durable Object, or in its own memory for failures.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/result.h"

namespace rekey {

using UnixMillis = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z

// Written `count/seconds` in the settings: `20/60` is twenty a minute.
struct RateLimit {
  std::uint32_t count = 1;           // 1 to 100,000: how many may come at once
  std::uint32_t period_seconds = 1;  // 1 to 86,400: the time in which that many grow back

  // Errors: kInvalidLimit.
  static Result<RateLimit> parse(std::string_view text);
};

// All that is kept for a key: the theoretical arrival time in microseconds since the epoch; 0 for a key never seen.
using ArrivalMicros = std::int64_t;

enum class RateVerdict : std::uint8_t { kAllowed, kLimited };

struct RateDecision {
  RateVerdict verdict = RateVerdict::kAllowed;
  ArrivalMicros arrival = 0;              // to be kept; unchanged where limited
  std::uint32_t remaining = 0;            // how many more would pass right now
  std::uint32_t retry_after_seconds = 0;  // at least 1 where limited, else 0
  std::uint32_t reset_seconds = 0;        // until the full count is there again
};

// A stamp further ahead than one period (a clock that jumped back) is drawn in to now + period: no client is shut out for
// longer.
RateDecision decide_rate(const RateLimit& limit, ArrivalMicros arrival, UnixMillis now);

}  // namespace rekey
