// Renews and ends sessions, inside the transactions of the stores; change_password() of the schema keeps one. An ended session is
// marked, not deleted: its row keeps a replayed log-in from opening it again, until prune removes it. Adding a session and
// changing more than one takes the account's lock: so no session appears while all are being ended.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// For `sessions` under the alias s: neither ended nor expired.
#define REKEY_LIVE_SESSION "s.ended_at IS NULL AND s.expires_at > now()"

// One statement. Returns: whether `renewal` now continues the session of `token`, opened by this call or an earlier one.
bool renew_session(PostgresPool& pool, const TokenHash& token, const NewSession& renewal);

// Locks the account of a session that has not ended, and ends the session's whole chain.
// Returns: the account's id, or nothing if there was nothing to end.
std::optional<std::string> end_chain_of(SqlSession& session, const TokenHash& token);

// The live sessions of an account, those of a chain as one: that of `own` first, then the newest.
std::vector<LiveSession> list_chains(PostgresPool& pool, const std::string& user_id, const TokenHash& own, std::size_t most);

// Locks the account of a session that has not ended. In: the id of one of its account's chains; "" for all but the session's own.
// Returns: the account's id, or nothing if there was nothing to end.
std::optional<std::string> end_chosen_chains(SqlSession& session, const TokenHash& own, std::string_view chosen);

// One statement. Ends the chain of a session that was renewed and whose minute is over, and queues the notice to its owner.
// Returns: the account's id, or nothing if there was nothing to end.
std::optional<std::string> end_reused_chain(PostgresPool& pool, const TokenHash& token, const RequestInfo& request);

// The caller has locked the account.
void end_sessions_of(SqlSession& session, const std::string& user_id);

}  // namespace rekey
