#include "origin/postgres/session_life.h"

namespace rekey {

namespace {

// Lowers expires_at too: prune looks at nothing else.
#define REKEY_END_SESSIONS \
  "UPDATE sessions SET ended_at = now(), expires_at = least(expires_at, now()) WHERE ended_at IS NULL AND "

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
    AND least(now() + make_interval(secs => $3), s.started_at + interval '12 hours') > s.expires_at
  RETURNING s.user_id, s.password_fingerprint, s.chain_id, s.started_at, s.request_id
)
INSERT INTO sessions AS s (token_hash, user_id, password_fingerprint, chain_id, started_at, expires_at, request_id)
SELECT $2::bytea, user_id, password_fingerprint, chain_id, started_at,
       least(now() + make_interval(secs => $3), started_at + interval '12 hours'), request_id
FROM old
ON CONFLICT (token_hash) DO UPDATE SET token_hash = excluded.token_hash
  WHERE s.chain_id = excluded.chain_id AND )" REKEY_LIVE_SESSION R"(
RETURNING 1)"};

constexpr SqlStatement kLockOwnerOf{"lock_session_owner", R"(
SELECT u.id, s.chain_id FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1::bytea AND s.ended_at IS NULL
FOR NO KEY UPDATE OF u)"};

constexpr SqlStatement kEndChain{"end_chain", REKEY_END_SESSIONS "chain_id = $1::uuid RETURNING 1"};

// Also the parent and siblings by renewal: a thief and the owner may both have renewed a stolen cookie.
constexpr SqlStatement kEndOthers{"end_other_sessions", REKEY_END_SESSIONS "user_id = $1::uuid AND token_hash <> $2::bytea"};

constexpr SqlStatement kMoveSession{"move_session", R"(
UPDATE sessions SET password_fingerprint = password_fingerprint($4)
WHERE token_hash = $2::bytea AND user_id = $1::uuid AND password_fingerprint = password_fingerprint($3) AND ended_at IS NULL)"};

constexpr SqlStatement kEndSessions{"end_sessions", REKEY_END_SESSIONS "user_id = $1::uuid"};

}  // namespace

bool renew_session(PostgresPool& pool, const TokenHash& token, const NewSession& renewal) {
  return !pool.run(kRenew, SqlParams().bytes(token).bytes(renewal.token_hash).seconds(renewal.lifetime)).empty();
}

std::optional<std::string> end_chain_of(SqlSession& session, const TokenHash& token) {
  const SqlRows owner = session.run(kLockOwnerOf, SqlParams().bytes(token));
  if (owner.empty() || session.run(kEndChain, SqlParams().text(owner[0].text("chain_id"))).empty()) return std::nullopt;
  return owner[0].text("id");
}

void keep_only_session(SqlSession& session, const TokenHash& kept, const std::string& user_id, const PasswordHash& from,
                       const PasswordHash& to) {
  session.run(kEndOthers, SqlParams().text(user_id).bytes(kept));
  session.run(kMoveSession, SqlParams().text(user_id).bytes(kept).text(from.text).text(to.text));
}

void end_sessions_of(SqlSession& session, const std::string& user_id) { session.run(kEndSessions, SqlParams().text(user_id)); }

}  // namespace rekey
