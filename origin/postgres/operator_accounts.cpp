#include "origin/postgres/operator_accounts.h"

#include "origin/postgres/account_rows.h"
#include "origin/postgres/account_source.h"
#include "origin/postgres/audit.h"
#include "origin/postgres/session_life.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

#define REKEY_ADDRESS "lower(u.email COLLATE \"C\")"

constexpr SqlStatement kList{"operator_list_users", "SELECT " REKEY_ACCOUNT_COLUMNS " FROM rekey.users u WHERE " REKEY_ADDRESS
                                                    R"( > $1 AND ($2 = '' OR u.is_active = ($2 = 'active'))
ORDER BY )" REKEY_ADDRESS " LIMIT $3"};

// `|| ''` keeps the planner off the index on the address: it would read all accounts in the index's order, one page of the table
// for each, in the hope of a match.
constexpr SqlStatement kSearch{"operator_search_users",
                               "SELECT " REKEY_ACCOUNT_COLUMNS " FROM rekey.users u WHERE (" REKEY_ADDRESS
                               R"( LIKE $4 OR lower(u.username COLLATE "C") LIKE $4)
  AND )" REKEY_ADDRESS R"( || '' > $1 AND ($2 = '' OR u.is_active = ($2 = 'active'))
ORDER BY )" REKEY_ADDRESS " || '' LIMIT $3"};

constexpr SqlStatement kFindByAddress{"operator_find_address", "SELECT u.id FROM " REKEY_ACCOUNT_WITH("$1")};
constexpr SqlStatement kFindById{"operator_find_id", "SELECT u.id FROM rekey.account_by_id($1) u"};

constexpr SqlStatement kShow{"operator_show_user", "SELECT " REKEY_ACCOUNT_COLUMNS
                                                   R"(, coalesce(rekey.password_kind(u.password_hash), '') AS password_kind,
  floor(extract(epoch FROM u.created_at))::bigint AS created_at,
  (SELECT count(*) FROM rekey.sessions s WHERE s.user_id = u.id AND )" REKEY_LIVE_SESSION R"(
     AND s.password_fingerprint = rekey.password_fingerprint(u.password_hash) AND u.is_active) AS sessions,
  (SELECT count(*) FROM rekey.reset_tokens t WHERE t.user_id = u.id AND rekey.token_is_live(t, u)) AS links,
  (SELECT count(*) FROM rekey.deliveries d WHERE d.user_id = u.id AND d.ended_at IS NULL) AS waiting_mails,
  (SELECT count(*) FROM rekey.audit_log a WHERE a.email = )" REKEY_ADDRESS R"( AND a.event = 'login.refused'
     AND a.at > now() - interval '1 day') AS refused_log_ins,
  (SELECT floor(extract(epoch FROM max(a.at)))::bigint FROM rekey.audit_log a
   WHERE a.user_id = u.id AND a.event = 'session.opened') AS last_log_in,
  (SELECT floor(extract(epoch FROM max(a.at)))::bigint FROM rekey.audit_log a
   WHERE a.user_id = u.id AND a.event IN ('password.reset', 'password.changed')) AS last_new_password
FROM rekey.account_by_id($1) u)"};

constexpr SqlStatement kListSessions{"operator_list_sessions", R"(
SELECT floor(extract(epoch FROM s.started_at))::bigint AS started_at, floor(extract(epoch FROM s.created_at))::bigint AS created_at,
       floor(extract(epoch FROM s.expires_at))::bigint AS expires_at, s.request_id,
       coalesce((SELECT a.client_ip FROM rekey.audit_log a WHERE a.request_id = s.request_id AND a.event = 'session.opened' LIMIT 1), '')
         AS client_ip
FROM rekey.sessions s CROSS JOIN rekey.account_by_id($1) u
WHERE s.user_id = $1 AND )" REKEY_LIVE_SESSION R"( AND u.is_active
  AND s.password_fingerprint = rekey.password_fingerprint(u.password_hash)
ORDER BY s.started_at DESC, s.created_at DESC LIMIT $2)"};

