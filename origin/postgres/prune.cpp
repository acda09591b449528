#include "origin/postgres/outbox.h"

namespace rekey {

namespace {

// By id, and so by age: an index on `ended_at` would cost every request a write. Looks only at the oldest 10,000 rows: if none
// of these has ended, as in a long outage of the relay, later ones wait.
#define REKEY_OLDEST(columns, table) "(SELECT " columns " FROM " table " ORDER BY id LIMIT 10000) AS oldest"

// A request becomes a row of the audit log, the same for every address.
constexpr SqlStatement kPruneRequests{"prune_requests", R"(
WITH gone AS (
  DELETE FROM reset_requests WHERE id = ANY (ARRAY(
    SELECT id FROM )" REKEY_OLDEST("id, ended_at", "reset_requests") R"(
    WHERE ended_at < now() - make_interval(secs => $1) LIMIT $2))
  RETURNING requested_at, email, request_id, client_ip, state
), kept AS (
  INSERT INTO audit_log (at, event, email, request_id, client_ip, detail)
  SELECT requested_at, 'forgot.accepted', email, request_id, client_ip, state FROM gone
)
SELECT 1 FROM gone)"};

// Deletes their attempts too, which count for the account's mail limit for an hour.
constexpr SqlStatement kPruneDeliveries{"prune_deliveries", R"(
DELETE FROM deliveries WHERE id = ANY (ARRAY(
  SELECT id FROM )" REKEY_OLDEST("id, ended_at", "deliveries") R"(
  WHERE ended_at < now() - greatest(make_interval(secs => $1), interval '1 hour') LIMIT $2)) RETURNING 1)"};

constexpr SqlStatement kPruneTokens{"prune_tokens", R"(
DELETE FROM reset_tokens WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM reset_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

// Ten minutes at least: the log-in that opened the session can't be replayed then; a signature is valid for at most two minutes
// (message_signature.h).
constexpr SqlStatement kPruneSessions{"prune_sessions", R"(
DELETE FROM sessions WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM sessions WHERE expires_at < now() - greatest(make_interval(secs => $1), interval '10 minutes') ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneAudit{"prune_audit", R"(
DELETE FROM audit_log WHERE id = ANY (ARRAY(
  SELECT id FROM audit_log WHERE at < now() - make_interval(secs => $1) ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneMinutes{"prune_mail_minutes", R"(
DELETE FROM mail_minutes WHERE minute = ANY (ARRAY(
  SELECT minute FROM mail_minutes WHERE minute < now() - interval '2 hours' ORDER BY minute LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

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
  for (const auto* statement : {&kPruneTokens, &kPruneMinutes}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().integer(room())).size();
  }
  prune_older(kPruneAudit, keep.audit);
  return gone;
}

}  // namespace rekey
