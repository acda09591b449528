#include "origin/postgres/outbox.h"

#include <algorithm>
#include <map>

#include "origin/postgres/account_rows.h"

namespace rekey {

namespace {

// Records a lease that ran out as a `lost` attempt, which began with the lease and may have delivered the mail.
// Leaves the indexed `due_at` alone, so that the new row version stays on its page and no index grows.
// Locks and looks up in one statement: of a lost lease it may see the fingerprint of before a reset that has just committed, and
// mail a link that is dead already. Harmless: the token is gone. If another transaction holds the account, as a long UPDATE does,
// the lease's holder may be waiting to settle. A new attempt would have to wait, too, and one mail would go out at each lease's
// end. So such a delivery is put off by some seconds.
constexpr SqlStatement kClaim{"claim_deliveries", R"(
WITH due AS MATERIALIZED (
  SELECT * FROM rekey.deliveries WHERE due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
), free AS MATERIALIZED (
  SELECT id FROM rekey.lock_free_accounts(ARRAY(SELECT user_id FROM due WHERE leased_until IS NOT NULL AND user_id IS NOT NULL), NULL) AS id
), judged AS MATERIALIZED (
  SELECT due.id AS delivery, due.attempt, due.kind, due.user_id, due.due_at, due.seed, due.has_code, due.key_id, due.cause, due.message_key,
         extract(epoch FROM due.token_expires_at)::bigint AS token_expires_at,
         floor(extract(epoch FROM due.happened_at))::bigint AS happened_at,
         due.request_id, due.client_ip, due.user_agent, due.country, due.accept_language,
         floor(extract(epoch FROM now()))::bigint AS claimed_at,
         u.id, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.is_listed, u.sign_in_with,
         u.password_hash IS NULL AS has_no_password,
         CASE WHEN due.user_id IS NULL THEN 'go'
              WHEN due.leased_until IS NOT NULL AND u.id IS NOT NULL AND u.id <> ALL (ARRAY(SELECT id FROM free)) THEN 'held'
              WHEN u.id IS NULL OR (due.kind = 'reset' AND NOT u.is_active) THEN 'no_account'
              WHEN now() > due.deliver_by THEN
                CASE WHEN due.kind = 'reset' AND due.attempt = 0 THEN 'never_tried' ELSE 'expired_undelivered' END
              WHEN due.kind = 'reset' AND (SELECT t.account_fingerprint FROM rekey.reset_tokens t WHERE t.delivery = due.id)
                                          IS DISTINCT FROM u.fingerprint THEN 'superseded'
              ELSE 'go' END AS verdict
  FROM due LEFT JOIN LATERAL (
    SELECT *, rekey.account_fingerprint(password_hash, email) AS fingerprint,
           (SELECT count(*) > 0 FROM rekey.suppressed_addresses s WHERE s.email = lower(owner.email COLLATE "C")) AS is_listed
    FROM rekey.account_by_id(due.user_id) AS owner OFFSET 0
  ) AS u ON true
), lost AS (
  INSERT INTO rekey.delivery_attempts (delivery, attempt, kind, user_id, outcome, at)
  SELECT id, attempt, kind, user_id, 'lost', leased_until - make_interval(secs => $2) FROM due
  WHERE leased_until IS NOT NULL AND id = ANY (ARRAY(SELECT delivery FROM judged WHERE verdict <> 'held'))
), passed_over AS (
  UPDATE rekey.deliveries SET leased_until = now() + interval '5 seconds'
  WHERE id = ANY (ARRAY(SELECT delivery FROM judged WHERE verdict = 'held'))
), leased AS (
  UPDATE rekey.deliveries
  SET state = 'sending', attempt = attempt + 1, leased_until = now() + make_interval(secs => $2),
      first_try_at = coalesce(first_try_at, now())
  WHERE id = ANY (ARRAY(SELECT delivery FROM judged WHERE verdict = 'go'))
)
SELECT * FROM judged WHERE verdict <> 'held' ORDER BY due_at, delivery)"};

// The delivery that is due first.
constexpr SqlStatement kPutOffFirst{"put_off_delivery", R"(
UPDATE rekey.deliveries SET due_at = now() + interval '1 minute' WHERE id = (
  SELECT id FROM rekey.deliveries WHERE due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, deliver_by < now() AS late)"};

constexpr SqlStatement kEnd{"end_deliveries", R"(
WITH ended AS (
  UPDATE rekey.deliveries SET state = $2, due_at = NULL, leased_until = NULL, seed = NULL, ended_at = now()
  WHERE id = ANY ($1::bigint[]) RETURNING id, reset_request
), requests AS (
  UPDATE rekey.reset_requests SET state = $2, ended_at = now() WHERE id = ANY (ARRAY(SELECT reset_request FROM ended))
)
DELETE FROM rekey.reset_tokens WHERE $2 <> 'superseded' AND delivery = ANY (ARRAY(
  SELECT id FROM ended WHERE NOT )" REKEY_PERHAPS_MAILED("ended.id") "))"};

// A group of attempts, each judged by itself. Locks the accounts first, as everywhere; a rehearsal has none. Passes over an
// account that somebody holds: its attempt would hold up the others. If the account is gone nothing is settled: the next claim
// ends the delivery. Plans the next try only for a mail that needs one: next_delivery_try() takes longer than all the rest.
// Commits without waiting for the disk: a settlement lost in a crash becomes a `lost` attempt.
constexpr SqlStatement kSettle{"settle_deliveries", R"(
WITH owners AS MATERIALIZED (
  SELECT id FROM rekey.lock_free_accounts(array_remove(ARRAY(SELECT user_id FROM rekey.deliveries WHERE id = ANY ($1::bigint[])), NULL), NULL) AS id
), next AS MATERIALIZED (
  SELECT d.id, word.attempt, word.outcome, word.smtp_code,
         CASE WHEN d.user_id IS NULL THEN 'no_account'
              WHEN word.outcome = 'rehearsed' THEN 'suppressed'
              WHEN word.outcome = 'taken' THEN 'sent'
              WHEN word.outcome IN ('refused', 'poisoned') THEN 'rejected'
              WHEN word.outcome = 'cut_off' OR try.at <= d.deliver_by THEN 'queued'
              ELSE 'expired_undelivered' END AS state,
         CASE word.outcome WHEN 'cut_off' THEN d.waiting_since ELSE try.at END AS due_at
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[]) AS word (id, attempt, outcome, smtp_code)
  JOIN rekey.deliveries d ON d.id = word.id AND d.id = ANY ($1::bigint[])
  CROSS JOIN LATERAL (
    SELECT CASE WHEN d.user_id IS NOT NULL AND word.outcome NOT IN ('taken', 'refused', 'poisoned', 'cut_off', 'rehearsed')
                THEN rekey.next_delivery_try(d.first_try_at) END AS at OFFSET 0
  ) AS try
  WHERE d.user_id IS NULL OR d.user_id = ANY (ARRAY(SELECT id FROM owners))
), held AS (
  UPDATE rekey.deliveries d
  SET state = next.state, leased_until = NULL, smtp_code = next.smtp_code,
      due_at = CASE next.state WHEN 'queued' THEN next.due_at END,
      seed = CASE next.state WHEN 'queued' THEN d.seed END,
      ended_at = CASE next.state WHEN 'queued' THEN NULL ELSE now() END
  FROM next WHERE d.id = ANY ($1::bigint[]) AND d.id = next.id AND d.attempt = next.attempt AND d.state = 'sending'
  RETURNING d.id, d.attempt, d.kind, d.user_id, d.reset_request, d.state, d.smtp_code, next.outcome
), recorded AS (
  INSERT INTO rekey.delivery_attempts (delivery, attempt, kind, user_id, outcome, smtp_code)
  SELECT id, attempt, kind, user_id, outcome, smtp_code FROM held
), requests AS (
  UPDATE rekey.reset_requests r SET state = (SELECT state FROM held WHERE held.reset_request = r.id), ended_at = now()
  WHERE id = ANY (ARRAY(SELECT reset_request FROM held WHERE state <> 'queued'))
), dead AS (
  DELETE FROM rekey.reset_tokens t WHERE user_id = ANY (ARRAY(SELECT user_id FROM held WHERE kind = 'reset' AND state <> 'queued'))
    AND (SELECT bool_or(CASE held.state WHEN 'sent' THEN t.delivery <> held.id
                        ELSE t.delivery = held.id AND held.outcome <> 'unknown' AND NOT )" REKEY_PERHAPS_MAILED(
                                                        "held.id") R"( END)
         FROM held WHERE held.user_id = t.user_id AND held.kind = 'reset' AND held.state <> 'queued')
)
SELECT id, state, outcome, (SELECT set_config('synchronous_commit', 'off', true)) FROM held)"};

// Of attempts that kSettle left alone, those whose account is there: it was held.
constexpr SqlStatement kStillHeld{"still_held", R"(
SELECT d.id FROM rekey.deliveries d
WHERE d.id = ANY ($1::bigint[]) AND d.attempt = ($2::bigint[])[array_position($1::bigint[], d.id)] AND d.state = 'sending'
  AND (SELECT count(*) FROM rekey.account_by_id(d.user_id)) > 0)"};

// An untried delivery goes to its old place, or behind the waiting ones.
#define REKEY_BEHIND "$3 = 'behind'"

// A mail that was not tried no longer counts for the hour. In: $4, when it was counted, NULL if it was not.
#define REKEY_UNCOUNT(untried)                                                                                                   \
  "uncounted AS (UPDATE rekey.mail_minutes SET mails = mails - 1 WHERE minute = date_trunc('minute', to_timestamp($4::bigint)) " \
  "AND (SELECT count(*) FROM " untried ") > 0)"

// Undoes a delivery that was never tried: its request becomes undecided again, so that the link's lifetime starts with the
// delivery that is really sent.
constexpr SqlStatement kUndo{"undo_delivery", R"(
WITH undone AS (
  DELETE FROM rekey.deliveries WHERE id = $1 AND attempt = $2 AND attempt = 1 AND state = 'sending' AND kind = 'reset'
  RETURNING reset_request
), )" REKEY_UNCOUNT("undone") R"(
UPDATE rekey.reset_requests
SET state = 'queued', queued_email = email, due_at = CASE WHEN )" REKEY_BEHIND R"( THEN now() ELSE waiting_since END
WHERE id = (SELECT reset_request FROM undone) RETURNING 1)"};

// Undoes deliveries that were not claimed until their link had too little life left: the mail worker, the database or the relay
// was away.
constexpr SqlStatement kUndoNeverTried{"undo_never_tried", R"(
WITH undone AS (DELETE FROM rekey.deliveries WHERE id = ANY ($1::bigint[]) RETURNING reset_request)
UPDATE rekey.reset_requests SET state = 'queued', queued_email = email, due_at = waiting_since
WHERE id = ANY (ARRAY(SELECT reset_request FROM undone)))"};

constexpr SqlStatement kRelease{"release_delivery", R"(
WITH released AS (
  UPDATE rekey.deliveries SET state = 'queued', leased_until = NULL, due_at = CASE WHEN )" REKEY_BEHIND
                                                    R"( THEN now() ELSE waiting_since END
  WHERE id = $1 AND attempt = $2 AND state = 'sending' RETURNING 1
), )" REKEY_UNCOUNT("released") R"(
SELECT 1 FROM released)"};

