#include "origin/postgres/session_life.h"

#include "origin/postgres/audit.h"

namespace rekey {

namespace {

constexpr SqlStatement kRenew{"renew_session", "SELECT rekey.renew_session($1::bytea, $2::bytea, $3, $4) AS done"};

constexpr SqlStatement kLockOwnerOf{"lock_session_owner", R"(
SELECT owner.id, s.chain_id FROM rekey.sessions s CROSS JOIN LATERAL rekey.lock_account(s.user_id) AS owner (id)
WHERE s.token_hash = $1::bytea AND s.ended_at IS NULL)"};

// Lowers expires_at too, and with it kept_until, by which prune goes.
constexpr SqlStatement kEndChain{"end_chain", R"(
UPDATE rekey.sessions SET ended_at = now(), expires_at = least(expires_at, now())
WHERE ended_at IS NULL AND chain_id = $1::uuid RETURNING 1)"};

// The sessions of a chain as one: by its newest, at its log-in's device.
constexpr SqlStatement kListChains{"list_chains", R"(
WITH live AS (
  SELECT s.* FROM rekey.sessions s CROSS JOIN LATERAL rekey.account_by_id(s.user_id) u
  WHERE s.user_id = $1 AND )" REKEY_LIVE_SESSION R"( AND s.password_fingerprint = rekey.password_fingerprint(u.password_hash)
)
SELECT chain_id::text AS id, chain_id = (SELECT own.chain_id FROM rekey.sessions own WHERE own.token_hash = $2::bytea) AS is_own,
       min(user_agent) AS user_agent, min(country) AS country,
       extract(epoch FROM min(started_at))::bigint AS started_at,
       CASE WHEN max(created_at) > min(started_at) THEN extract(epoch FROM max(created_at))::bigint END AS renewed_at,
       extract(epoch FROM max(expires_at))::bigint AS expires_at
FROM live GROUP BY chain_id ORDER BY is_own DESC, max(created_at) DESC, chain_id LIMIT $3)"};

// Of the account of a live session: the chain that is named, or all others.
constexpr SqlStatement kEndChosen{"end_chosen", R"(
UPDATE rekey.sessions SET ended_at = now(), expires_at = least(expires_at, now())
WHERE user_id = $1 AND ended_at IS NULL
  AND CASE WHEN $3 = '' THEN chain_id <> $2::uuid ELSE chain_id::text = $3 END RETURNING 1)"};

constexpr SqlStatement kEndReused{"end_reused_chain", "SELECT rekey.end_reused_chain($1::bytea, $2, $3, $4, $5, $6) AS owner"};

constexpr SqlStatement kEndSessions{"end_sessions", "SELECT rekey.end_sessions($1, NULL)"};

LiveSession session_from(const SqlRow& row) {
  LiveSession session;
  session.id = row.text("id");
  session.is_own = !row.is_null("is_own") && row.boolean("is_own");
  session.user_agent = row.text("user_agent");
  session.country = row.text("country");
  session.started_at = row.time("started_at");
  if (!row.is_null("renewed_at")) session.renewed_at = row.time("renewed_at");
  session.expires_at = row.time("expires_at");
  return session;
}

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

std::vector<LiveSession> list_chains(PostgresPool& pool, const std::string& user_id, const TokenHash& own, std::size_t most) {
  const auto params = SqlParams().text(user_id).bytes(own).integer(static_cast<std::int64_t>(most));
  const SqlRows rows = pool.run(kListChains, params);
  std::vector<LiveSession> sessions;
  sessions.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) sessions.push_back(session_from(rows[i]));
  return sessions;
}

std::optional<std::string> end_chosen_chains(SqlSession& session, const TokenHash& own, std::string_view chosen) {
  const SqlRows owner = session.run(kLockOwnerOf, SqlParams().bytes(own));
  if (owner.empty()) return std::nullopt;
  const auto params = SqlParams().text(owner[0].text("id")).text(owner[0].text("chain_id")).text(chosen);
  if (session.run(kEndChosen, params).empty()) return std::nullopt;
  return owner[0].text("id");
}

std::optional<std::string> end_reused_chain(PostgresPool& pool, const TokenHash& token, const RequestInfo& request) {
  SqlParams params = SqlParams().bytes(token);
  const SqlRows rows = pool.run_once(kEndReused, add_request(params, request));
  return rows[0].is_null("owner") ? std::nullopt : std::optional(rows[0].text("owner"));
}

void end_sessions_of(SqlSession& session, const std::string& user_id) { session.run(kEndSessions, SqlParams().text(user_id)); }

}  // namespace rekey
