// How sessions are renewed and how they end, inside the transactions of the stores. A session that ends is marked, not deleted:
// its row keeps a repeated log-in from opening it anew, until prune removes it.
// Who changes more than one session holds the account's row; who adds one shares it. So none can appear behind an end.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// For `sessions` under the alias s: not over by its time or before it.
#define REKEY_LIVE_SESSION "s.ended_at IS NULL AND s.expires_at > now()"

// One statement. Returns: whether the session `renewal` now continues the one of `token`, opened by this call or an earlier one.
bool renew_session(PostgresPool& pool, const TokenHash& token, const NewSession& renewal);

// Locks the account of a session that has not ended, and ends the session with all of its chain.
// Returns: the account's id, or nothing where there was nothing to end.
std::optional<std::string> end_chain_of(SqlSession& session, const TokenHash& token);

// In: a change of the password from one hash to another, by the session `kept`. The account is locked by the caller.
// `kept` goes on under the new hash if it has not ended; all others of the account end, those of its own chain too.
void keep_only_session(SqlSession& session, const TokenHash& kept, const std::string& user_id, const PasswordHash& from,
                       const PasswordHash& to);

// The account is locked by the caller.
void end_sessions_of(SqlSession& session, const std::string& user_id);

}  // namespace rekey