// Decisions look at the budget, claims spend it: they take its lock, one after the other, so that origins can't spend it twice.
constexpr SqlStatement kMailsLeft{"mails_left", "SELECT rekey.mails_left($1) AS mails"};
constexpr SqlStatement kLockBudget{"lock_mail_budget", "SELECT rekey.lock_mail_budget($1) AS mails"};
constexpr SqlStatement kCountMails{"count_mails", R"(
INSERT INTO rekey.mail_minutes (minute, mails) VALUES (date_trunc('minute', now()), $1)
ON CONFLICT (minute) DO UPDATE SET mails = mail_minutes.mails + excluded.mails)"};

DeliveryKind kind_from(const SqlRow& row) {
  const auto kind = row.text("kind");
  if (kind == "reset") return DeliveryKind::kReset;
  return kind == "session_reused" ? DeliveryKind::kSessionReused : DeliveryKind::kPasswordChanged;
}

Delivery delivery_from(const SqlRow& row) {
  Delivery delivery;
  delivery.lease = {row.integer("delivery"), row.integer("attempt") + 1};
  delivery.kind = kind_from(row);
  if (!row.is_null("user_id") && !row.boolean("is_listed")) delivery.user = user_from(row);
  if (delivery.kind == DeliveryKind::kReset) {
    delivery.token = {row.bytes32("seed"), static_cast<UnixSeconds>(row.integer("token_expires_at"))};
    delivery.key_id = static_cast<std::uint8_t>(row.integer("key_id"));
    delivery.code = row.boolean("has_code") ? CodeInMail::kShown : CodeInMail::kNone;
  }
  delivery.by_reset = row.text("cause") == "reset";
  delivery.happened_at = row.time("happened_at");
  delivery.message_key = row.text("message_key");
  delivery.request = {.request_id = row.text("request_id"),
                      .client_ip = row.text("client_ip"),
                      .user_agent = row.text("user_agent"),
                      .country = row.text("country"),
                      .accept_language = row.text("accept_language")};
  return delivery;
}

