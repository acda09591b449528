#include "origin/postgres/metrics_of_queue.h"

namespace rekey {
namespace {

// Each count reads only the index of the rows that have not ended.
constexpr SqlStatement kCountOpenRequests{"count_open_requests", R"(
SELECT (SELECT count(*) FROM reset_requests WHERE due_at IS NOT NULL) AS queued,
       (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND kind = 'reset') AS sending)"};

// Of the first thousand to be due: while nothing moves, the oldest ones are among them.
#define REKEY_OLDEST_WAITING(table)                                                           \
  "(SELECT coalesce(floor(extract(epoch FROM now() - min(waiting_since))), 0)::bigint FROM (" \
  "SELECT waiting_since FROM " table " WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1000) AS first_due)"

constexpr SqlStatement kFindOldest{"find_oldest",
                                   "SELECT " REKEY_OLDEST_WAITING("reset_requests") " AS queued, " REKEY_OLDEST_WAITING(
                                       "deliveries") " AS sending, mails_of_the_hour() AS mails"};

}  // namespace

void measure_queue(PostgresPool& pool, Metrics& metrics) {
  const auto rows = pool.run(kCountOpenRequests);
  metrics.set(Gauge::kResetRequests, rows[0].integer("queued"), Label::kQueued);
  metrics.set(Gauge::kResetRequests, rows[0].integer("sending"), Label::kSending);
  const auto oldest = pool.run(kFindOldest);
  metrics.set(Gauge::kOldest, oldest[0].integer("queued"), Label::kQueued);
  metrics.set(Gauge::kOldest, oldest[0].integer("sending"), Label::kSending);
  metrics.set(Gauge::kMailBudget, oldest[0].integer("mails"), Label::kUsed);
}

}  // namespace rekey
