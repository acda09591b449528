// How far the database's clock is from the origin's. The database decides when links and sessions end, the edge's clock when it
// refuses a link without asking, the origin's which signatures are too old: they have to agree within seconds.
#pragma once

#include <atomic>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Larger: with two clocks off by as much, the edge's calls would come near the 60 s that their signatures hold.
inline constexpr std::chrono::seconds kMostClockDifference{5};

// Returns: positive where the database's clock is ahead. Throws: Unavailable.
std::chrono::seconds database_clock_ahead(PostgresPool& pool, const Clock& clock);

// Compares the two at the start and whenever the metrics are read. All outlive the object; safe from every thread.
class ClockWatch {
 public:
  ClockWatch(PostgresPool& pool, const Clock& clock, Metrics& metrics, EventLog& log)
      : pool_(pool), clock_(clock), metrics_(metrics), log_(log) {}

  // Shows the difference, and raises the alarm each time it has grown too large. Throws: Unavailable.
  void compare();

 private:
  PostgresPool& pool_;
  const Clock& clock_;
  Metrics& metrics_;
  EventLog& log_;
  std::atomic_flag apart_;
};

}  // namespace rekey