MailEnd end_of_claim(std::string_view verdict) {
  if (verdict == "no_account") return MailEnd::kAccountGone;
  return verdict == "superseded" ? MailEnd::kLinkEnded : MailEnd::kLate;
}

EndedDelivery ended_from(const SqlRow& row) {
  return {row.integer("delivery"), kind_from(row), end_of_claim(row.text("verdict")), row.text("request_id")};
}

Claimed claimed_from(const SqlRows& rows, std::size_t most) {
  Claimed claimed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string verdict = rows[i].text("verdict");
    if (verdict == "go") {
      claimed.deliveries.push_back(delivery_from(rows[i]));
    } else if (verdict != "never_tried") {
      claimed.ended.push_back(ended_from(rows[i]));
    }
  }
  if (rows.size() >= most) claimed.fill = Fill::kFull;
  return claimed;
}

// Under the budget's lock, so that the sum which it allowed still holds.
void count_mails(SqlSession& session, const SqlRows& rows, Claimed& claimed) {
  std::int64_t mails = 0;
  for (Delivery& delivery : claimed.deliveries) {
    if (!delivery.user) continue;
    delivery.lease.counted_at = rows[0].time("claimed_at");
    ++mails;
  }
  if (mails > 0) session.run(kCountMails, SqlParams().integer(mails));
}

