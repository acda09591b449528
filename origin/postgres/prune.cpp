#include "origin/postgres/outbox.h"

namespace rekey {

namespace {

// By id, and so by age: an index on `ended_at` would cost every request a write. Looks only at the oldest 10,000 rows: if none
// of these has ended, as in a long outage of the relay, later ones wait.
#define REKEY_OLDEST(columns, table) "(SELECT " columns " FROM " table " ORDER BY id LIMIT 10000) AS oldest"

// A request becomes a row of the audit log, the same for every address.
constexpr SqlStatement kPruneRequests{"prune_requests", R"(
WITH gone AS (
  DELETE FROM rekey.reset_requests WHERE id = ANY (ARRAY(
    SELECT id FROM )" REKEY_OLDEST("id, ended_at", "rekey.reset_requests") R"(
    WHERE ended_at < now() - make_interval(secs => $1) LIMIT $2))
  RETURNING requested_at, email, request_id, client_ip, state
), kept AS (
  INSERT INTO rekey.audit_log (at, event, email, request_id, client_ip, detail)
  SELECT requested_at, 'forgot.accepted', email, request_id, client_ip, state FROM gone
)
SELECT 1 FROM gone)"};

// Deletes their attempts too, which count for the account's mail limit for an hour.
constexpr SqlStatement kPruneDeliveries{"prune_deliveries", R"(
DELETE FROM rekey.deliveries WHERE id = ANY (ARRAY(
  SELECT id FROM )" REKEY_OLDEST("id, ended_at", "rekey.deliveries") R"(
  WHERE ended_at < now() - greatest(make_interval(secs => $1), interval '1 hour') LIMIT $2)) RETURNING 1)"};

constexpr SqlStatement kPruneTokens{"prune_tokens", R"(
DELETE FROM rekey.reset_tokens WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM rekey.reset_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

// Ten minutes at least: the log-in that opened the session can't be replayed then; a signature is valid for at most two minutes
// (message_signature.h). A renewed session stays as long as its token passes the edge.
constexpr SqlStatement kPruneSessions{"prune_sessions", R"(
DELETE FROM rekey.sessions WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM rekey.sessions WHERE kept_until < now() - greatest(make_interval(secs => $1), interval '10 minutes') ORDER BY kept_until LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneAudit{"prune_audit", R"(
DELETE FROM rekey.audit_log WHERE id = ANY (ARRAY(
  SELECT id FROM rekey.audit_log WHERE at < now() - make_interval(secs => $1) ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneMinutes{"prune_mail_minutes", R"(
DELETE FROM rekey.mail_minutes WHERE minute = ANY (ARRAY(
  SELECT minute FROM rekey.mail_minutes WHERE minute < now() - interval '2 hours' ORDER BY minute LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneCodeHours{"prune_code_hours", R"(
DELETE FROM rekey.code_hours WHERE hour = ANY (ARRAY(
  SELECT hour FROM rekey.code_hours WHERE hour < now() - interval '2 days' ORDER BY hour LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneAnswers{"prune_answers", R"(
DELETE FROM rekey.call_answers WHERE call_key = ANY (ARRAY(
  SELECT call_key FROM rekey.call_answers WHERE begun_at < now() - interval '1 day' ORDER BY begun_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

// Dead messages are kept for much longer than delivered ones, so each end has its part of an index. No claim ends what waits for
// a URL that is not active: of one that is gone when its day is over, of one that was removed at once.
#define REKEY_ENDED_WEBHOOKS(end, age)                                                                                      \
  "(DELETE FROM rekey.webhook_messages WHERE id = ANY (ARRAY(SELECT id FROM rekey.webhook_messages WHERE end_state = '" end \
  "' AND ended_at < now() - make_interval(secs => " age ") ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"

constexpr SqlStatement kPruneWebhooks{"prune_webhooks", R"(
WITH delivered AS )" REKEY_ENDED_WEBHOOKS("delivered", "$1") R"(,
dead AS )" REKEY_ENDED_WEBHOOKS("dead", "$3") R"(,
given_up AS (
  UPDATE rekey.webhook_messages m
  SET state = 'dead', due_at = NULL, leased_until = NULL, ended_at = now(), reason = CASE u.state WHEN 'removed' THEN 'removed' ELSE 'expired' END
  FROM rekey.webhook_urls u WHERE u.id = m.url AND m.id = ANY (ARRAY(
    SELECT waits.id FROM rekey.webhook_urls off CROSS JOIN LATERAL (
      SELECT w.id FROM rekey.webhook_messages w
      WHERE w.url = off.id AND w.due_at < CASE off.state WHEN 'removed' THEN 'infinity' ELSE now() - interval '1 day' END
        AND (w.leased_until IS NULL OR w.leased_until <= now())
      ORDER BY w.due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) AS waits WHERE off.state <> 'active' LIMIT $2))
  RETURNING 1
)
SELECT 1 FROM delivered UNION ALL SELECT 1 FROM dead UNION ALL SELECT 1 FROM given_up)"};

}  // namespace

// One table after the other, until the piece is full.
std::size_t PostgresOutbox::prune(const Retention& keep) {
  std::size_t gone = 0;
  const auto room = [&] { return static_cast<std::int64_t>(kPrunePiece - gone); };
  const auto prune_older = [&](const SqlStatement& statement, std::chrono::seconds age) {
    if (room() > 0) gone += pool_.run(statement, SqlParams().seconds(age).integer(room())).size();
  };
  prune_older(kPruneRequests, keep.requests);
  prune_older(kPruneDeliveries, keep.requests);
  prune_older(kPruneSessions, keep.sessions);
  if (room() > 0) {
    const auto ages = SqlParams().seconds(keep.requests).integer(room()).seconds(keep.dead_webhooks);
    gone += pool_.run(kPruneWebhooks, ages).size();
  }
  for (const auto* statement : {&kPruneTokens, &kPruneMinutes, &kPruneCodeHours, &kPruneAnswers}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().integer(room())).size();
  }
  prune_older(kPruneAudit, keep.audit);
  return gone;
}

}  // namespace rekey
