// Counts many keys in a fixed amount of memory, each by shared/rate_limit.h. A key belongs to one bucket; a full bucket
// forgets the key that has used the smallest share of its limit. Most often that share is zero by now, and nothing is lost.
// A flood of new keys thus pushes out its own before a key that is near its limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shared/rate_limit.h"

namespace rekey::edge {

// The layout is stored (limiter_table.h): a change of it needs a new name for the pages (edge/host/limiter.js).
// A free entry is all zeros: a table of other bytes would be data of the module, of several kilobytes.
struct RateEntry {
  std::uint64_t key = 0;  // 0: free
  ArrivalMicros arrival = 0;
  std::uint32_t period_seconds = 0;  // of the key's limit
  std::uint32_t unused = 0;
};

class RateTable {
 public:
  static constexpr std::size_t kWays = 8;  // entries of a bucket

  // In: entries whose number is a multiple of kWays. They must outlive the table.
  explicit RateTable(std::span<RateEntry> entries) : entries_(entries) {}

  struct Counted {
    RateDecision decision;
    std::size_t entry = 0;  // index of the key's entry, which has to be stored unless the decision is kLimited
  };

  // Counts a call of the key.
  // In: a key that was hashed with a secret, so that nobody can aim at another's bucket.
  Counted count(std::uint64_t key, const RateLimit& limit, UnixMillis now);

 private:
  RateEntry& find_or_replace(std::uint64_t key, UnixMillis now);
  std::span<RateEntry> entries_;
};

}  // namespace rekey::edge