std::size_t lock_budget(SqlSession& session, const MailRules& rules) {
  const SqlRows rows = session.run(kLockBudget, SqlParams().integer(rules.per_hour));
  return std::min(rules.most, static_cast<std::size_t>(rows[0].integer("mails")));
}

void undo_never_tried(SqlSession& session, const SqlRows& rows) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].text("verdict") == "never_tried") ids.push_back(rows[i].integer("delivery"));
  }
  if (!ids.empty()) session.run(kUndoNeverTried, SqlParams().integers(ids));
}

bool is_untried(const Attempt& attempt) { return attempt.verdict && leaves_untried(*attempt.verdict); }

// A group of attempts as kSettle reads it.
struct AttemptColumns {
  std::vector<std::int64_t> deliveries, attempts, smtp_codes;
  std::vector<std::string> outcomes;

  void add(const Attempt& attempt) {
    deliveries.push_back(attempt.lease.delivery);
    attempts.push_back(attempt.lease.attempt);
    outcomes.emplace_back(attempt.verdict ? word_of(*attempt.verdict) : "rehearsed");
    smtp_codes.push_back(attempt.smtp_code);
  }
  SqlParams leases_as_params() const { return SqlParams().integers(deliveries).integers(attempts); }
  SqlParams as_params() const { return leases_as_params().texts(outcomes).integers(smtp_codes); }
};

MailEnd end_of_undelivered(std::string_view outcome) {
  return outcome == word_of(MailVerdict::kUnknown) ? MailEnd::kUnheard : MailEnd::kDeferred;
}

std::optional<MailEnd> end_of_attempt(const SqlRow& row) {
  const std::string state = row.text("state");
  const std::string outcome = row.text("outcome");
  if (state == "queued") return std::nullopt;
  if (state == "sent") return MailEnd::kTaken;
  if (state == "no_account") return MailEnd::kUnknownAddress;
  if (state == "suppressed") return MailEnd::kListed;
  if (state == "rejected") return outcome == "poisoned" ? MailEnd::kPoisoned : MailEnd::kRefused;
  return end_of_undelivered(outcome);
}

std::map<std::int64_t, Settled> settled_from(const SqlRows& rows) {
  std::map<std::int64_t, Settled> settled;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    settled[rows[i].integer("id")] = {Settled::Kind::kDone, end_of_attempt(rows[i])};
  }
  return settled;
}

// A delivery that kSettle has settled keeps its entry.
void add_held(const SqlRows& rows, std::map<std::int64_t, Settled>& settled) {
  for (std::size_t i = 0; i < rows.size(); ++i) settled.try_emplace(rows[i].integer("id"), Settled{Settled::Kind::kHeld, {}});
}