constexpr SqlStatement kSetActive{"operator_set_active", "UPDATE rekey.users SET is_active = $2 WHERE id = $1::uuid RETURNING 1"};
constexpr SqlStatement kLock{"operator_lock_user", "SELECT 1 FROM rekey.lock_account($1)"};
constexpr SqlStatement kHasPassword{"operator_has_password",
                                    "SELECT u.password_hash IS NOT NULL AS has_password FROM rekey.account_by_id($1) u"};
constexpr SqlStatement kSpoil{"operator_spoil_hash", "SELECT rekey.set_hash($1, $2, false)"};
constexpr SqlStatement kAfterPassword{"operator_after_password", "SELECT rekey.after_password($1, 'operator')"};
constexpr SqlStatement kDelete{"operator_delete_user", "DELETE FROM rekey.users WHERE id = $1::uuid RETURNING 1"};
constexpr SqlStatement kEndTokens{"operator_end_tokens", "DELETE FROM rekey.reset_tokens WHERE user_id = $1"};
constexpr SqlStatement kNow{"operator_now", "SELECT floor(extract(epoch FROM now()))::bigint AS now"};

constexpr SqlStatement kIssue{"operator_issue_link", R"(
WITH owner AS MATERIALIZED (
  SELECT id, rekey.account_fingerprint(password_hash, email) AS fingerprint FROM rekey.account_by_id($1) WHERE is_active
), made AS (
  INSERT INTO rekey.deliveries (kind, user_id, state, due_at, deliver_by, key_id, token_hash, token_expires_at, request_id, client_ip,
                          user_agent, country, accept_language, ended_at)
  SELECT 'link', id, 'sent', NULL, to_timestamp($4::bigint), $3, $2::bytea, to_timestamp($4::bigint), $5, '', '', '', '', now()
  FROM owner RETURNING id, user_id, token_hash, token_expires_at
)
INSERT INTO rekey.reset_tokens (token_hash, user_id, delivery, account_fingerprint, expires_at)
SELECT made.token_hash, made.user_id, made.id, owner.fingerprint, made.token_expires_at FROM made, owner RETURNING 1)"};

// A pattern of LIKE that matches the text anywhere.
std::string pattern_for(std::string_view search) {
  std::string pattern = "%";
  for (const char c : to_lower(search)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

std::string_view word_of(const std::optional<Standing>& standing) {
  if (!standing) return "";
  return *standing == Standing::kActive ? "active" : "inactive";
}

std::optional<std::chrono::sys_seconds> time_or_none(const SqlRow& row, std::string_view column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

UserDetails details_from(const SqlRow& row) {
  return {.user = user_from(row),
          .password_kind = row.text("password_kind"),
          .created_at = time_or_none(row, "created_at"),
          .sessions = row.integer("sessions"),
          .links = row.integer("links"),
          .waiting_mails = row.integer("waiting_mails"),
          .refused_log_ins = row.integer("refused_log_ins"),
          .last_log_in = time_or_none(row, "last_log_in"),
          .last_new_password = time_or_none(row, "last_new_password")};
}

SessionState session_from(const SqlRow& row) {
  return {.started_at = row.time("started_at"),
          .renewed_at = row.time("created_at"),
          .expires_at = row.time("expires_at"),
          .request_id = row.text("request_id"),
          .client_ip = row.text("client_ip")};
}

std::optional<std::string> id_from(const SqlRows& rows) {
  return rows.empty() ? std::nullopt : std::optional(rows[0].text("id"));
}

void end_everything_of(SqlSession& session, const std::string& user_id) {
  session.run(kEndTokens, SqlParams().text(user_id));
  end_sessions_of(session, user_id);
}

}  // namespace

std::vector<User> PostgresOperatorAccounts::list(const UserFilter& filter, const Page& page) {
  require_own_accounts(pool_, "list them");
  SqlParams params = SqlParams().text(page.after).text(word_of(filter.standing)).integer(static_cast<std::int64_t>(page.most));
  if (!filter.search.empty()) params.text(pattern_for(filter.search));
  const SqlRows rows = pool_.run(filter.search.empty() ? kList : kSearch, params);
  std::vector<User> users;
  users.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) users.push_back(user_from(rows[i]));
  return users;
}

std::optional<std::string> PostgresOperatorAccounts::find_by_address(const EmailAddress& email) {
  return id_from(pool_.run(kFindByAddress, SqlParams().text(email.normalized())));
}

// 22P02: the text is none of the column's type.
std::optional<std::string> PostgresOperatorAccounts::find_by_id(const std::string& user_id) {
  try {
    return id_from(pool_.run(kFindById, SqlParams().text(user_id)));
  } catch (const DatabaseFault& fault) {
    if (fault.sqlstate() == "22P02") return std::nullopt;
    throw;
  }
}

std::optional<UserDetails> PostgresOperatorAccounts::show(const std::string& user_id) {
  const SqlRows rows = pool_.run(kShow, SqlParams().text(user_id));
  return rows.empty() ? std::nullopt : std::optional(details_from(rows[0]));
}

std::vector<SessionState> PostgresOperatorAccounts::list_sessions(const std::string& user_id, std::size_t most) {
  const SqlRows rows = pool_.run(kListSessions, SqlParams().text(user_id).integer(static_cast<std::int64_t>(most)));
  std::vector<SessionState> sessions;
  sessions.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) sessions.push_back(session_from(rows[i]));
  return sessions;
}

