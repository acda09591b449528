#include "origin/postgres/recovery_store.h"

#include "origin/postgres/account_rows.h"
#include "origin/postgres/audit.h"
#include "origin/postgres/standby_wait.h"

namespace rekey {

namespace {

// Tables, constraints, token_is_live(), use_reset_token() and try_code(): origin/migrations/0001_schema.sql.

// A forgot request does nothing else. ON CONFLICT: a replayed call changes nothing.
constexpr SqlStatement kInsertRequest{"insert_reset_request", R"(
INSERT INTO rekey.reset_requests (request_id, email, state, queued_email, due_at, ended_at, client_ip, user_agent, country, accept_language)
VALUES ($1, $2, $3, CASE $3 WHEN 'queued' THEN $2 END, CASE $3 WHEN 'queued' THEN now() END,
        CASE $3 WHEN 'suppressed' THEN now() END, $4, $5, $6, $7)
ON CONFLICT (request_id) DO NOTHING RETURNING 1)"};

// The same for requests that come at the same time.
constexpr SqlStatement kInsertRequests{"insert_reset_requests", R"(
INSERT INTO rekey.reset_requests (request_id, email, state, queued_email, due_at, ended_at, client_ip, user_agent, country, accept_language)
SELECT request_id, email, state, CASE state WHEN 'queued' THEN email END, CASE state WHEN 'queued' THEN now() END,
       CASE state WHEN 'suppressed' THEN now() END, client_ip, user_agent, country, accept_language
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
  AS r (request_id, email, state, client_ip, user_agent, country, accept_language)
ON CONFLICT (request_id) DO NOTHING RETURNING request_id AS key)"};

constexpr SqlStatement kReachStandby{"reach_standby", "SELECT " REKEY_REACH_STANDBY};

constexpr SqlStatement kWasIssued{"was_issued", "SELECT 1 FROM rekey.deliveries WHERE token_hash = $1::bytea"};

#define REKEY_LIVE_TOKEN "t.token_hash = $1::bytea AND rekey.token_is_live(t, u)"

constexpr SqlStatement kFindToken{
    "find_reset_token", "SELECT " REKEY_ACCOUNT_COLUMNS
                        " FROM rekey.reset_tokens t CROSS JOIN LATERAL rekey.account_by_id(t.user_id) u WHERE " REKEY_LIVE_TOKEN};

constexpr SqlStatement kUseToken{"use_reset_token", "SELECT rekey.use_reset_token($1::bytea, $2, $3, $4, $5, $6, $7) AS done"};

// Finds the row that use_reset_token() wrote.
constexpr SqlStatement kFindReset{"find_reset",
                                  "SELECT coalesce(u.email, '') AS email, " REKEY_REACH_STANDBY
                                  " FROM rekey.audit_log a LEFT JOIN LATERAL rekey.account_by_id(a.user_id) u ON true"
                                  " WHERE a.request_id = $1 AND a.event = 'password.reset'"};

constexpr SqlStatement kTryCode{"try_code", "SELECT verdict, token FROM rekey.try_code($1, $2::bytea[], $3, $4)"};

constexpr SqlStatement kCancelToken{"cancel_reset_token",
                                    "DELETE FROM rekey.reset_tokens t WHERE t.token_hash = ANY (ARRAY("
                                    "SELECT t.token_hash FROM rekey.reset_tokens t "
                                    "CROSS JOIN LATERAL rekey.account_by_id(t.user_id) u WHERE " REKEY_LIVE_TOKEN
                                    " AND lower(u.email COLLATE \"C\") = $2)) RETURNING t.user_id"};

// Of a token that no longer lives: perhaps another attempt has cancelled it.
constexpr SqlStatement kReachCancelled{"reach_cancelled",
                                       "SELECT " REKEY_REACH_STANDBY " FROM rekey.deliveries WHERE token_hash = $1::bytea"};

constexpr SqlStatement kPing{"ping", "SELECT 1"};

}  // namespace

PostgresRecoveryStore::PostgresRecoveryStore(PostgresPool& pool, const GroupCommitSettings& settings)
    : pool_(pool), requests_(pool, {kInsertRequest, kInsertRequests}, settings) {}

Inserted PostgresRecoveryStore::insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) {
  const auto inserted = requests_.insert(SqlParams()
                                             .text(request.request_id)
                                             .text(email.normalized())
                                             .text(mark == ForgotMark::kSuppressed ? "suppressed" : "queued")
                                             .text(request.client_ip)
                                             .text(request.user_agent)
                                             .text(request.country)
                                             .text(request.accept_language));
  if (inserted == Inserted::kNo) pool_.run(kReachStandby);
  return inserted;
}

bool PostgresRecoveryStore::was_issued(const TokenHash& token) {
  return !pool_.run(kWasIssued, SqlParams().bytes(token)).empty();
}

std::optional<Account> PostgresRecoveryStore::find_reset_token(const TokenHash& token) {
  const SqlRows rows = pool_.run(kFindToken, SqlParams().bytes(token));
  return rows.empty() ? std::nullopt : std::optional(account_from(rows[0]));
}

bool PostgresRecoveryStore::consume_reset_token(const TokenHash& token, const PasswordHash& replacement,
                                                const RequestInfo& request) {
  SqlParams params = SqlParams().bytes(token).text(replacement.text);
  return pool_.run_once(kUseToken, add_request(params, request))[0].boolean("done");
}

std::optional<std::string> PostgresRecoveryStore::find_reset(const RequestInfo& request) {
  const SqlRows rows = pool_.run(kFindReset, SqlParams().text(request.request_id));
  return rows.empty() ? std::nullopt : std::optional(rows[0].text("email"));
}

// May run twice: a call counts once.
CodeVerdict PostgresRecoveryStore::try_code(const CodeTry& attempt, std::uint32_t missed_a_day, const RequestInfo& request) {
  std::vector<std::optional<CodePrint>> prints;
  for (const KeyFingerprint& print : attempt.prints.all()) prints.emplace_back(print.bytes);
  const auto params = SqlParams().text(attempt.request_id).short_bytes(prints).text(request.request_id).integer(missed_a_day);
  const SqlRows rows = pool_.run(kTryCode, params);
  const std::string verdict = rows[0].text("verdict");
  if (verdict == "right") return {rows[0].bytes32("token"), CodeVerdict::Misses::kLeft};
  return {std::nullopt, verdict == "spent" ? CodeVerdict::Misses::kUsedUp : CodeVerdict::Misses::kLeft};
}

bool PostgresRecoveryStore::cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) {
  bool cancelled = false;
  pool_.transact([&](SqlSession& session) {
    const SqlRows rows = session.run(kCancelToken, SqlParams().bytes(token).text(email.normalized()));
    cancelled = !rows.empty();
    if (cancelled) return write_audit(session, "reset.cancelled", rows[0].text("user_id"), request);
    session.run(kReachCancelled, SqlParams().bytes(token));
  });
  return cancelled;
}

void PostgresRecoveryStore::ping() { pool_.run(kPing); }

}  // namespace rekey
