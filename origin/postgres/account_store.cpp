#include "origin/postgres/account_store.h"

#include "origin/postgres/account_rows.h"
#include "origin/postgres/audit.h"
#include "origin/postgres/session_life.h"
#include "origin/postgres/standby_wait.h"

namespace rekey {

namespace {

// Checks audit_log too, which outlives the account: a replayed registration must not bring a deleted account back. Adds no
// account that nobody could log in to, if the accounts have become those of another product since the origin's start.
constexpr SqlStatement kInsertUser{"insert_user", R"(
INSERT INTO rekey.users AS u (username, email, password_hash, language, created_by_request)
SELECT $1, $2, $3, $4, $5
WHERE NOT EXISTS (SELECT FROM rekey.audit_log WHERE request_id = $5 AND event = 'user.registered')
  AND rekey.accounts_source() = 'rekey'
ON CONFLICT DO NOTHING
RETURNING )" REKEY_ACCOUNT_COLUMNS};

constexpr SqlStatement kFindRegistered{"find_registered", "SELECT " REKEY_ACCOUNT_COLUMNS ", " REKEY_REACH_STANDBY
                                                          " FROM rekey.users u WHERE u.created_by_request = $1"};

// Reads the row of nobody for every address, and sends one row, so that the time of a refused log-in does not tell who has an
// account. The order keeps the database from stopping early if there is an account.
constexpr SqlStatement kFindAccount{"find_account", R"(
SELECT )" REKEY_ACCOUNT_COLUMNS R"(, true AS exists, rekey.accounts_source() = 'rekey' AS is_ours FROM )" REKEY_ACCOUNT_WITH(
                                                        "$1") R"(
UNION ALL
SELECT )" REKEY_ACCOUNT_COLUMNS R"(, false, true FROM rekey.nobody u
ORDER BY exists DESC LIMIT 1)"};

constexpr SqlStatement kListHashBeginnings{"list_hash_beginnings", "SELECT one.kind FROM rekey.password_kinds($1) AS one (kind)"};

// Commits without waiting for the disk: what a crash loses here harms nobody.
constexpr SqlStatement kNoteRefusal{"note_refused_log_in", R"(
INSERT INTO rekey.audit_log (event, email, request_id, client_ip)
SELECT 'login.refused', $1, $2, $3 WHERE NOT EXISTS (SELECT FROM rekey.audit_log WHERE request_id = $2 AND event = 'login.refused')
RETURNING (SELECT set_config('synchronous_commit', 'off', true)))"};

// The lock keeps the password from changing before the commit.
constexpr SqlStatement kLockVerified{"lock_verified", "SELECT rekey.lock_verified($1, $2) AS done"};

constexpr SqlStatement kChangePassword{"change_password",
                                       "SELECT rekey.change_password($1, $2, $3, $4::bytea, $5, $6, $7, $8, $9) AS done"};

// Finds the row that change_password() wrote.
constexpr SqlStatement kHasChanged{"has_changed_password",
                                   "SELECT " REKEY_REACH_STANDBY
                                   " FROM rekey.audit_log WHERE request_id = $1 AND event = 'password.changed'"};

constexpr SqlStatement kSetHash{"set_hash", "SELECT rekey.set_hash($1, $2, false)"};

constexpr SqlStatement kMoveTokens{"move_tokens", R"(
UPDATE rekey.reset_tokens t SET account_fingerprint = rekey.account_fingerprint($3, u.email)
FROM rekey.account_by_id($1) u
WHERE t.user_id = $1 AND t.account_fingerprint = rekey.account_fingerprint($2, u.email))"};

constexpr SqlStatement kMoveSessions{"move_sessions", R"(
UPDATE rekey.sessions SET password_fingerprint = rekey.password_fingerprint($3)
WHERE user_id = $1 AND password_fingerprint = rekey.password_fingerprint($2) AND ended_at IS NULL)"};

constexpr SqlStatement kInsertSession{"insert_session", R"(
INSERT INTO rekey.sessions (token_hash, user_id, password_fingerprint, expires_at, request_id, user_agent, country)
VALUES ($1::bytea, $2, rekey.password_fingerprint($3), now() + make_interval(secs => least($4::bigint, $5::bigint)), $6, $7, $8)
ON CONFLICT DO NOTHING RETURNING 1)"};

constexpr SqlStatement kFindSession{"find_session", "SELECT " REKEY_ACCOUNT_COLUMNS R"(
FROM rekey.sessions s CROSS JOIN LATERAL rekey.account_by_id(s.user_id) u
WHERE s.token_hash = $1::bytea AND )" REKEY_LIVE_SESSION R"( AND u.is_active
  AND s.password_fingerprint = rekey.password_fingerprint(u.password_hash))"};

constexpr SqlStatement kReachEnded{
    "reach_ended", "SELECT " REKEY_REACH_STANDBY " FROM rekey.sessions WHERE token_hash = $1::bytea AND ended_at IS NOT NULL"};

SqlParams hash_change(const std::string& id, const PasswordHash& from, const PasswordHash& to) {
  return SqlParams().text(id).text(from.text).text(to.text);
}