void put_off_first(PostgresPool& pool) {
  pool.transact([](SqlSession& session) {
    const SqlRows rows = session.run(kPutOffFirst);
    if (!rows.empty() && rows[0].boolean("late")) end_deliveries(session, {rows[0].integer("id")}, MailEnd::kLate);
  });
}

SqlParams put_back_params(const Lease& lease, std::string_view place) {
  auto params = SqlParams().integer(lease.delivery).integer(lease.attempt).text(place);
  if (!lease.counted_at) return params.null();
  return params.integer(lease.counted_at->time_since_epoch().count());
}

}  // namespace

bool may_be_of_one_row(const DatabaseFault& refused) {
  const auto& state = refused.sqlstate();
  return state != "55P03" && !state.starts_with("42") && !state.starts_with("53");
}

void end_deliveries(SqlSession& session, const std::vector<std::int64_t>& ids, MailEnd end) {
  if (!ids.empty()) session.run(kEnd, SqlParams().integers(ids).text(row_of(end).state));
}

std::size_t PostgresOutbox::mails_left(const MailRules& rules) {
  if (rules.per_hour == 0) return rules.most;
  const SqlRows rows = pool_.run(kMailsLeft, SqlParams().integer(rules.per_hour));
  return std::min(rules.most, static_cast<std::size_t>(rows[0].integer("mails")));
}

// If the database refuses it, as another product's function may that fails for one of its accounts, first things first: one
// alone, and if that is the one, it waits a minute, so that it holds up no other.
Claimed PostgresOutbox::claim(const MailRules& rules) {
  try {
    return claim_together(rules);
  } catch (const DatabaseFault& fault) {
    if (fault.kind() != FaultKind::kRefused || !may_be_of_one_row(fault)) throw;
  }
  auto alone = rules;
  alone.most = 1;
  try {
    return claim_together(alone);
  } catch (const DatabaseFault& fault) {
    if (fault.kind() == FaultKind::kRefused && may_be_of_one_row(fault)) put_off_first(pool_);
    throw;
  }
}

// Several statements: in the lock order the requests of deliveries that end come after the deliveries, the budget's row last.
Claimed PostgresOutbox::claim_together(const MailRules& rules) {
  Claimed claimed;
  pool_.transact([&](SqlSession& session) {
    auto most = rules.most;
    if (rules.per_hour > 0) most = lock_budget(session, rules);
    claimed = {};
    if (most == 0) return void(claimed.budget = Budget::kUsedUp);
    const SqlRows rows = session.run(kClaim, SqlParams().integer(static_cast<std::int64_t>(most)).seconds(rules.lease));
    claimed = claimed_from(rows, most);
    undo_never_tried(session, rows);
    std::map<MailEnd, std::vector<std::int64_t>> ids;
    for (const EndedDelivery& ended : claimed.ended) ids[ended.end].push_back(ended.id);
    for (const auto& [end, of_end] : ids) end_deliveries(session, of_end, end);
    if (rules.per_hour > 0) count_mails(session, rows, claimed);
  });
  return claimed;
}

std::vector<Settled> PostgresOutbox::settle(std::span<const Attempt> attempts) {
  AttemptColumns columns;
  for (const Attempt& attempt : attempts) {
    if (!is_untried(attempt)) columns.add(attempt);
  }
  std::map<std::int64_t, Settled> by_delivery;
  if (!columns.deliveries.empty()) {
    by_delivery = settled_from(pool_.run(kSettle, columns.as_params()));
    if (by_delivery.size() < columns.deliveries.size()) add_held(pool_.run(kStillHeld, columns.leases_as_params()), by_delivery);
  }
  std::vector<Settled> settled;
  settled.reserve(attempts.size());
  for (const Attempt& attempt : attempts) {
    if (is_untried(attempt)) put_back(attempt.lease, "behind");
    settled.push_back(by_delivery[attempt.lease.delivery]);
  }
  return settled;
}

void PostgresOutbox::give_back(const Lease& lease) { put_back(lease, "back"); }

void PostgresOutbox::put_back(const Lease& lease, std::string_view place) {
  const auto params = put_back_params(lease, place);
  const bool undone = !pool_.run(kUndo, params).empty();
  if (!undone) pool_.run(kRelease, params);
}

}  // namespace rekey
