#include "origin/postgres/metrics_of_queue.h"

namespace rekey {
namespace {

// Each count reads only the index of the rows that have not ended.
constexpr SqlStatement kCountOpenRequests{"count_open_requests", R"(
SELECT (SELECT count(*) FROM reset_requests WHERE due_at IS NOT NULL) AS queued,
       (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND kind = 'reset') AS sending)"};

}  // namespace

void measure_queue(PostgresPool& pool, Metrics& metrics) {
  const auto rows = pool.run(kCountOpenRequests);
  metrics.set(Gauge::kResetRequests, rows[0].integer("queued"), Label::kQueued);
  metrics.set(Gauge::kResetRequests, rows[0].integer("sending"), Label::kSending);
}

}  // namespace rekey
