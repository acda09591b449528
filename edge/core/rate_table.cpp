#include "edge/core/rate_table.h"

#include <algorithm>

namespace rekey::edge {
namespace {

// Milliseconds until nothing of the limit is used; 0 for a free entry, and for one further ahead than counting can bring it: the
// clock has jumped back since, and the entry would otherwise stay full for as long as the jump was.
std::uint64_t busy_millis(const RateEntry& entry, UnixMillis now) {
  const auto period = std::int64_t{entry.period_seconds} * 1000;
  const auto busy = entry.arrival / 1000 - now;
  if (entry.key == 0 || busy <= 0 || busy > 2 * period) return 0;
  return static_cast<std::uint64_t>(std::min(busy, period));
}

// A free entry, which has no period, has used nothing of any.
std::uint64_t period_of(const RateEntry& entry) { return std::max<std::uint64_t>(entry.period_seconds, 1); }

// The used shares are busy / period. Both products are below 2^43: a day has 86,400,000 milliseconds.
bool has_used_less(const RateEntry& a, const RateEntry& b, UnixMillis now) {
  return busy_millis(a, now) * period_of(b) < busy_millis(b, now) * period_of(a);
}

}  // namespace

RateEntry& RateTable::find_or_replace(std::uint64_t key, UnixMillis now) {
  const auto buckets = entries_.size() / kWays;
  const auto bucket = entries_.subspan(key % buckets * kWays, kWays);
  const auto found = std::find_if(bucket.begin(), bucket.end(), [&](const RateEntry& entry) { return entry.key == key; });
  if (found != bucket.end()) return *found;
  auto& least = *std::min_element(bucket.begin(), bucket.end(),
                                  [&](const RateEntry& a, const RateEntry& b) { return has_used_less(a, b, now); });
  least = {key};
  return least;
}

RateTable::Counted RateTable::count(std::uint64_t key, const RateLimit& limit, UnixMillis now) {
  auto& entry = find_or_replace(std::max<std::uint64_t>(key, 1), now);
  const auto decision = decide_rate(limit, entry.arrival, now);
  entry.arrival = decision.arrival;
  entry.period_seconds = limit.period_seconds;
  return {decision, static_cast<std::size_t>(&entry - entries_.data())};
}

}  // namespace rekey::edge
