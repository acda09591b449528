#include "origin/adapters/postgres_queue_store.h"

#include "origin/adapters/postgres_account_rows.h"
#include "origin/adapters/postgres_reset_claim.h"

namespace rekey {

namespace {

// Settling gives up waiting for the disk: a settlement that a crash forgets means one more mail with the same link, no more.
#define REKEY_NO_WAIT "set_config('synchronous_commit', 'off', true)"

// What may be settled: the row is still held by this claim.
#define REKEY_HELD "id = $1 AND attempts = $2 AND state = 'sending'"

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
  FROM owner WHERE )" REKEY_HELD R"( RETURNING id
), dead AS (
  DELETE FROM reset_tokens t USING held WHERE t.request_id = held.id
) SELECT )" REKEY_NO_WAIT " FROM held"};

constexpr SqlStatement kTryLater{"settle_try_later", R"(
WITH )" REKEY_OWNER R"(, next AS (
  SELECT id, next_mail_try(first_try_at) AS at FROM reset_requests, owner WHERE )" REKEY_HELD R"(
  FOR UPDATE OF reset_requests
), held AS (
  UPDATE reset_requests r
  SET state = CASE WHEN next.at <= deliver_by THEN 'queued' ELSE 'expired_undelivered' END,
      seed = CASE WHEN next.at <= deliver_by THEN seed END,
      ended_at = CASE WHEN next.at <= deliver_by THEN NULL ELSE now() END,
      due_at = next.at, smtp_code = $3
  FROM next WHERE r.id = next.id RETURNING r.id, r.state
), dead AS (
  DELETE FROM reset_tokens t USING held WHERE t.request_id = held.id AND held.state = 'expired_undelivered'
) SELECT )" REKEY_NO_WAIT " FROM held"};

// Given back by the claim that made its token, the row is as it was before: its link's life begins when it is really sent.
constexpr SqlStatement kUnclaimed{"settle_unclaimed", R"(
WITH held AS (
  UPDATE reset_requests
  SET state = 'queued', due_at = now(), user_id = NULL, seed = NULL, key_id = NULL, token_hash = NULL, token_expires_at = NULL,
      token_attempt = NULL, first_try_at = NULL, deliver_by = NULL
  WHERE )" REKEY_HELD R"( AND token_attempt = attempts RETURNING id
)
DELETE FROM reset_tokens t USING held WHERE t.request_id = held.id)"};

constexpr SqlStatement kReturned{"settle_returned",
                                 "UPDATE reset_requests SET state = 'queued', due_at = now() WHERE " REKEY_HELD};

// As a lease that is over leaves it: whoever claims it next mails the same link.
constexpr SqlStatement kUnheardOf{"settle_unknown", "UPDATE reset_requests SET due_at = now(), smtp_code = $3 WHERE " REKEY_HELD};

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
UPDATE reset_requests r SET due_at = now() FROM others, owner
WHERE r.id = others.id AND r.state = 'queued' AND r.seed IS NULL)"};

constexpr SqlStatement kClaimNotices{"claim_notices", R"(
WITH due AS (
  SELECT id FROM hook_deliveries WHERE ended_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE hook_deliveries h
SET state = 'sending', attempts = h.attempts + 1, first_try_at = coalesce(h.first_try_at, now()),
    due_at = now() + make_interval(secs => $1)
FROM due, users u WHERE h.id = due.id AND u.id = h.user_id
RETURNING h.id AS row_id, h.attempts, h.cause, h.message_key, floor(extract(epoch FROM h.changed_at))::bigint AS changed_at,
          h.request_id, h.client_ip, h.user_agent, h.country, h.accept_language, )" REKEY_ACCOUNT_COLUMNS};

constexpr SqlStatement kNoticeEnded{"settle_notice_ended",
                                    "UPDATE hook_deliveries SET state = $4, ended_at = now(), smtp_code = $3 WHERE " REKEY_HELD
                                    " RETURNING " REKEY_NO_WAIT};

// A notice that is a day late tells nothing any more.
constexpr SqlStatement kNoticeTryLater{"settle_notice_try_later", R"(
WITH next AS (
  SELECT id, next_mail_try(first_try_at) AS at FROM hook_deliveries WHERE )" REKEY_HELD R"( FOR UPDATE
)
UPDATE hook_deliveries h
SET state = CASE WHEN next.at <= changed_at + interval '1 day' THEN 'queued' ELSE 'expired_undelivered' END,
    ended_at = CASE WHEN next.at <= changed_at + interval '1 day' THEN NULL ELSE now() END,
    due_at = next.at, smtp_code = $3
FROM next WHERE h.id = next.id)"};

constexpr SqlStatement kNoticeReturned{"settle_notice_returned",
                                       "UPDATE hook_deliveries SET state = 'queued', due_at = now() WHERE " REKEY_HELD};

constexpr SqlStatement kNoticeUnheardOf{"settle_notice_unknown",
                                        "UPDATE hook_deliveries SET due_at = now(), smtp_code = $3 WHERE " REKEY_HELD};

constexpr SqlStatement kUntilNext{"until_next", R"(
SELECT coalesce(greatest(0, least($1::bigint, ceil(extract(epoch FROM least(
  (SELECT min(due_at) FROM reset_requests WHERE ended_at IS NULL),
  (SELECT min(due_at) FROM hook_deliveries WHERE ended_at IS NULL)) - now()) * 1000)::bigint)), $1::bigint) AS wait)"};

constexpr SqlStatement kListRequests{"list_requests", R"(
SELECT id, state, email, floor(extract(epoch FROM requested_at))::bigint AS requested_at, attempts, smtp_code
FROM reset_requests ORDER BY id DESC LIMIT $1)"};

SqlParams held_by(const Lease& lease) { return SqlParams().integer(lease.row_id).integer(lease.attempt); }
SqlParams held_by(const Lease& lease, int smtp_code) { return held_by(lease).integer(smtp_code); }

NoticeJob notice_from(const SqlRow& row) {
  return {.lease = {row.integer("row_id"), row.integer("attempts")},
          .user = user_from(row),
          .by_reset = row.text("cause") == "reset",
          .changed_at = row.time("changed_at"),
          .message_key = row.text("message_key"),
          .request = {.request_id = row.text("request_id"),
                      .client_ip = row.text("client_ip"),
                      .user_agent = row.text("user_agent"),
                      .country = row.text("country"),
                      .accept_language = row.text("accept_language")}};
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
      pool.run(kTryLater, held_by(lease, smtp_code));
      return;
    case Settlement::kReturned:
      pool.run(kUnclaimed, held_by(lease));
      pool.run(kReturned, held_by(lease));
      return;
    case Settlement::kUnknown:
      pool.run(kUnheardOf, held_by(lease, smtp_code));
      return;
  }
}

