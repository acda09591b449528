#include "origin/postgres/reset_claim.h"

#include "origin/postgres/account_rows.h"
#include "origin/postgres/claim_plan.h"

namespace rekey {

namespace {

// Arrays, not joins: a planner that guesses the number of due rows wrong would compare every row with every other.
constexpr SqlStatement kEndWithoutAccount{"end_without_account", R"(
WITH orphans AS (
  SELECT r.id FROM reset_requests r
  WHERE r.id = ANY (ARRAY(SELECT id FROM reset_requests
                          WHERE ended_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT 1000))
    AND r.ended_at IS NULL AND r.due_at <= now()
    AND NOT EXISTS (SELECT FROM users u WHERE lower(u.email COLLATE "C") = r.email AND u.is_active)
  FOR UPDATE OF r SKIP LOCKED
), dead_tokens AS (
  DELETE FROM reset_tokens WHERE request_id = ANY (ARRAY(SELECT id FROM orphans))
)
UPDATE reset_requests SET state = 'no_account', seed = NULL, ended_at = now() WHERE id = ANY (ARRAY(SELECT id FROM orphans)))"};

// Of several first requests of one address only the newest can go; it takes the oldest one's place in the queue, so that asking
// again puts nobody back. Why apart from the decision, which comes to the same: a flood
// for one account ends here a thousand rows at a time, instead of in one statement that runs into its time-out again and again.
constexpr SqlStatement kEndReplaced{"end_replaced", R"(
WITH first_due AS (
  SELECT id, email, seed, waiting_since FROM reset_requests WHERE ended_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT 1000
), placed AS (
  SELECT id, row_number() OVER (PARTITION BY email ORDER BY id DESC) AS place, count(*) OVER (PARTITION BY email) AS several,
         min(waiting_since) OVER (PARTITION BY email) AS since
  FROM first_due WHERE seed IS NULL
), held AS (
  SELECT r.id FROM reset_requests r
  WHERE r.id = ANY (ARRAY(SELECT id FROM placed WHERE several > 1)) AND r.state = 'queued' AND r.seed IS NULL
  FOR UPDATE OF r SKIP LOCKED
), replaced AS (
  UPDATE reset_requests SET state = 'superseded', ended_at = now()
  WHERE id = ANY (ARRAY(SELECT id FROM placed WHERE place > 1 INTERSECT SELECT id FROM held))
)
UPDATE reset_requests r SET waiting_since = p.since, due_at = least(r.due_at, p.since)
FROM placed p
WHERE r.id = p.id AND r.id = ANY (ARRAY(SELECT id FROM placed WHERE place = 1 INTERSECT SELECT id FROM held))
  AND p.since < r.waiting_since)"};

// The account's lock serialises the claims for one account; who doesn't get it leaves the account to whoever has it. More rows
// are looked at than may be taken: some are of one account, some of accounts that others hold.
constexpr SqlStatement kLockAccounts{"lock_due_accounts", "SELECT " REKEY_ACCOUNT_COLUMNS R"(,
       extract(epoch FROM date_trunc('second', now()))::bigint AS today
FROM (
  SELECT email, min(due_at) AS due_at
  FROM (SELECT email, due_at FROM reset_requests
        WHERE ended_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT $1::bigint * 8) AS first_due
  GROUP BY email
) AS due JOIN users u ON lower(u.email COLLATE "C") = due.email
WHERE u.is_active
ORDER BY due.due_at LIMIT $1::bigint
FOR NO KEY UPDATE OF u SKIP LOCKED)"};

// A lease that is over: its holder was never heard of again, and the mail may be in the inbox, as of when it was claimed.
constexpr SqlStatement kFreeLost{"free_lost_requests", R"(
UPDATE reset_requests r
SET state = 'queued', perhaps_mailed_at = r.perhaps_mailed_at || (r.due_at - make_interval(secs => $2))
FROM users u
WHERE u.id = ANY ($1::uuid[]) AND r.email = lower(u.email COLLATE "C") AND r.ended_at IS NULL
  AND r.state = 'sending' AND (r.due_at <= now()) IS TRUE)"};

// Of each account the one in flight and the newest; what else there is waits for the next claim. The accounts stay in their
// order, who has waited longest first: what is claimed and can't be begun in time is of those that came last.
constexpr SqlStatement kWaitingRequests{"waiting_requests", R"(
WITH placed AS (
  SELECT r.id, row_number() OVER (PARTITION BY u.id ORDER BY (r.state = 'sending') DESC, r.id DESC) AS place
  FROM users u JOIN reset_requests r ON r.email = lower(u.email COLLATE "C")
  WHERE u.id = ANY ($1::uuid[]) AND r.ended_at IS NULL
)
SELECT r.id, u.id AS account_id, r.attempts, r.key_id, r.message_key,
       r.request_id, r.client_ip, r.user_agent, r.country, r.accept_language, r.seed,
       extract(epoch FROM r.token_expires_at)::bigint AS token_expires_at,
       floor(extract(epoch FROM r.requested_at))::bigint AS requested_at,
       CASE WHEN r.due_at <= now() THEN 'due' WHEN r.state = 'sending' THEN 'leased' ELSE 'later' END AS standing,
       greatest(0, ceil(extract(epoch FROM r.due_at - now()) * 1000))::bigint AS due_in,
       CASE WHEN r.seed IS NULL THEN 'none'
            WHEN now() > r.deliver_by THEN 'too_late'
            WHEN EXISTS (SELECT FROM reset_tokens t WHERE t.request_id = r.id AND t.user_id = u.id
                           AND t.password_fingerprint = password_fingerprint(u.password_hash)) THEN 'alive'
            ELSE 'gone' END AS token
FROM users u JOIN reset_requests r ON r.email = lower(u.email COLLATE "C")
WHERE u.id = ANY ($1::uuid[]) AND r.ended_at IS NULL AND r.id = ANY (ARRAY(SELECT id FROM placed WHERE place <= 16))
ORDER BY array_position($1::uuid[], u.id), r.id DESC
FOR UPDATE OF r)"};

// A try of which nobody knows counts as a mail. One account at a time (LATERAL, a subquery for each token): a planner that knows
// of no sent mail yet would go through all of them.
constexpr SqlStatement kMailHistory{"mail_history", R"(
SELECT u.id AS account_id, sent.in_short AS sent_in_short, sent.in_long AS sent_in_long,
       coalesce(ceil(extract(epoch FROM sent.frees_short - now()) * 1000), 0)::bigint AS short_frees_in,
       (SELECT coalesce(max((SELECT CASE WHEN r.state = 'sent' THEN 2 WHEN r.ended_at IS NULL AND r.perhaps_mailed_at <> '{}' THEN 1 END
                             FROM reset_requests r WHERE r.id = t.request_id)), 0)
        FROM reset_tokens t
        WHERE t.user_id = u.id AND t.expires_at >= now() + make_interval(secs => $5)
          AND t.password_fingerprint = password_fingerprint(u.password_hash)) AS mailed_link
FROM users u CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE mail.at > now() - make_interval(secs => $3)) AS in_short,
         count(*) FILTER (WHERE mail.at > now() - make_interval(secs => $4)) AS in_long,
         (array_agg(mail.at ORDER BY mail.at DESC))[$2::integer] + make_interval(secs => $3) AS frees_short
  FROM (
    SELECT r.sent_at AS at FROM reset_requests r WHERE r.user_id = u.id AND r.state = 'sent'
      AND r.sent_at > now() - make_interval(secs => greatest($3::double precision, $4::double precision))
    UNION ALL
    SELECT unnest(r.perhaps_mailed_at) FROM reset_requests r WHERE r.user_id = u.id AND r.perhaps_mailed_at <> '{}'
  ) AS mail
) AS sent
WHERE u.id = ANY ($1::uuid[]))"};

