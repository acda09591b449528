// The generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling): `count` per period, in bursts of at most `count`.
// Pure arithmetic on one time stamp. The edge keeps the stamp in a Durable Object, or for failures in its own memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/result.h"

namespace rekey {

using UnixMillis = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z

// Written `count/seconds` in the settings: `20/60` is twenty a minute.
struct RateLimit {
  std::uint32_t count = 1;           // 1 to 100,000: allowed at once
  std::uint32_t period_seconds = 1;  // 1 to 86,400: the time in which all of them are available again

  // Errors: kInvalidLimit.
  static Result<RateLimit> parse(std::string_view text);
};

// The whole state of a key: the theoretical arrival time in microseconds since the epoch; 0 for a new key.
using ArrivalMicros = std::int64_t;

enum class RateVerdict : std::uint8_t { kAllowed, kLimited };

struct RateDecision {
  RateVerdict verdict = RateVerdict::kAllowed;
  ArrivalMicros arrival = 0;              // to be stored; unchanged if limited
  std::uint32_t remaining = 0;            // how many more would pass now
  std::uint32_t retry_after_seconds = 0;  // at least 1 if limited, else 0
  std::uint32_t reset_seconds = 0;        // until the full count is available again
};

// A stamp more than one period ahead (after a clock jumped back) is reduced to now + period, so that no client is locked out for
// longer.
RateDecision decide_rate(const RateLimit& limit, ArrivalMicros arrival, UnixMillis now);

}  // namespace rekey
