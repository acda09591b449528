#include "origin/postgres/database_clock.h"

#include <cstdlib>

namespace rekey {

namespace {
constexpr SqlStatement kReadClock{"read_clock", "SELECT extract(epoch FROM clock_timestamp())::bigint AS seconds"};
}

std::chrono::seconds database_clock_ahead(PostgresPool& pool, const Clock& clock) {
  const std::chrono::seconds theirs(pool.run(kReadClock)[0].integer("seconds"));
  return theirs - clock.now().time_since_epoch();
}

void ClockWatch::compare() {
  const auto ahead = database_clock_ahead(pool_, clock_);
  metrics_.set(Gauge::kClockAhead, ahead.count());
  if (std::chrono::abs(ahead) <= kMostClockDifference) return apart_.clear();
  if (apart_.test_and_set()) return;  // one log line per occurrence, however often the metrics are read
  metrics_.count(Counter::kAlarms, Label::kClock);
  log_.write(Event::kClockApart, "", {{"of", "database"}, {"seconds_ahead", ahead.count()}});
}

}  // namespace rekey
