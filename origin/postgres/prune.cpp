#include "origin/postgres/queue_store.h"

namespace rekey {

namespace {

// Mails sent within the hour, or perhaps sent, still count for the account's limit.
constexpr SqlStatement kPruneRequests{"prune_requests", R"(
DELETE FROM reset_requests WHERE id = ANY (ARRAY(
  SELECT id FROM reset_requests
  WHERE ended_at < now() - make_interval(secs => $1)
    AND ((state <> 'sent' AND perhaps_mailed_at = '{}') OR ended_at < now() - interval '1 hour')
  ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

constexpr SqlStatement kPruneNotices{"prune_notices", R"(
DELETE FROM hook_deliveries WHERE id = ANY (ARRAY(
  SELECT id FROM hook_deliveries WHERE ended_at < now() - make_interval(secs => $1)
  ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1)"};

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
std::size_t PostgresQueueStore::prune(std::chrono::seconds keep) {
  std::size_t gone = 0;
  const auto room = [&] { return static_cast<std::int64_t>(kPrunePiece - gone); };
  for (const auto* statement : {&kPruneRequests, &kPruneNotices}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().seconds(keep).integer(room())).size();
  }
  for (const auto* statement : {&kPruneTokens, &kPruneSessions, &kPruneAudit}) {
    if (room() > 0) gone += pool_.run(*statement, SqlParams().integer(room())).size();
  }
  return gone;
}

}  // namespace rekey
