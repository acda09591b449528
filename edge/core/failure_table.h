// Counts clients' failed requests inside one instance, in a table of fixed size: cheap refusals cost no Durable Object call.
// An instance forgets when it ends, and a full bucket forgets the client whose count is nearest to nothing. Not for anything that
// must hold across instances.
#pragma once

#include <array>

#include "shared/rate_limit.h"

namespace rekey::edge {

class FailureTable {
 public:
  // In: a client, hashed with a key that clients don't know, so that nobody can aim at another's bucket.
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
