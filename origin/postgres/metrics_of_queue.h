// Counts the reset requests that wait for a decision (`queued`) or have a mail in the outbox (`sending`), when the metrics are
// read, and how long the oldest of each queue has waited. Ended requests are counted when they end.
#pragma once

#include "origin/ports/metrics.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Throws: Unavailable; the gauges then keep their values.
void measure_queue(PostgresPool& pool, Metrics& metrics);

}  // namespace rekey
