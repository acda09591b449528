#include "origin/postgres/metrics_of_queue.h"

#include <utility>

namespace rekey {
namespace {

// Takes or prolongs the lease; without it there is no row. Each count reads only the index of the rows that have not ended.
constexpr SqlStatement kMeasure{"measure_queue", R"(
WITH lease AS (
  INSERT INTO gauge_lease (holder, held_until) VALUES ($1, now() + make_interval(secs => $2::bigint))
  ON CONFLICT (the_only_row) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
  WHERE gauge_lease.holder = excluded.holder OR gauge_lease.held_until <= now()
  RETURNING 1)
SELECT (SELECT count(*) FROM reset_requests WHERE due_at IS NOT NULL) AS queued,
       (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND kind = 'reset') AS sending
FROM lease)"};

constexpr SqlStatement kGiveUp{"give_up_gauges", "UPDATE gauge_lease SET held_until = now() WHERE holder = $1"};

}  // namespace

QueueMetrics::QueueMetrics(PostgresPool& pool, Metrics& metrics, std::string holder)
    : pool_(pool), metrics_(metrics), holder_(std::move(holder)) {
  hide();
}

void QueueMetrics::measure() {
  lease_ = Lease::kNone;
  hide();
  const auto rows = pool_.run(kMeasure, SqlParams().text(holder_).integer(kGaugeLease.count()));
  if (rows.empty()) return;
  lease_ = Lease::kHeld;
  metrics_.set(Gauge::kResetRequests, rows[0].integer("queued"), Label::kQueued);
  metrics_.set(Gauge::kResetRequests, rows[0].integer("sending"), Label::kSending);
}

void QueueMetrics::hide() { metrics_.clear(Gauge::kResetRequests); }

void QueueMetrics::give_up() {
  if (lease_ == Lease::kNone) return;
  hide();
  pool_.run(kGiveUp, SqlParams().text(holder_));
}

}  // namespace rekey
