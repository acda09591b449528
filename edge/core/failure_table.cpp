#include "edge/core/failure_table.h"

#include <algorithm>

namespace rekey::edge {

FailureTable::Entry& FailureTable::find_or_replace(std::uint64_t client) {
  auto& bucket = buckets_[client % kBuckets];
  const auto found = std::find_if(bucket.begin(), bucket.end(), [&](const Entry& entry) { return entry.client == client; });
  if (found != bucket.end()) return *found;
  auto& oldest =
      *std::min_element(bucket.begin(), bucket.end(), [](const Entry& a, const Entry& b) { return a.arrival < b.arrival; });
  oldest = {client, 0};
  return oldest;
}

RateDecision FailureTable::count(std::uint64_t client, const RateLimit& limit, UnixMillis now) {
  auto& entry = find_or_replace(client);
  const auto decision = decide_rate(limit, entry.arrival, now);
  entry.arrival = decision.arrival;
  return decision;
}

}  // namespace rekey::edge
