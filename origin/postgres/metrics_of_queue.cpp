#include "origin/postgres/metrics_of_queue.h"

#include <utility>

namespace rekey {
namespace {

// Of the first thousand to be due: while nothing moves, the oldest ones are among them.
#define REKEY_OLDEST_WAITING(table, due)                                                      \
  "(SELECT coalesce(floor(extract(epoch FROM now() - min(waiting_since))), 0)::bigint FROM (" \
  "SELECT waiting_since FROM " table " WHERE " due " ORDER BY due_at LIMIT 1000) AS first_due)"

// A request of an account over its limit waits as it should, and does not count. One whose account somebody holds is put off by a
// second again and again, and counts.
#define REKEY_DUE_REQUEST "due_at <= now() + interval '1 second'"

// Of the first thousand requests, which a prune looks at first. $3 and $4: how long ended requests and the audit log are kept.
#define REKEY_PRUNE_OVERDUE                                                                                               \
  "ceil(extract(epoch FROM greatest(interval '0', "                                                                       \
  "(SELECT now() - min(ended_at) FROM (SELECT ended_at FROM rekey.reset_requests ORDER BY id LIMIT 1000) AS first_made) " \
  "- make_interval(secs => $3::bigint), "                                                                                 \
  "(SELECT now() - min(at) FROM rekey.audit_log) - make_interval(secs => $4::bigint))))::bigint"

// Of each active URL by the index: without webhooks it is empty. Those of a URL that is gone wait for an operator. In: how many
// of each URL it looks at. The oldest is found as above; the count is no higher, so that it stays cheap.
#define REKEY_OF_WEBHOOKS(figure, column, most)                                                              \
  "(SELECT " figure " FROM rekey.webhook_urls u CROSS JOIN LATERAL (SELECT w." column                        \
  " FROM rekey.webhook_messages w WHERE w.url = u.id AND w.due_at IS NOT NULL ORDER BY w.due_at LIMIT " most \
  ") AS first_due "                                                                                          \
  "WHERE u.state = 'active')"

// Takes or prolongs the lease; without it there is no row. Each count reads only the index of the rows that have not ended.
constexpr SqlStatement kMeasure{"measure_queue", R"(
WITH lease AS (
  INSERT INTO rekey.gauge_lease (holder, held_until) VALUES ($1, now() + make_interval(secs => $2::bigint))
  ON CONFLICT (the_only_row) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
  WHERE gauge_lease.holder = excluded.holder OR gauge_lease.held_until <= now()
  RETURNING 1)
SELECT (SELECT count(*) FROM rekey.reset_requests WHERE due_at IS NOT NULL) AS queued,
       (SELECT count(*) FROM rekey.deliveries WHERE due_at IS NOT NULL AND kind = 'reset') AS sending,
       )" REKEY_OLDEST_WAITING("rekey.reset_requests", REKEY_DUE_REQUEST) R"( AS oldest_queued,
       )" REKEY_OLDEST_WAITING("rekey.deliveries", "due_at IS NOT NULL") R"( AS oldest_sending,
       rekey.mails_of_the_hour() AS mails,
       )" REKEY_PRUNE_OVERDUE R"( AS prune_overdue,
       )" REKEY_OF_WEBHOOKS("count(*)", "due_at", "100000") R"( AS webhooks,
       )" REKEY_OF_WEBHOOKS("coalesce(floor(extract(epoch FROM now() - min(waiting_since))), 0)::bigint", "waiting_since",
                                                 "1000") R"( AS oldest_webhook,
       (SELECT count(*) FROM rekey.webhook_urls WHERE state = 'gone') AS urls_gone
FROM lease)"};

constexpr SqlStatement kGiveUp{"give_up_gauges", "UPDATE rekey.gauge_lease SET held_until = now() WHERE holder = $1"};

}  // namespace

QueueMetrics::QueueMetrics(PostgresPool& pool, Metrics& metrics, std::string holder, const Retention& keep)
    : pool_(pool), metrics_(metrics), holder_(std::move(holder)), keep_(keep) {
  hide();
}

void QueueMetrics::measure() {
  lease_ = Lease::kNone;
  hide();
  const auto times = SqlParams().text(holder_).seconds(kGaugeLease).seconds(keep_.requests).seconds(keep_.audit);
  const auto rows = pool_.run(kMeasure, times);
  if (rows.empty()) return;
  lease_ = Lease::kHeld;
  metrics_.set(Gauge::kResetRequests, rows[0].integer("queued"), Label::kQueued);
  metrics_.set(Gauge::kResetRequests, rows[0].integer("sending"), Label::kSending);
  metrics_.set(Gauge::kOldest, rows[0].integer("oldest_queued"), Label::kQueued);
  metrics_.set(Gauge::kOldest, rows[0].integer("oldest_sending"), Label::kSending);
  metrics_.set(Gauge::kMailsOfTheHour, rows[0].integer("mails"));
  metrics_.set(Gauge::kPruneOverdue, rows[0].integer("prune_overdue"));
  metrics_.set(Gauge::kWebhooksWaiting, rows[0].integer("webhooks"));
  metrics_.set(Gauge::kOldestWebhook, rows[0].integer("oldest_webhook"));
  metrics_.set(Gauge::kWebhookUrlsGone, rows[0].integer("urls_gone"));
}

void QueueMetrics::hide() {
  for (const Gauge gauge : {Gauge::kResetRequests, Gauge::kOldest, Gauge::kMailsOfTheHour, Gauge::kPruneOverdue,
                            Gauge::kWebhooksWaiting, Gauge::kOldestWebhook, Gauge::kWebhookUrlsGone}) {
    metrics_.clear(gauge);
  }
}

void QueueMetrics::give_up() {
  if (lease_ == Lease::kNone) return;
  hide();
  pool_.run(kGiveUp, SqlParams().text(holder_));
}

}  // namespace rekey
