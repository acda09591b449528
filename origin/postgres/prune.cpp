#include "origin/postgres/outbox.h"

namespace rekey {

namespace {

// By id, which is by age: an index of the ends alone would grow with every request. Looks at the oldest ones alone: of rows that
// don't end, as while the relay is gone, so many in front keep the others waiting.
#define REKEY_OLDEST(columns, table) "(SELECT " columns " FROM " table " ORDER BY id LIMIT 10000) AS oldest"

constexpr SqlStatement kPruneRequests{"prune_requests", R"(
DELETE FROM reset_requests WHERE id = ANY (ARRAY(
  SELECT id FROM )" REKEY_OLDEST("id, ended_at", "reset_requests") R"(
  WHERE ended_at < now() - make_interval(secs => $1) LIMIT $2)) RETURNING 1)"};

// Their attempts go with them, and count for the account's mail limit within the hour.
constexpr SqlStatement kPruneDeliveries{"prune_deliveries", R"(
DELETE FROM deliveries WHERE id = ANY (ARRAY(
  SELECT id FROM )" REKEY_OLDEST("id, ended_at", "deliveries") R"(
  WHERE ended_at < now() - greatest(make_interval(secs => $1), interval '1 hour') LIMIT $2)) RETURNING 1)"};

constexpr SqlStatement kPruneTokens{"prune_tokens", R"(
DELETE FROM reset_tokens WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM reset_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

// By then nobody can play the log-in again that opened it: a signature is good for two minutes at most (message_signature.h).
constexpr SqlStatement kPruneSessions{"prune_sessions", R"(
DELETE FROM sessions WHERE token_hash = ANY (ARRAY(
  SELECT token_hash FROM sessions WHERE expires_at < now() - interval '10 minutes' ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

// Three months: long enough to look into what somebody noticed late.
constexpr SqlStatement kPruneAudit{"prune_audit", R"(
DELETE FROM audit_log WHERE id = ANY (ARRAY(
  SELECT id FROM audit_log WHERE at < now() - interval '90 days' ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

}  // namespace

// One kind after the other, until the piece is full.
std::size_t PostgresOutbox::prune(std::chrono::seconds keep) {
  std::size_t gone = 0;
  const auto room = [&] { return static_cast<std::int64_t>(kPrunePiece - gone); };
  for (const auto* statement : {&kPruneRequests, &kPruneDeliveries}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().seconds(keep).integer(room())).size();
  }
  for (const auto* statement : {&kPruneTokens, &kPruneSessions, &kPruneAudit}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().integer(room())).size();
  }
  return gone;
}

}  // namespace rekey
