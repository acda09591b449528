// The difference between the database's clock and the origin's. Links and sessions end by the database's clock, the edge refuses
// links by its own, and the origin judges the age of signatures by its own: all have to agree within seconds.
#pragma once

#include <atomic>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Not larger: two clocks that far off would bring the edge's calls near the 60 s that their signatures are valid.
inline constexpr std::chrono::seconds kMostClockDifference{5};

// Returns: positive if the database's clock is ahead. Throws: Unavailable.
std::chrono::seconds database_clock_ahead(PostgresPool& pool, const Clock& clock);

// Compares both clocks at the start and whenever the metrics are read. All arguments outlive the object. Safe from every thread.
class ClockWatch {
 public:
  ClockWatch(PostgresPool& pool, const Clock& clock, Metrics& metrics, EventLog& log)
      : pool_(pool), clock_(clock), metrics_(metrics), log_(log) {}

  // Sets the gauge, and raises the alarm each time the difference becomes too large. Throws: Unavailable.
  void compare();

 private:
  PostgresPool& pool_;
  const Clock& clock_;
  Metrics& metrics_;
  EventLog& log_;
  std::atomic_flag apart_;
};

}  // namespace rekey
