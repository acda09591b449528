// Questions to the limiters and their verdicts. A limiter is a Durable Object that keeps one time stamp; all that it does with it
// is decided here, by shared/rate_limit.h. Question, verdict and state are opaque to the host.
#pragma once

#include <optional>
#include <string>

#include "edge/core/action.h"
#include "edge/core/feature.h"
#include "shared/rate_limit.h"

namespace rekey::edge {

struct LimiterVerdict {
  RateVerdict verdict = RateVerdict::kAllowed;
  std::uint32_t retry_after_seconds = 0;
  std::uint32_t reset_seconds = 0;
};

// The Durable Object's name: HMAC over policy and key, so that whoever lists the objects learns no address.
AskLimiter ask_limiter(const Settings& settings, const Question& question);

// Returns: nothing where the limiter failed, or answered in another version's words.
std::optional<LimiterVerdict> read_verdict(Bytes verdict);

// Returns: 429 with Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers-10.
Answer too_many(const Settings& settings, Limit limit, const LimiterVerdict& verdict);

// The Durable Object's side: reads kTagLimiterState, kTagQuestion, kTagNow; writes what edge/exports.h says of rekey_limit.
void answer_question(Bytes message, MessageWriter& out);

}  // namespace rekey::edge
