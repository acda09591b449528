#include "origin/postgres/reset_settlement.h"

#include "origin/postgres/settlement.h"

namespace rekey {

namespace {

// Its link cannot be in the inbox.
#define REKEY_SURELY_NOT_MAILED "perhaps_mailed_at = '{}'"

// The account's row before its requests and tokens, as everywhere: a claim of the same account, which locks in that order, stands
// aside instead of waiting crosswise. Who needs it joins `owner`, which has one row.
#define REKEY_OWNER                                                                                           \
  "owner AS (SELECT id AS owner_id FROM users WHERE id = (SELECT user_id FROM reset_requests WHERE id = $1) " \
  "FOR NO KEY UPDATE)"

constexpr SqlStatement kSent{"settle_sent", R"(
WITH )" REKEY_OWNER R"(, held AS (
  UPDATE reset_requests SET state = 'sent', seed = NULL, sent_at = now(), ended_at = now(), smtp_code = $3
  FROM owner WHERE )" REKEY_HELD R"( RETURNING id, user_id
), replaced AS (
  DELETE FROM reset_tokens t USING held WHERE t.user_id = held.user_id AND t.request_id <> held.id
) SELECT )" REKEY_NO_WAIT " FROM held"};

constexpr SqlStatement kRejected{"settle_rejected", R"(
WITH )" REKEY_OWNER R"(, held AS (
  UPDATE reset_requests SET state = 'rejected', seed = NULL, ended_at = now(), smtp_code = $3
  FROM owner WHERE )" REKEY_HELD R"( RETURNING id, perhaps_mailed_at
), dead AS (
  DELETE FROM reset_tokens t USING held WHERE t.request_id = held.id AND held.)" REKEY_SURELY_NOT_MAILED R"(
) SELECT )" REKEY_NO_WAIT " FROM held"};

// In: $4, "unknown" where the try that ended may have delivered the mail.
constexpr SqlStatement kTryBySchedule{"settle_try_by_schedule", R"(
WITH )" REKEY_OWNER R"(, next AS (
  SELECT id, next_mail_try(first_try_at) AS at FROM reset_requests, owner WHERE )" REKEY_HELD R"(
  FOR UPDATE OF reset_requests
), held AS (
  UPDATE reset_requests r
  SET state = CASE WHEN next.at <= deliver_by THEN 'queued' ELSE 'expired_undelivered' END,
      seed = CASE WHEN next.at <= deliver_by THEN seed END,
      ended_at = CASE WHEN next.at <= deliver_by THEN NULL ELSE now() END,
      due_at = next.at, smtp_code = $3,
      perhaps_mailed_at = CASE $4 WHEN 'unknown' THEN perhaps_mailed_at || now() ELSE perhaps_mailed_at END
  FROM next WHERE r.id = next.id RETURNING r.id, r.state, r.perhaps_mailed_at
), dead AS (
  DELETE FROM reset_tokens t USING held
  WHERE t.request_id = held.id AND held.state = 'expired_undelivered' AND held.)" REKEY_SURELY_NOT_MAILED R"(
) SELECT )" REKEY_NO_WAIT " FROM held"};

// Due at once, before those that came later: whoever claims it next mails the same link.
constexpr SqlStatement kCutOff{"settle_cut_off", R"(
UPDATE reset_requests
SET state = 'queued', due_at = waiting_since, smtp_code = $3, perhaps_mailed_at = perhaps_mailed_at || now()
WHERE )" REKEY_HELD};

// Where an untried row goes: to its old place, or behind those that wait now.
#define REKEY_PLACE "due_at = CASE $3 WHEN 'back' THEN waiting_since ELSE now() END"

// Given back by the claim that made its token, the row is as it was before: its link's life begins when it is really sent.
constexpr SqlStatement kUnclaimed{"settle_unclaimed",
                                  R"(
WITH held AS (
  UPDATE reset_requests
  SET state = 'queued', )" REKEY_PLACE
                                  R"(, user_id = NULL, seed = NULL, key_id = NULL, token_hash = NULL, token_expires_at = NULL,
      token_attempt = NULL, first_try_at = NULL, deliver_by = NULL
  WHERE )" REKEY_HELD R"( AND token_attempt = attempts RETURNING id
)
DELETE FROM reset_tokens t USING held WHERE t.request_id = held.id)"};

constexpr SqlStatement kReturned{"settle_returned",
                                 "UPDATE reset_requests SET state = 'queued', " REKEY_PLACE " WHERE " REKEY_HELD};

// Requests of the same address that waited for this one are looked at again. Why a statement of its own: settling may have waited
// for a claim of the account, and does not see the rows that came meanwhile and that the claim put off; this one sees them all.
// IS TRUE keeps the planner from walking the index of due times, through all that wait for a later one.
constexpr SqlStatement kWakeOthers{"wake_others", R"(
WITH others AS (
  SELECT r.id, r.email FROM reset_requests r
  WHERE r.email = (SELECT email FROM reset_requests WHERE id = $1) AND r.id <> $1 AND r.ended_at IS NULL
    AND r.state = 'queued' AND r.seed IS NULL AND (r.due_at > now()) IS TRUE
), owner AS (
  SELECT id AS owner_id FROM users WHERE lower(email COLLATE "C") = (SELECT email FROM others LIMIT 1) FOR NO KEY UPDATE
)
UPDATE reset_requests r SET due_at = r.waiting_since FROM others, owner
WHERE r.id = others.id AND r.state = 'queued' AND r.seed IS NULL)"};

void put_back_untried(PostgresPool& pool, const Lease& lease, const char* place) {
  pool.run(kUnclaimed, held_by(lease).text(place));
  pool.run(kReturned, held_by(lease).text(place));
}

void end_attempt(PostgresPool& pool, const Lease& lease, Settlement settlement, int smtp_code) {
  switch (settlement) {
    case Settlement::kSent:
      pool.run(kSent, held_by(lease, smtp_code));
      return;
    case Settlement::kRejected:
      pool.run(kRejected, held_by(lease, smtp_code));
      return;
    case Settlement::kTryLater:
      pool.run(kTryBySchedule, held_by(lease, smtp_code).text("not_taken"));
      return;
    case Settlement::kUnknown:
      pool.run(kTryBySchedule, held_by(lease, smtp_code).text("unknown"));
      return;
    case Settlement::kCutOff:
      pool.run(kCutOff, held_by(lease, smtp_code));
      return;
    case Settlement::kReturned:
      put_back_untried(pool, lease, "back");
      return;
    case Settlement::kTurnedAway:
      put_back_untried(pool, lease, "behind");
      return;
  }
}

}  // namespace

void settle_reset_request(PostgresPool& pool, const Lease& lease, Settlement settlement, int smtp_code) {
  end_attempt(pool, lease, settlement, smtp_code);
  pool.run(kWakeOthers, SqlParams().integer(lease.row_id));
}

}  // namespace rekey
