#include "origin/postgres/queue_store.h"

#include "origin/postgres/account_rows.h"
#include "origin/postgres/reset_claim.h"
#include "origin/postgres/reset_settlement.h"
#include "origin/postgres/settlement.h"

namespace rekey {

namespace {

constexpr SqlStatement kClaimNotices{"claim_notices", R"(
WITH due AS (
  SELECT id, due_at FROM hook_deliveries WHERE ended_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE hook_deliveries h
  SET state = 'sending', attempts = h.attempts + 1, first_try_at = coalesce(h.first_try_at, now()),
      due_at = now() + make_interval(secs => $1)
  FROM due, users u WHERE h.id = due.id AND u.id = h.user_id
  RETURNING due.due_at AS was_due, h.id AS row_id, h.attempts, h.cause, h.message_key,
            floor(extract(epoch FROM h.changed_at))::bigint AS changed_at,
            h.request_id, h.client_ip, h.user_agent, h.country, h.accept_language, )" REKEY_ACCOUNT_COLUMNS R"(
) SELECT * FROM claimed ORDER BY was_due, row_id)"};

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
                                       "UPDATE hook_deliveries SET state = 'queued', due_at = changed_at WHERE " REKEY_HELD};

constexpr SqlStatement kNoticeTurnedAway{"settle_notice_turned_away",
                                         "UPDATE hook_deliveries SET state = 'queued', due_at = now() WHERE " REKEY_HELD};

constexpr SqlStatement kNoticeCutOff{
    "settle_notice_cut_off",
    "UPDATE hook_deliveries SET state = 'queued', due_at = changed_at, smtp_code = $3 WHERE " REKEY_HELD};

constexpr SqlStatement kUntilNext{"until_next", R"(
SELECT coalesce(greatest(0, least($1::bigint, ceil(extract(epoch FROM least(
  (SELECT min(due_at) FROM reset_requests WHERE ended_at IS NULL),
  (SELECT min(due_at) FROM hook_deliveries WHERE ended_at IS NULL)) - now()) * 1000)::bigint)), $1::bigint) AS wait)"};

constexpr SqlStatement kListRequests{"list_requests", R"(
SELECT id, state, email, floor(extract(epoch FROM requested_at))::bigint AS requested_at, attempts, smtp_code
FROM reset_requests ORDER BY id DESC LIMIT $1)"};

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
  end_requests_without_account(pool_);
  std::vector<ResetJob> jobs;
  pool_.transact([&](SqlSession& session) { jobs = claim_waiting_requests(session, rules, hash_of, random); });
  return jobs;
}

void PostgresQueueStore::settle_reset(const Lease& lease, Settlement settlement, int smtp_code) {
  settle_reset_request(pool_, lease, settlement, smtp_code);
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
    case Settlement::kUnknown:
      pool_.run(kNoticeTryLater, held_by(lease, smtp_code));
      return;
    case Settlement::kCutOff:
      pool_.run(kNoticeCutOff, held_by(lease, smtp_code));
      return;
    case Settlement::kReturned:
      pool_.run(kNoticeReturned, held_by(lease));
      return;
    case Settlement::kTurnedAway:
      pool_.run(kNoticeTurnedAway, held_by(lease));
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
