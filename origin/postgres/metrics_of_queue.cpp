#include "origin/postgres/metrics_of_queue.h"

namespace rekey {
namespace {

constexpr SqlStatement kCountOpenRequests{"count_open_requests", R"(
  SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'sending') AS sending
    FROM reset_requests WHERE ended_at IS NULL)"};

}  // namespace

void measure_queue(PostgresPool& pool, Metrics& metrics) {
  const auto rows = pool.run(kCountOpenRequests);
  metrics.set(Gauge::kResetRequests, rows[0].integer("queued"), Label::kQueued);
  metrics.set(Gauge::kResetRequests, rows[0].integer("sending"), Label::kSending);
}

}  // namespace rekey