std::string masked(const std::string& email) {
  const std::size_t at = email.find('@');
  return email.substr(0, 1) + "***" + (at == std::string::npos ? "" : email.substr(at));
}

RequestState state_from(const SqlRow& row) {
  return {.id = row.integer("id"),
          .state = row.text("state"),
          .masked_email = masked(row.text("email")),
          .requested_at = row.time("requested_at"),
          .attempts = row.integer("attempts"),
          .smtp_code = static_cast<int>(row.integer("smtp_code"))};
}

}  // namespace

std::vector<ResetJob> PostgresQueueStore::claim_resets(const ClaimRules& rules, const HashOfPlan& hash_of, Random& random) {
  end_replaced_requests(pool_);
  std::vector<ResetJob> jobs;
  pool_.transact([&](SqlSession& session) {
    end_requests_without_account(session);
    jobs = claim_waiting_requests(session, rules, hash_of, random);
  });
  return jobs;
}

void PostgresQueueStore::settle_reset(const Lease& lease, Settlement settlement, int smtp_code) {
  end_attempt(pool_, lease, settlement, smtp_code);
  pool_.run(kWakeOthers, SqlParams().integer(lease.row_id));
}

std::vector<NoticeJob> PostgresQueueStore::claim_notices(std::chrono::seconds lease, std::size_t most) {
  const SqlRows rows = pool_.run(kClaimNotices, SqlParams().seconds(lease).integer(static_cast<std::int64_t>(most)));
  std::vector<NoticeJob> jobs;
  jobs.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) jobs.push_back(notice_from(rows[i]));
  return jobs;
}

void PostgresQueueStore::settle_notice(const Lease& lease, Settlement settlement, int smtp_code) {
  switch (settlement) {
    case Settlement::kSent:
      pool_.run(kNoticeEnded, held_by(lease, smtp_code).text("sent"));
      return;
    case Settlement::kRejected:
      pool_.run(kNoticeEnded, held_by(lease, smtp_code).text("rejected"));
      return;
    case Settlement::kTryLater:
      pool_.run(kNoticeTryLater, held_by(lease, smtp_code));
      return;
    case Settlement::kReturned:
      pool_.run(kNoticeReturned, held_by(lease));
      return;
    case Settlement::kUnknown:
      pool_.run(kNoticeUnheardOf, held_by(lease, smtp_code));
      return;
  }
}

std::chrono::milliseconds PostgresQueueStore::until_next(std::chrono::milliseconds limit) {
  const SqlRows rows = pool_.run(kUntilNext, SqlParams().integer(limit.count()));
  return std::chrono::milliseconds(rows[0].integer("wait"));
}

std::vector<RequestState> PostgresQueueStore::list_requests(std::size_t most) {
  const SqlRows rows = pool_.run(kListRequests, SqlParams().integer(static_cast<std::int64_t>(most)));
  std::vector<RequestState> states;
  states.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) states.push_back(state_from(rows[i]));
  return states;
}

}  // namespace rekey