// The password is the same, only its hash is new: tokens and sessions issued under the old hash live on.
void upgrade_hash(SqlSession& session, const std::string& user_id, const PasswordHash& from, const PasswordHash& to) {
  session.run(kSetHash, SqlParams().text(user_id).text(to.text));
  session.run(kMoveTokens, hash_change(user_id, from, to));
  session.run(kMoveSessions, hash_change(user_id, from, to));
}

}  // namespace

std::optional<User> PostgresAccountStore::insert_user(const NewUser& user, const RequestInfo& request) {
  std::optional<User> created;
  pool_.transact([&](SqlSession& session) {
    created.reset();
    const SqlRows inserted = session.run(kInsertUser, SqlParams()
                                                          .text(user.username.text())
                                                          .text(user.email.text())
                                                          .text(user.password_hash.text)
                                                          .text(user.language)
                                                          .text(request.request_id));
    const SqlRows found = inserted.empty() ? session.run(kFindRegistered, SqlParams().text(request.request_id)) : inserted;
    if (!found.empty()) created = user_from(found[0]);
    if (!inserted.empty()) write_audit(session, "user.registered", created->id, request);
  });
  return created;
}

std::optional<Account> PostgresAccountStore::find_account(const EmailAddress& email) {
  const SqlRows rows = pool_.run(kFindAccount, SqlParams().text(email.normalized()));
  if (rows.empty()) throw std::logic_error("the table nobody has lost its row");
  auto account = account_from(rows[0]);
  if (!rows[0].boolean("is_ours")) account.keeper = HashKeeper::kProduct;
  return rows[0].boolean("exists") ? std::optional(std::move(account)) : std::nullopt;
}

bool PostgresAccountStore::open_session(const std::string& user_id, const PasswordHash& verified,
                                        const std::optional<PasswordHash>& upgraded, const NewSession& session_to_open,
                                        const RequestInfo& request) {
  bool opened = false;
  pool_.transact([&](SqlSession& session) {
    opened = session.run(kLockVerified, SqlParams().text(user_id).text(verified.text))[0].boolean("done");
    if (!opened) return;
    if (upgraded) upgrade_hash(session, user_id, verified, *upgraded);
    const SqlRows inserted = session.run(kInsertSession, SqlParams()
                                                             .bytes(session_to_open.token_hash)
                                                             .text(user_id)
                                                             .text(upgraded ? upgraded->text : verified.text)
                                                             .seconds(session_to_open.lifetime)
                                                             .seconds(session_to_open.longest)
                                                             .text(request.request_id)
                                                             .text(request.user_agent)
                                                             .text(request.country));
    if (!inserted.empty()) write_audit(session, "session.opened", user_id, request);
  });
  return opened;
}

std::optional<SessionUser> PostgresAccountStore::find_session(const TokenHash& token, const std::optional<NewSession>& renewal) {
  const SqlRows rows = pool_.run(kFindSession, SqlParams().bytes(token));
  if (rows.empty()) return std::nullopt;
  SessionUser found{account_from(rows[0])};
  if (renewal) found.renewed = renew_session(pool_, token, *renewal);
  return found;
}

void PostgresAccountStore::end_session(const TokenHash& token, const RequestInfo& request) {
  pool_.transact([&](SqlSession& session) {
    if (const auto user_id = end_chain_of(session, token)) return write_audit(session, "session.ended", *user_id, request);
    session.run(kReachEnded, SqlParams().bytes(token));
  });
}

std::vector<LiveSession> PostgresAccountStore::list_sessions(const std::string& user_id, const TokenHash& own, std::size_t most) {
  return list_chains(pool_, user_id, own, most);
}

bool PostgresAccountStore::end_chosen_sessions(const TokenHash& own, std::string_view chosen, const RequestInfo& request) {
  bool has_ended = false;
  pool_.transact([&](SqlSession& session) {
    const auto user_id = end_chosen_chains(session, own, chosen);
    has_ended = user_id.has_value();
    if (user_id) write_audit(session, "session.ended", *user_id, request);
  });
  return has_ended;
}

std::optional<std::string> PostgresAccountStore::end_reused_session(const TokenHash& token, const RequestInfo& request) {
  return end_reused_chain(pool_, token, request);
}

bool PostgresAccountStore::change_password(const std::string& user_id, const PasswordHash& verified,
                                           const PasswordHash& replacement, const TokenHash& kept_session,
                                           const RequestInfo& request) {
  SqlParams params = SqlParams().text(user_id).text(verified.text).text(replacement.text).bytes(kept_session);
  return pool_.run_once(kChangePassword, add_request(params, request))[0].boolean("done");
}

bool PostgresAccountStore::has_changed_password(const RequestInfo& request) {
  return !pool_.run(kHasChanged, SqlParams().text(request.request_id)).empty();
}

std::vector<std::string> PostgresAccountStore::list_hash_beginnings(std::size_t most) {
  const SqlRows rows = pool_.run(kListHashBeginnings, SqlParams().integer(static_cast<std::int64_t>(most)));
  std::vector<std::string> beginnings;
  beginnings.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) beginnings.push_back(rows[i].text("kind"));
  return beginnings;
}

void PostgresAccountStore::note_refused_log_in(const EmailAddress& email, const RequestInfo& request) {
  pool_.run(kNoteRefusal, SqlParams().text(email.normalized()).text(request.request_id).text(request.client_ip));
}

}  // namespace rekey
