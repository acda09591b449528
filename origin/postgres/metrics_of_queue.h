// How many reset requests wait to be decided (`queued`) or have a mail in the outbox (`sending`), looked up when the metrics are
// read. The ended ones are counted as they end.
#pragma once

#include "origin/ports/metrics.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Throws: Unavailable; the gauges then keep what they had.
void measure_queue(PostgresPool& pool, Metrics& metrics);

}  // namespace rekey