bool PostgresOperatorAccounts::set_standing(const std::string& user_id, Standing standing, const OperatorAct& act) {
  require_own_accounts(pool_, "enable and disable them");
  bool exists = false;
  pool_.transact([&](SqlSession& session) {
    const bool active = standing == Standing::kActive;
    exists = !session.run(kSetActive, SqlParams().text(user_id).boolean(active)).empty();
    if (!exists) return;
    if (!active) end_everything_of(session, user_id);
    write_operator_audit(session, active ? "user.enabled" : "user.disabled", user_id, act.request_id, act.name);
  });
  return exists;
}

bool PostgresOperatorAccounts::end_sessions(const std::string& user_id, const OperatorAct& act) {
  bool exists = false;
  pool_.transact([&](SqlSession& session) {
    exists = !session.run(kLock, SqlParams().text(user_id)).empty();
    if (!exists) return;
    end_sessions_of(session, user_id);
    write_operator_audit(session, "sessions.ended", user_id, act.request_id, act.name);
  });
  return exists;
}

PostgresOperatorAccounts::Required PostgresOperatorAccounts::require_reset(const std::string& user_id,
                                                                           const PasswordHash& unmatched,
                                                                           const OperatorAct& act) {
  auto required = Required::kNoAccount;
  pool_.transact([&](SqlSession& session) {
    required = Required::kNoAccount;
    if (session.run(kLock, SqlParams().text(user_id)).empty()) return;
    const SqlRows rows = session.run(kHasPassword, SqlParams().text(user_id));
    required = rows.empty() || !rows[0].boolean("has_password") ? Required::kNoPassword : Required::kDone;
    if (required != Required::kDone) return;
    session.run(kSpoil, SqlParams().text(user_id).text(unmatched.text));
    session.run(kAfterPassword, SqlParams().text(user_id));
    end_everything_of(session, user_id);
    write_operator_audit(session, "user.reset_required", user_id, act.request_id, act.name);
  });
  return required;
}

bool PostgresOperatorAccounts::remove(const std::string& user_id, const OperatorAct& act) {
  require_own_accounts(pool_, "delete them");
  bool existed = false;
  pool_.transact([&](SqlSession& session) {
    existed = !session.run(kDelete, SqlParams().text(user_id)).empty();
    if (existed) write_operator_audit(session, "user.deleted", user_id, act.request_id, act.name);
  });
  return existed;
}

UnixSeconds PostgresOperatorAccounts::now() { return static_cast<UnixSeconds>(pool_.run(kNow)[0].integer("now")); }

bool PostgresOperatorAccounts::issue_link(const std::string& user_id, const TokenHash& token, std::uint8_t key_id,
                                          UnixSeconds expires_at, const OperatorAct& act) {
  bool issued = false;
  pool_.transact([&](SqlSession& session) {
    const SqlParams params =
        SqlParams().text(user_id).bytes(token).integer(key_id).integer(std::int64_t{expires_at}).text(act.request_id);
    session.run(kLock, SqlParams().text(user_id));  // in a statement of its own, so that the next sees what its last holder did
    issued = !session.run(kIssue, params).empty();
    if (issued) write_operator_audit(session, "link.issued", user_id, act.request_id, act.name);
  });
  return issued;
}

}  // namespace rekey