DueAccounts lock_due_accounts(SqlSession& session, std::size_t most) {
  const SqlRows rows = session.run(kLockAccounts, SqlParams().integer(static_cast<std::int64_t>(most)));
  DueAccounts accounts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    accounts.ids.push_back(rows[i].text("id"));
    accounts.users.emplace(rows[i].text("id"), user_from(rows[i]));
    accounts.now = static_cast<UnixSeconds>(rows[i].integer("today"));
  }
  return accounts;
}

WaitingRequest waiting_from(const SqlRow& row) {
  using Standing = WaitingRequest::Standing;
  using Token = WaitingRequest::Token;
  const std::string standing = row.text("standing");
  const std::string token = row.text("token");
  return {.standing = standing == "due"      ? Standing::kDue
                      : standing == "leased" ? Standing::kLeased
                                             : Standing::kLater,
          .token = token == "none"    ? Token::kNone
                   : token == "alive" ? Token::kAlive
                   : token == "gone"  ? Token::kGone
                                      : Token::kTooLate,
          .due_in = std::chrono::milliseconds(row.integer("due_in"))};
}

MailHistory history_from(const SqlRow& row) {
  using MailedLink = MailHistory::MailedLink;
  constexpr MailedLink kLinks[] = {MailedLink::kNone, MailedLink::kPerhaps, MailedLink::kAlive};
  return {.sent_in_short = static_cast<std::uint32_t>(row.integer("sent_in_short")),
          .sent_in_long = static_cast<std::uint32_t>(row.integer("sent_in_long")),
          .short_frees_in = std::chrono::milliseconds(row.integer("short_frees_in")),
          .mailed_link = kLinks[row.integer("mailed_link")]};
}

