#include "origin/postgres/claim_plan.h"

namespace rekey {

namespace {

constexpr SqlStatement kClaimFirst{"claim_first", R"(
WITH plan AS (
  SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[]) AS p (id, user_id, seed, token_hash)
), claimed AS (
  UPDATE reset_requests r
  SET state = 'sending', due_at = now() + make_interval(secs => $5), attempts = r.attempts + 1, token_attempt = r.attempts + 1,
      first_try_at = now(), user_id = p.user_id, seed = p.seed, key_id = $6, token_hash = p.token_hash,
      token_expires_at = to_timestamp($7::bigint), deliver_by = to_timestamp($7::bigint) - make_interval(secs => $8)
  FROM plan p WHERE r.id = p.id
)
INSERT INTO reset_tokens (token_hash, user_id, request_id, password_fingerprint, expires_at)
SELECT p.token_hash, p.user_id, p.id, password_fingerprint(u.password_hash), to_timestamp($7::bigint)
FROM plan p JOIN users u ON u.id = p.user_id)"};

constexpr SqlStatement kClaimAgain{"claim_again", R"(
UPDATE reset_requests SET state = 'sending', due_at = now() + make_interval(secs => $2), attempts = attempts + 1
WHERE id = ANY ($1::bigint[]))"};

constexpr SqlStatement kPostpone{"postpone_requests", R"(
UPDATE reset_requests r SET due_at = now() + make_interval(secs => p.wait / 1000.0)
FROM unnest($1::bigint[], $2::bigint[]) AS p (id, wait) WHERE r.id = p.id)"};

constexpr SqlStatement kEndRequests{"end_requests", R"(
UPDATE reset_requests r SET state = p.state, seed = NULL, ended_at = now()
FROM unnest($1::bigint[], $2::text[]) AS p (id, state) WHERE r.id = p.id)"};

// Of a row with a try that nobody heard the end of, the mail may be in the inbox: such a token lives to its own end.
constexpr SqlStatement kEndTokensOf{"end_tokens_of", R"(
DELETE FROM reset_tokens t USING reset_requests r
WHERE t.request_id = ANY ($1::bigint[]) AND r.id = t.request_id AND r.perhaps_mailed_at = '{}')"};

ResetJob job_from(const SqlRow& row, const User& user) {
  ResetJob job;
  job.lease = {row.integer("id"), row.integer("attempts") + 1};
  job.user = user;
  job.requested_at = row.time("requested_at");
  job.message_key = row.text("message_key");
  job.request = {.request_id = row.text("request_id"),
                 .client_ip = row.text("client_ip"),
                 .user_agent = row.text("user_agent"),
                 .country = row.text("country"),
                 .accept_language = row.text("accept_language")};
  return job;
}

}  // namespace

ClaimPlan::ClaimPlan(const DueAccounts& accounts, const ClaimRules& rules, const HashOfPlan& hash_of, Random& random)
    : accounts_(accounts),
      rules_(rules),
      hash_of_(hash_of),
      random_(random),
      expires_at_(accounts.now + static_cast<UnixSeconds>(rules.lifetime.count())) {}

ClaimPlan::~ClaimPlan() {
  for (auto& seed : first_seeds_) wipe(seed);
}

void ClaimPlan::add(const SqlRow& row, const ClaimDecision& decision) {
  const std::int64_t id = row.integer("id");
  switch (decision.verdict) {
    case ClaimVerdict::kLeave:
      return;
    case ClaimVerdict::kGo:
      return add_first(row);
    case ClaimVerdict::kGoAgain:
      return add_again(row);
    case ClaimVerdict::kSupersede:
      return add_end(id, "superseded");
    case ClaimVerdict::kSuppress:
      return add_end(id, "suppressed");
    case ClaimVerdict::kExpire:
      expired_ids_.push_back(id);
      return add_end(id, "expired_undelivered");
    case ClaimVerdict::kWait:
      waiting_ids_.push_back(id);
      return waits_.push_back(decision.wait.count());
  }
}

// The requests are locked already, by whoever read them: tokens come after them, as everywhere.
std::vector<ResetJob> ClaimPlan::write(SqlSession& session) {
  if (!expired_ids_.empty()) session.run(kEndTokensOf, SqlParams().integers(expired_ids_));
  if (!ended_ids_.empty()) session.run(kEndRequests, SqlParams().integers(ended_ids_).texts(end_states_));
  if (!waiting_ids_.empty()) session.run(kPostpone, SqlParams().integers(waiting_ids_).integers(waits_));
  if (!again_ids_.empty()) session.run(kClaimAgain, SqlParams().integers(again_ids_).seconds(rules_.lease));
  if (!first_ids_.empty()) session.run(kClaimFirst, first_claim_params());
  return std::move(jobs_);
}

void ClaimPlan::add_first(const SqlRow& row) {
  ResetJob job = job_from(row, accounts_.users.at(row.text("account_id")));
  random_.fill(job.seed);
  job.key_id = rules_.key_id;
  job.expires_at = std::chrono::sys_seconds(std::chrono::seconds(expires_at_));
  first_ids_.push_back(job.lease.row_id);
  first_users_.push_back(job.user.id);
  first_seeds_.push_back(job.seed);
  first_hashes_.push_back(hash_of_({.seed = job.seed, .expires_at = expires_at_}));
  jobs_.push_back(std::move(job));
}

void ClaimPlan::add_again(const SqlRow& row) {
  ResetJob job = job_from(row, accounts_.users.at(row.text("account_id")));
  job.seed = row.bytes32("seed");
  job.key_id = static_cast<std::uint8_t>(row.integer("key_id"));
  job.expires_at = row.time("token_expires_at");
  again_ids_.push_back(job.lease.row_id);
  jobs_.push_back(std::move(job));
}

void ClaimPlan::add_end(std::int64_t id, const char* state) {
  ended_ids_.push_back(id);
  end_states_.emplace_back(state);
}

SqlParams ClaimPlan::first_claim_params() const {
  return SqlParams()
      .integers(first_ids_)
      .texts(first_users_)
      .byte_strings(first_seeds_)
      .byte_strings(first_hashes_)
      .seconds(rules_.lease)
      .integer(rules_.key_id)
      .integer(expires_at_)
      .seconds(useful_remainder(rules_.lifetime));
}

}  // namespace rekey
