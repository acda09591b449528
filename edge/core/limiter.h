// Counts requests by shared/rate_limit.h, in two places. Limiters are Durable Objects: each stores one time stamp and counts for
// all instances. The table of failures counts inside one instance. Both decide here: question, verdict and state are opaque to
// the host.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "edge/core/action.h"
#include "edge/core/feature.h"
#include "shared/rate_limit.h"

namespace rekey::edge {

// Returns: the question for a limit that counts by client address.
Question client_question(const Context& context, Limit limit);

struct LimiterVerdict {
  RateVerdict verdict = RateVerdict::kAllowed;
  std::uint32_t retry_after_seconds = 0;
  std::uint32_t reset_seconds = 0;
};

// The Durable Object's name: SHA-256 over policy and key.
// Why without a secret: each rotation would restart all counts. The cost: names can be guessed by trying all addresses, but only
// the operator sees names.
AskLimiter ask_limiter(const Settings& settings, const Question& question);

// Returns: nothing if the limiter failed, or answered in another version's format.
std::optional<LimiterVerdict> read_verdict(Bytes verdict);

// Returns: 429 with Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers-10.
Answer too_many(const Settings& settings, Limit limit, const LimiterVerdict& verdict);

// The Durable Object's side, as edge/exports.h describes rekey_limit.
void answer_question(Bytes message, MessageWriter& out);

// Counts clients' failed requests inside one instance, in a table of fixed size, so that cheap refusals cost no Durable Object
// call. The counts end with the instance, and a full bucket drops its client with the lowest count. Not for limits that must hold
// across instances.
class FailureTable {
 public:
  // In: a client, hashed with a secret key, so that no client can aim at another's bucket.
  RateDecision count(std::uint64_t client, const RateLimit& limit, UnixMillis now);

 private:
  struct Entry {
    std::uint64_t client = 0;
    ArrivalMicros arrival = 0;
  };
  static constexpr std::size_t kBuckets = 512;  // 2,048 clients at once in 32 KiB
  static constexpr std::size_t kWays = 4;

  Entry& find_or_replace(std::uint64_t client);
  std::array<std::array<Entry, kWays>, kBuckets> buckets_{};
};

}  // namespace rekey::edge
