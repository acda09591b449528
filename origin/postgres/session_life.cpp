#include "origin/postgres/session_life.h"

namespace rekey {

namespace {

constexpr SqlStatement kRenew{"renew_session", "SELECT rekey.renew_session($1::bytea, $2::bytea, $3, $4) AS done"};

constexpr SqlStatement kLockOwnerOf{"lock_session_owner", R"(
SELECT owner.id, s.chain_id FROM rekey.sessions s CROSS JOIN LATERAL rekey.lock_account(s.user_id) AS owner (id)
WHERE s.token_hash = $1::bytea AND s.ended_at IS NULL)"};

// Lowers expires_at too: prune looks at nothing else.
constexpr SqlStatement kEndChain{"end_chain", R"(
UPDATE rekey.sessions SET ended_at = now(), expires_at = least(expires_at, now())
WHERE ended_at IS NULL AND chain_id = $1::uuid RETURNING 1)"};

constexpr SqlStatement kEndSessions{"end_sessions", "SELECT rekey.end_sessions($1, NULL)"};

}  // namespace

bool renew_session(PostgresPool& pool, const TokenHash& token, const NewSession& renewal) {
  const auto params = SqlParams().bytes(token).bytes(renewal.token_hash).seconds(renewal.lifetime).seconds(renewal.longest);
  return pool.run(kRenew, params)[0].boolean("done");
}

std::optional<std::string> end_chain_of(SqlSession& session, const TokenHash& token) {
  const SqlRows owner = session.run(kLockOwnerOf, SqlParams().bytes(token));
  if (owner.empty() || session.run(kEndChain, SqlParams().text(owner[0].text("chain_id"))).empty()) return std::nullopt;
  return owner[0].text("id");
}

void end_sessions_of(SqlSession& session, const std::string& user_id) { session.run(kEndSessions, SqlParams().text(user_id)); }

}  // namespace rekey
