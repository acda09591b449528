#include "origin/postgres/webhook_outbox.h"

namespace rekey {

namespace {

constexpr SqlStatement kSetUrls{"set_webhook_urls", R"(
INSERT INTO rekey.webhook_urls (url, events) SELECT url, $2::text[] FROM unnest($1::text[]) WITH ORDINALITY AS given (url, place) ORDER BY place
ON CONFLICT (url) DO UPDATE SET events = excluded.events,
  state = CASE webhook_urls.state WHEN 'removed' THEN 'active' ELSE webhook_urls.state END,
  changed_at = CASE webhook_urls.state WHEN 'removed' THEN now() ELSE webhook_urls.changed_at END,
  failures = CASE webhook_urls.state WHEN 'removed' THEN 0 ELSE webhook_urls.failures END,
  held_until = CASE webhook_urls.state WHEN 'removed' THEN now() ELSE webhook_urls.held_until END)"};

// Ends as many of their messages as a statement has time for; a prune ends the rest.
constexpr SqlStatement kRemoveUrls{"remove_webhook_urls", R"(
WITH removed AS (
  UPDATE rekey.webhook_urls SET state = 'removed', changed_at = now() WHERE url <> ALL ($1::text[]) AND state <> 'removed' RETURNING id
)
UPDATE rekey.webhook_messages SET state = 'dead', due_at = NULL, leased_until = NULL, ended_at = now(), reason = 'removed'
WHERE id = ANY (ARRAY(
  SELECT id FROM rekey.webhook_messages WHERE url = ANY (ARRAY(SELECT id FROM removed)) AND due_at IS NOT NULL LIMIT 1000)))"};

constexpr SqlStatement kUrlIds{"webhook_url_ids", R"(
SELECT u.id FROM unnest($1::text[]) WITH ORDINALITY AS given (url, place) JOIN rekey.webhook_urls u ON u.url = given.url ORDER BY place)"};

// The first message of the same account and URL that has not ended, if it is another one. `+ 0`: the primary key does not serve,
// which would be walked from its beginning.
#define REKEY_BEFORE(message)                                                                         \
  "LATERAL (SELECT p.due_at, p.leased_until FROM rekey.webhook_messages p WHERE p.account = " message \
  ".account AND p.url = " message ".url AND p.ended_at IS NULL AND p.id < " message ".id ORDER BY p.id + 0 LIMIT 1)"

// Passes over a message that waits for an earlier one of its account: until that one is due, or for a second if that one is under
// way. kSettle makes it due when the earlier one has ended. Of a receiver that fails one message goes, and holds the URL for
// longer than an attempt takes; the others stay as they are.
constexpr SqlStatement kClaim{"claim_webhooks", R"(
WITH ready AS MATERIALIZED (
  SELECT id, failures FROM rekey.webhook_urls WHERE id = $1 AND state = 'active' AND held_until <= now()
), due AS MATERIALIZED (
  SELECT * FROM rekey.webhook_messages
  WHERE url = (SELECT id FROM ready) AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), seen AS MATERIALIZED (
  SELECT due.*, before.due_at AS before_due_at, before.leased_until AS before_leased_until,
         CASE WHEN now() > due.deliver_by THEN 'expired' WHEN before.due_at IS NOT NULL THEN 'waits' ELSE 'go' END AS verdict
  FROM due LEFT JOIN )" REKEY_BEFORE("due") R"( AS before ON true
), judged AS MATERIALIZED (
  SELECT id, attempt, message_id, type, data, happened_at, before_due_at, before_leased_until,
         CASE WHEN verdict = 'go' AND (SELECT failures > 0 FROM ready) AND row_number() OVER (PARTITION BY verdict ORDER BY due_at, id) > 1
              THEN 'stays' ELSE verdict END AS verdict
  FROM seen
), passed_over AS (
  UPDATE rekey.webhook_messages m
  SET state = 'queued', leased_until = NULL,
      due_at = greatest(now() + interval '1 second', CASE WHEN judged.before_leased_until IS NULL THEN judged.before_due_at END)
  FROM judged WHERE m.id = ANY (ARRAY(SELECT id FROM judged WHERE verdict = 'waits')) AND judged.id = m.id
), expired AS (
  UPDATE rekey.webhook_messages
  SET state = 'dead', due_at = NULL, leased_until = NULL, ended_at = now(), reason = CASE attempt WHEN 0 THEN 'expired' ELSE reason END
  WHERE id = ANY (ARRAY(SELECT id FROM judged WHERE verdict = 'expired'))
), leased AS (
  UPDATE rekey.webhook_messages
  SET state = 'sending', attempt = attempt + 1, leased_until = now() + make_interval(secs => $3),
      first_try_at = coalesce(first_try_at, now())
  WHERE id = ANY (ARRAY(SELECT id FROM judged WHERE verdict = 'go'))
), held AS (
  UPDATE rekey.webhook_urls SET held_until = now() + interval '15 seconds'
  WHERE id = $1 AND (SELECT failures > 0 FROM ready) AND (SELECT count(*) FROM judged WHERE verdict = 'go') > 0
)
SELECT id, attempt, message_id, type, data, verdict,
       to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS happened_at
FROM judged ORDER BY id)"};

// Commits without waiting for the disk: a settlement lost in a crash sends the message again. After a failure of the receiver all
// of its messages wait for 5 s, then twice as long each time, up to a minute.
constexpr SqlStatement kSettle{"settle_webhook", R"(
WITH next AS MATERIALIZED (
  SELECT id, CASE WHEN $3 = 'delivered' THEN 'delivered'
                  WHEN $3 = 'gone' THEN 'dead'
                  WHEN $3 = 'cut_off' OR try.at <= deliver_by THEN 'queued' ELSE 'dead' END AS state,
         CASE $3 WHEN 'cut_off' THEN now() ELSE try.at END AS due_at
  FROM rekey.webhook_messages CROSS JOIN LATERAL (
    SELECT CASE WHEN $3 IN ('try_later', 'refused') THEN rekey.next_delivery_try(first_try_at) END AS at OFFSET 0
  ) AS try
  WHERE id = $1 AND attempt = $2 AND state = 'sending'
), settled AS (
  UPDATE rekey.webhook_messages m
  SET state = next.state, leased_until = NULL, status = $4, reason = $5,
      due_at = CASE next.state WHEN 'queued' THEN next.due_at END,
      ended_at = CASE next.state WHEN 'queued' THEN NULL ELSE now() END
  FROM next WHERE m.id = $1 AND m.id = next.id AND m.attempt = $2 AND m.state = 'sending'
  RETURNING m.id, m.url, m.account, m.state
), follower AS (
  UPDATE rekey.webhook_messages SET due_at = now()
  WHERE state = 'queued' AND id = (
    SELECT f.id FROM rekey.webhook_messages f
    WHERE f.account = (SELECT account FROM settled WHERE state <> 'queued') AND f.url = (SELECT url FROM settled)
      AND f.ended_at IS NULL AND f.id > $1 ORDER BY f.id + 0 LIMIT 1)
), receiver AS (
  UPDATE rekey.webhook_urls SET
    failures = CASE $3 WHEN 'try_later' THEN failures + 1 ELSE 0 END,
    held_until = CASE $3 WHEN 'try_later' THEN now() + make_interval(secs => least(60, 5 * 2 ^ least(failures, 4))) ELSE now() END,
    state = CASE WHEN $3 = 'gone' AND state = 'active' THEN 'gone' ELSE state END,
    changed_at = CASE WHEN $3 = 'gone' AND state = 'active' THEN now() ELSE changed_at END
  WHERE id = (SELECT url FROM settled) AND $3 <> 'cut_off' AND ($3 IN ('try_later', 'gone') OR failures > 0)
)
SELECT state, (SELECT set_config('synchronous_commit', 'off', true)) FROM settled)"};

constexpr SqlStatement kGiveBack{"give_back_webhook", R"(
UPDATE rekey.webhook_messages SET state = 'queued', leased_until = NULL WHERE id = $1 AND attempt = $2 AND state = 'sending')"};

std::string_view word_of(WebhookVerdict verdict) {
  constexpr std::string_view kWords[] = {"delivered", "try_later", "refused", "gone", "cut_off"};
  return kWords[static_cast<std::size_t>(verdict)];
}

Webhook webhook_from(const SqlRow& row) {
  return {{row.integer("id"), row.integer("attempt") + 1},
          row.text("message_id"),
          row.text("type"),
          row.text("happened_at"),
          row.text("data")};
}

WebhookState state_from(const SqlRows& rows) {
  if (rows.empty() || rows[0].text("state") == "queued") return WebhookState::kOpen;
  return rows[0].text("state") == "dead" ? WebhookState::kDead : WebhookState::kDelivered;
}

}  // namespace

std::vector<std::int64_t> PostgresWebhooks::set_urls(std::span<const std::string> urls, std::span<const std::string> events) {
  std::vector<std::int64_t> ids;
  pool_.transact([&](SqlSession& session) {
    ids.clear();
    session.run(kRemoveUrls, SqlParams().texts(urls));
    if (urls.empty()) return;
    session.run(kSetUrls, SqlParams().texts(urls).texts(events));
    const SqlRows rows = session.run(kUrlIds, SqlParams().texts(urls));
    for (std::size_t i = 0; i < rows.size(); ++i) ids.push_back(rows[i].integer("id"));
  });
  return ids;
}

ClaimedWebhooks PostgresWebhooks::claim(std::int64_t url, std::size_t most, std::chrono::seconds lease) {
  const auto params = SqlParams().integer(url).integer(static_cast<std::int64_t>(most)).seconds(lease);
  const SqlRows rows = pool_.run(kClaim, params);
  ClaimedWebhooks claimed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto verdict = rows[i].text("verdict");
    if (verdict == "go") claimed.webhooks.push_back(webhook_from(rows[i]));
    if (verdict == "expired")
      claimed.expired.push_back({rows[i].integer("id"), rows[i].text("message_id"), rows[i].text("type")});
  }
  if (rows.size() >= most) claimed.fill = Fill::kFull;
  return claimed;
}

WebhookState PostgresWebhooks::settle(const Lease& lease, const WebhookOutcome& outcome) {
  return state_from(pool_.run(kSettle, SqlParams()
                                           .integer(lease.delivery)
                                           .integer(lease.attempt)
                                           .text(word_of(outcome.verdict))
                                           .integer(outcome.status)
                                           .text(outcome.reason)));
}

void PostgresWebhooks::give_back(const Lease& lease) {
  pool_.run(kGiveBack, SqlParams().integer(lease.delivery).integer(lease.attempt));
}

}  // namespace rekey
