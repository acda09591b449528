#include "origin/postgres/session_life.h"

namespace rekey {

namespace {

// The old session's row is the lock: renewals of one session run one after the other, and see that it has ended if it has. The
// old session keeps a minute for requests that are under way; another renewal can only shorten it. If the new session exists
// already, the UPDATE changes nothing and only reads it under a lock.
constexpr SqlStatement kRenew{"renew_session", R"(
WITH owner AS (
  SELECT id, password_hash FROM users
  WHERE id = (SELECT user_id FROM sessions WHERE token_hash = $1::bytea) AND is_active
  FOR SHARE
), old AS (
  UPDATE sessions s SET renewed_at = now(), expires_at = least(s.expires_at, now() + interval '60 seconds')
  FROM owner
  WHERE s.token_hash = $1::bytea AND s.token_hash <> $2::bytea AND s.user_id = owner.id AND )" REKEY_LIVE_SESSION R"(
    AND s.password_fingerprint = password_fingerprint(owner.password_hash)
    AND least(now() + make_interval(secs => $3), s.started_at + make_interval(secs => $4)) > s.expires_at
  RETURNING s.user_id, s.password_fingerprint, s.chain_id, s.started_at, s.request_id
)
INSERT INTO sessions AS s (token_hash, user_id, password_fingerprint, chain_id, started_at, expires_at, request_id)
SELECT $2::bytea, user_id, password_fingerprint, chain_id, started_at,
       least(now() + make_interval(secs => $3), started_at + make_interval(secs => $4)), request_id
FROM old
ON CONFLICT (token_hash) DO UPDATE SET token_hash = excluded.token_hash
  WHERE s.chain_id = excluded.chain_id AND )" REKEY_LIVE_SESSION R"(
RETURNING 1)"};

constexpr SqlStatement kLockOwnerOf{"lock_session_owner", R"(
SELECT u.id, s.chain_id FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1::bytea AND s.ended_at IS NULL
FOR NO KEY UPDATE OF u)"};

// Lowers expires_at too: prune looks at nothing else.
constexpr SqlStatement kEndChain{"end_chain", R"(
UPDATE sessions SET ended_at = now(), expires_at = least(expires_at, now())
WHERE ended_at IS NULL AND chain_id = $1::uuid RETURNING 1)"};

constexpr SqlStatement kEndSessions{"end_sessions", "SELECT end_sessions($1::uuid, NULL)"};

}  // namespace

bool renew_session(PostgresPool& pool, const TokenHash& token, const NewSession& renewal) {
  const auto params = SqlParams().bytes(token).bytes(renewal.token_hash).seconds(renewal.lifetime).seconds(renewal.longest);
  return !pool.run(kRenew, params).empty();
}

std::optional<std::string> end_chain_of(SqlSession& session, const TokenHash& token) {
  const SqlRows owner = session.run(kLockOwnerOf, SqlParams().bytes(token));
  if (owner.empty() || session.run(kEndChain, SqlParams().text(owner[0].text("chain_id"))).empty()) return std::nullopt;
  return owner[0].text("id");
}

void end_sessions_of(SqlSession& session, const std::string& user_id) { session.run(kEndSessions, SqlParams().text(user_id)); }

}  // namespace rekey