std::unordered_map<std::string, MailHistory> load_histories(SqlSession& session, const DueAccounts& accounts,
                                                            const ClaimRules& rules) {
  const SqlRows rows = session.run(kMailHistory, SqlParams()
                                                     .texts(accounts.ids)
                                                     .integer(rules.per_short)
                                                     .seconds(rules.short_period)
                                                     .seconds(rules.long_period)
                                                     .seconds(useful_remainder(rules.lifetime)));
  std::unordered_map<std::string, MailHistory> histories;
  for (std::size_t i = 0; i < rows.size(); ++i) histories.emplace(rows[i].text("account_id"), history_from(rows[i]));
  return histories;
}

// Rows come grouped by account, newest first.
std::size_t end_of_group(const SqlRows& rows, std::size_t begin) {
  const std::string account = rows[begin].text("account_id");
  std::size_t end = begin + 1;
  while (end < rows.size() && rows[end].text("account_id") == account) ++end;
  return end;
}

}  // namespace

void end_requests_without_account(PostgresPool& pool) { pool.run(kEndWithoutAccount); }

void end_replaced_requests(PostgresPool& pool) { pool.run(kEndReplaced); }

std::vector<ResetJob> claim_waiting_requests(SqlSession& session, const ClaimRules& rules, const HashOfPlan& hash_of,
                                             Random& random) {
  const DueAccounts accounts = lock_due_accounts(session, rules.most);
  if (accounts.ids.empty()) return {};
  session.run(kFreeLost, SqlParams().texts(accounts.ids).seconds(rules.lease));
  const SqlRows rows = session.run(kWaitingRequests, SqlParams().texts(accounts.ids));
  const auto histories = load_histories(session, accounts, rules);
  ClaimPlan plan(accounts, rules, hash_of, random);
  for (std::size_t begin = 0; begin < rows.size();) {
    const std::size_t end = end_of_group(rows, begin);
    std::vector<WaitingRequest> requests;
    for (std::size_t i = begin; i < end; ++i) requests.push_back(waiting_from(rows[i]));
    const auto decisions = decide_claim(requests, histories.at(rows[begin].text("account_id")), rules);
    for (std::size_t i = begin; i < end; ++i) plan.add(rows[i], decisions[i - begin]);
    begin = end;
  }
  return plan.write(session);
}

}  // namespace rekey
