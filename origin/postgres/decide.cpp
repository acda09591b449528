// The outbox's first stage. One transaction finds due addresses, locks their accounts, reads each account's mails, judges, and
// writes each kind of verdict by one statement. mail_limit.h judges an account's newest request; the older ones are superseded
// here. A request that goes out becomes a delivery and a live token, by kCreate. A request without an account becomes a delivery
// without a user, a rehearsal: its mail is rendered and dropped, so that the load reveals no account. claim() in outbox.cpp
// leases both kinds alike. Floods are cut short in separate transactions: requests without an account end in bulk, and requests
// of accounts that another transaction holds are put off by a second.
#include <algorithm>
#include <unordered_map>

#include "origin/mail/mail_limit.h"
#include "origin/postgres/account_rows.h"
#include "origin/postgres/outbox.h"

namespace rekey {

namespace {

// A round looks at more requests than it takes, because other transactions may hold some of the accounts: a small round at eight
// times as many, a large one at twice as many, since each costs two look-ups.
std::size_t look_ahead(std::size_t most) {
  constexpr std::size_t kOfFew = 128;
  return std::max(2 * most, std::min(8 * most, kOfFew));
}

// Skips requests behind the deliveries that already fill a round: while undecided, they can still be replaced by a newer request
// of the address, and their link's lifetime has not begun.
// Finds each account by a subquery, not a join: a planner whose statistics show no requests would read all accounts.
constexpr SqlStatement kDueAddresses{"due_addresses", R"(
SELECT due.email, due.newest, due.waiting, due.since::text AS since, due.looked_at,
       extract(epoch FROM date_trunc('second', now()))::bigint AS now,
       )" REKEY_ID_OF_ACTIVE("due.email") R"( AS account_id
FROM (
  SELECT queued_email AS email, max(id) AS newest, count(*) AS waiting, min(waiting_since) AS since, min(due_at) AS due_at,
         (sum(count(*)) OVER ())::bigint AS looked_at
  FROM (
    SELECT id, queued_email, waiting_since, due_at FROM rekey.reset_requests
    WHERE due_at <= coalesce((SELECT due_at FROM rekey.deliveries
                              WHERE due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
                              ORDER BY due_at OFFSET $2 LIMIT 1), now())
    ORDER BY due_at LIMIT $1
  ) AS first_due
  GROUP BY queued_email
) AS due
ORDER BY due.due_at, due.newest)"};

// The account's lock serialises the decisions on it. A locked account is left for the next round.
constexpr SqlStatement kLockAccounts{"lock_accounts",
                                     "SELECT free.id FROM rekey.lock_free_accounts($1::text[], $2) AS free (id)"};

// If a held account has more requests than a round looks at, they would hide all other requests until the account is free. Puts
// them off, in a separate transaction that waits for nobody: the holder may be a decision that needs these rows.
constexpr SqlStatement kPassOver{"pass_over_requests", R"(
UPDATE rekey.reset_requests SET due_at = now() + interval '1 second' WHERE id = ANY (ARRAY(
  SELECT id FROM rekey.reset_requests WHERE queued_email = ANY ($1::text[]) AND (due_at <= now()) IS TRUE
  LIMIT $2 FOR UPDATE SKIP LOCKED)))"};

// All queued requests of each account, due or not, oldest first, by the address that it has now that it is locked. Of a flood a
// round ends kPiece requests, over all accounts: more could exceed the statement's time-out, in every round again. Beside a flood
// each account still gets kFew requests ended.
constexpr std::size_t kPiece = 1000;
constexpr std::size_t kFew = 15;
constexpr SqlStatement kQueuedRequests{"queued_requests", R"(
SELECT account.id AS account_id, r.id, r.request_id, (min(r.waiting_since) OVER (PARTITION BY account.place))::text AS since
FROM unnest($1::text[]) WITH ORDINALITY AS account (id, place)
CROSS JOIN LATERAL (
  SELECT lower(email COLLATE "C") AS address FROM rekey.account_by_id(account.id) WHERE is_active OFFSET 0
) AS owner
CROSS JOIN LATERAL (
  SELECT id, request_id, waiting_since FROM rekey.reset_requests WHERE queued_email = owner.address ORDER BY id + 0 LIMIT $2
) AS r
ORDER BY account.place, r.id)"};

// `IS TRUE` keeps the planner off the index on expires_at: only the account's index finds few rows.
constexpr SqlStatement kAccountMail{"account_mail", R"(
SELECT account.id AS account_id, open.id AS open_delivery, open.reset_request AS open_request, open.since AS open_since, coalesce(open.standing, 'none') AS open,
       mail.in_short, mail.in_long,
       coalesce(ceil(extract(epoch FROM mail.frees_short - now()) * 1000), 0)::bigint AS short_frees_in,
       (SELECT count(*) FROM rekey.reset_tokens t
        WHERE t.user_id = account.id AND (t.expires_at >= now() + make_interval(secs => $5)) IS TRUE
          AND t.account_fingerprint = owner.fingerprint
          AND (SELECT d.state FROM rekey.deliveries d WHERE d.id = t.delivery AND d.kind = 'reset') = 'sent') AS live_links
FROM unnest($1::text[]) AS account (id)
CROSS JOIN LATERAL (
  SELECT rekey.account_fingerprint(password_hash, email) AS fingerprint FROM rekey.account_by_id(account.id) OFFSET 0
) AS owner
LEFT JOIN LATERAL (
  SELECT d.id, d.reset_request, d.waiting_since::text AS since,
         CASE WHEN d.state = 'sending' THEN 'in_flight'
              WHEN d.attempt = 0 THEN 'untried'
              WHEN )" REKEY_PERHAPS_MAILED("d.id") R"( AND d.deliver_by >= now()
                AND (SELECT t.account_fingerprint FROM rekey.reset_tokens t WHERE t.delivery = d.id) = owner.fingerprint
              THEN 'perhaps_mailed'
              ELSE 'tried' END AS standing
  FROM rekey.deliveries d WHERE d.user_id = account.id AND d.kind = 'reset' AND d.ended_at IS NULL
  FOR UPDATE OF d
) AS open ON true
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE m.at > now() - make_interval(secs => $3)) AS in_short,
         count(*) FILTER (WHERE m.at > now() - make_interval(secs => $4)) AS in_long,
         (array_agg(m.at ORDER BY m.at DESC))[$2::integer] + make_interval(secs => $3) AS frees_short
  FROM rekey.delivery_attempts m
  WHERE m.user_id = account.id AND m.at > now() - make_interval(secs => greatest($3::double precision, $4::double precision))
    AND m.kind = 'reset' AND m.outcome IN ('taken', 'unknown', 'cut_off', 'lost')
) AS mail)"};

constexpr SqlStatement kEndRequests{"end_requests", R"(
UPDATE rekey.reset_requests SET state = $2, due_at = NULL, queued_email = NULL, ended_at = now()
WHERE id = ANY ($1::bigint[]) AND state = 'queued' RETURNING 1)"};

constexpr SqlStatement kPostpone{"postpone_requests", R"(
UPDATE rekey.reset_requests r SET due_at = now() + make_interval(secs => p.wait / 1000.0), waiting_since = p.since
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS p (id, wait, since)
WHERE r.id = ANY ($1::bigint[]) AND r.id = p.id AND r.state = 'queued')"};

// A request without an account gets no token; all else is the same. The first $9 requests belong to accounts, whose locks guard
// them. Two rounds may take the same requests of the others, each in its own order: so they skip locked ones instead of waiting.
// Commits without waiting for the disk: a claim does wait, nothing is mailed before it, and a decision lost in a crash is made
// again. While the budget of wrong codes is used up, mails have no code.
constexpr SqlStatement kCreate{"create_deliveries", R"(
WITH budget AS MATERIALIZED (
  SELECT rekey.codes_left($11) > 0 AS is_left
), taken AS (
  UPDATE rekey.reset_requests r
  SET state = 'sending', due_at = NULL, queued_email = NULL, waiting_since = p.since,
      code_print = CASE WHEN (SELECT is_left FROM budget) THEN p.code_print END,
      code_token = CASE WHEN (SELECT is_left FROM budget) AND p.code_print IS NOT NULL THEN p.token_hash END
  FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $10::bytea[])
    AS p (id, user_id, seed, token_hash, since, code_print)
  WHERE r.id = p.id AND r.state = 'queued' AND r.id = ANY (($1::bigint[])[:$9::integer] || ARRAY(
    SELECT id FROM rekey.reset_requests WHERE id = ANY (($1::bigint[])[$9::integer + 1:]) FOR UPDATE SKIP LOCKED))
  RETURNING r.*, nullif(p.user_id, '') AS user_id, p.seed, p.token_hash
), created AS (
  INSERT INTO rekey.deliveries (kind, user_id, reset_request, due_at, waiting_since, happened_at, seed, has_code, key_id, token_hash,
                          token_expires_at, deliver_by, request_id, client_ip, user_agent, country, accept_language)
  SELECT 'reset', user_id, id, waiting_since, waiting_since, requested_at, seed, code_print IS NOT NULL, $6, token_hash,
         to_timestamp($7::bigint), to_timestamp($7::bigint) - make_interval(secs => $8),
         request_id, client_ip, user_agent, country, accept_language
  FROM taken RETURNING id, user_id, token_hash
), tokens AS (
  INSERT INTO rekey.reset_tokens (token_hash, user_id, delivery, account_fingerprint, expires_at)
  SELECT created.token_hash, created.user_id, created.id, owner.fingerprint, to_timestamp($7::bigint)
  FROM created CROSS JOIN LATERAL (
    SELECT rekey.account_fingerprint(password_hash, email) AS fingerprint FROM rekey.account_by_id(created.user_id) OFFSET 0
  ) AS owner
)
SELECT (SELECT set_config('synchronous_commit', 'off', true)) FROM created)"};

// For each address only the newest request is rehearsed, as for each account only the newest is mailed: otherwise the worker's
// load after several requests at once would reveal that there is no account.
constexpr SqlStatement kEndRepeated{"end_repeated", R"(
UPDATE rekey.reset_requests SET state = 'no_account', due_at = NULL, queued_email = NULL, ended_at = now() WHERE id = ANY (ARRAY(
  SELECT older.id FROM unnest($1::bigint[]) AS newest (id) CROSS JOIN LATERAL (
    SELECT r.id FROM rekey.reset_requests r
    WHERE r.queued_email = (SELECT queued_email FROM rekey.reset_requests WHERE id = newest.id) AND (r.id < newest.id) IS TRUE
    LIMIT $2 FOR UPDATE SKIP LOCKED
  ) AS older)) RETURNING 1)"};

// In bulk, so that a flood for unknown addresses delays no mail: a round rehearses only as many as it has room for.
constexpr SqlStatement kEndWithoutAccount{"end_without_account", R"(
WITH orphans AS (
  SELECT r.id FROM rekey.reset_requests r
  WHERE r.id = ANY (ARRAY(SELECT id FROM rekey.reset_requests WHERE due_at <= now() ORDER BY due_at LIMIT $1)) AND r.state = 'queued'
    AND )" REKEY_ID_OF_ACTIVE("r.queued_email") R"( IS NULL
  FOR UPDATE OF r SKIP LOCKED
)
UPDATE rekey.reset_requests SET state = 'no_account', due_at = NULL, queued_email = NULL, ended_at = now()
WHERE id = ANY (ARRAY(SELECT id FROM orphans)) RETURNING 1)"};

// Requests of an address that account_by_address() finds and account_by_id() does not: nothing else would ever end them. One
// statement, so that both see the same accounts.
constexpr SqlStatement kEndContradicted{"end_contradicted", R"(
UPDATE rekey.reset_requests SET state = 'no_account', due_at = NULL, queued_email = NULL, ended_at = now() WHERE id = ANY (ARRAY(
  SELECT r.id FROM unnest($1::text[], $2::text[]) AS asked (account, address) CROSS JOIN LATERAL (
    SELECT id FROM rekey.reset_requests WHERE queued_email = asked.address ORDER BY id + 0 LIMIT $3 FOR UPDATE SKIP LOCKED
  ) AS r
  WHERE (SELECT count(*) FROM rekey.account_by_id(asked.account) WHERE is_active AND lower(email COLLATE "C") = asked.address) = 0
    AND )" REKEY_ID_OF_ACTIVE("asked.address") R"( = asked.account)) RETURNING 1)"};

// The address that is due first, if the database refuses a statement about it, as another product's function may that fails for
// one of its accounts. Put off by a minute, for a day; then its requests end.
constexpr SqlStatement kPutOff{"put_off_requests", R"(
UPDATE rekey.reset_requests r
SET state = CASE WHEN past.day THEN 'expired_undelivered' ELSE r.state END,
    due_at = CASE WHEN NOT past.day THEN now() + interval '1 minute' END,
    queued_email = CASE WHEN NOT past.day THEN r.queued_email END,
    ended_at = CASE WHEN past.day THEN now() END
FROM (
  SELECT id, requested_at < now() - interval '1 day' AS day FROM rekey.reset_requests
  WHERE queued_email = (SELECT queued_email FROM rekey.reset_requests WHERE due_at <= now() ORDER BY due_at LIMIT 1)
    AND (due_at <= now()) IS TRUE
  LIMIT $1 FOR UPDATE SKIP LOCKED
) AS past
WHERE r.id = past.id RETURNING r.state)"};

// How many addresses a round decides one by one after a refused statement, and of how many it hears another refusal.
constexpr std::size_t kMostAlone = 32;
constexpr std::size_t kMostRefused = 4;

AccountMail mail_from(const SqlRow& row) {
  using Open = AccountMail::Open;
  const std::string open = row.text("open");
  return {.open = open == "none"        ? Open::kNone
                  : open == "in_flight" ? Open::kInFlight
                  : open == "untried"   ? Open::kUntried
                  : open == "tried"     ? Open::kTried
                                        : Open::kPerhapsMailed,
          .link = row.integer("live_links") > 0 ? AccountMail::Link::kAlive : AccountMail::Link::kNone,
          .in_short = static_cast<std::uint32_t>(row.integer("in_short")),
          .in_long = static_cast<std::uint32_t>(row.integer("in_long")),
          .short_frees_in = std::chrono::milliseconds(row.integer("short_frees_in"))};
}

class Decision {
 public:
  // In: how many requests it looks at. The other arguments outlive it.
  Decision(SqlSession& session, const MailRules& rules, std::size_t ahead, const HashOfPlan& hash_of, Random& random)
      : session_(session), rules_(rules), ahead_(ahead), hash_of_(hash_of), random_(random) {}
  ~Decision() {
    for (auto& seed : seeds_) wipe(seed);
  }
  Decision(const Decision&) = delete;
  Decision& operator=(const Decision&) = delete;

  Decided run() {
    const SqlRows due = look_for_due();
    if (due.empty()) return decided_;
    decide_accounts(due);  // also if no address has an account: the statements must be the same
    decide_rehearsals(due);
    if (decided_.fill == Fill::kFull && locked_ == 0 && created_.empty()) pass_over(due);
    write();
    return decided_;
  }

  // A full queue with few real mails: most of its requests have no account, or share a few accounts.
  bool is_flooded() const { return decided_.fill == Fill::kFull && real_ < rules_.most; }

  // Addresses of accounts that other transactions hold, if the round found no other requests.
  const std::vector<std::string>& passed_over() const { return passed_over_; }

 private:
  // The queued requests of one account.
  struct Queue {
    std::vector<std::int64_t> ids;  // oldest first
    std::vector<std::string> request_ids;
    std::string since;
  };

  SqlRows look_for_due() {
    const auto most = static_cast<std::int64_t>(rules_.most);
    const auto looked_at = static_cast<std::int64_t>(ahead_);
    const SqlRows due = session_.run(kDueAddresses, SqlParams().integer(looked_at).integer(most - 1));
    if (due.empty()) return due;
    expires_at_ = static_cast<UnixSeconds>(due[0].integer("now") + rules_.lifetime.count());
    if (due[0].integer("looked_at") >= looked_at) decided_.fill = Fill::kFull;
    return due;
  }

  void decide_accounts(const SqlRows& due) {
    std::vector<std::string> candidates;
    for (std::size_t i = 0; i < due.size(); ++i) {
      if (!due[i].is_null("account_id")) candidates.push_back(due[i].text("account_id"));
    }
    const SqlRows locked =
        session_.run(kLockAccounts, SqlParams().texts(candidates).integer(static_cast<std::int64_t>(rules_.most)));
    std::vector<std::string> ids;
    ids.reserve(locked.size());
    for (std::size_t i = 0; i < locked.size(); ++i) ids.push_back(locked[i].text("id"));
    locked_ = locked.size();
    auto queues = load_queues(ids);
    note_contradicted(due, ids, queues);
    const SqlRows mails = load_mail(ids);
    for (std::size_t i = 0; i < mails.size(); ++i) decide_account(mails[i], queues[mails[i].text("account_id")]);
  }

  using Queues = std::unordered_map<std::string, Queue>;

  // Accounts that are locked and have no queue; all, if none has one: account_by_id() may not know them.
  void note_contradicted(const SqlRows& due, const std::vector<std::string>& locked, const Queues& queues) {
    for (std::size_t i = 0; i < due.size(); ++i) {
      if (due[i].is_null("account_id")) continue;
      const std::string id = due[i].text("account_id");
      if (queues.contains(id) || (!queues.empty() && std::ranges::find(locked, id) == locked.end())) continue;
      contradicted_.push_back(id);
      contradicted_addresses_.push_back(due[i].text("email"));
    }
  }

  Queues load_queues(const std::vector<std::string>& ids) {
    const SqlRows rows = session_.run(kQueuedRequests, SqlParams().texts(ids).integer(std::int64_t{kPiece} + 1));
    Queues queues;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Queue& queue = queues[rows[i].text("account_id")];
      queue.ids.push_back(rows[i].integer("id"));
      queue.request_ids.push_back(rows[i].text("request_id"));
      queue.since = rows[i].text("since");
    }
    return queues;
  }

  SqlRows load_mail(const std::vector<std::string>& ids) {
    return session_.run(kAccountMail, SqlParams()
                                          .texts(ids)
                                          .integer(rules_.per_short)
                                          .seconds(rules_.short_period)
                                          .seconds(rules_.long_period)
                                          .seconds(useful_remainder(rules_.lifetime)));
  }

  // The last request of the piece takes over the place of the replaced ones, so that asking again loses no place in the queue.
  void decide_account(const SqlRow& row, const Queue& queue) {
    if (queue.ids.empty()) return;  // another round has decided them
    auto& superseded = ended_[MailEnd::kNewerRequest];
    const std::size_t replaced = std::min(queue.ids.size() - 1, std::max(kFew, kPiece - std::min(kPiece, superseded.size())));
    superseded.insert(superseded.end(), queue.ids.data(), queue.ids.data() + replaced);
    const std::int64_t last = queue.ids[replaced];
    const bool may_be_more = replaced + 1 < queue.ids.size() || queue.ids.size() > kPiece;
    if (may_be_more) return postpone(last, queue.since, std::chrono::milliseconds(0));
    const AccountMail mail = mail_from(row);
    // An older request turned up late: its INSERT was slow, or its delivery has just been undone.
    const bool came_late = mail.open != AccountMail::Open::kNone && last < row.integer("open_request");
    if (came_late) return superseded.push_back(last);
    const LimitVerdict verdict = judge_newest(mail, rules_);
    switch (verdict.kind) {
      case LimitVerdict::Kind::kWait:
        return postpone(last, queue.since, verdict.wait);
      case LimitVerdict::Kind::kSuppress:
        return ended_[MailEnd::kLiveLink].push_back(last);
      case LimitVerdict::Kind::kSend:
        ++real_;
        if (mail.open != AccountMail::Open::kNone) replaced_.push_back(row.integer("open_delivery"));
        return create({last, queue.request_ids[replaced]}, row.text("account_id"),
                      mail.open == AccountMail::Open::kUntried ? row.text("open_since") : queue.since);
    }
  }

  // Fills the room that real mails leave, oldest first. Another round may decide the same requests: kCreate takes each once.
  void decide_rehearsals(const SqlRows& due) {
    for (std::size_t i = 0; i < due.size() && created_.size() < rules_.most; ++i) {
      if (!due[i].is_null("account_id")) continue;
      if (due[i].integer("waiting") > 1) repeated_.push_back(due[i].integer("newest"));
      create({due[i].integer("newest"), ""}, "", due[i].text("since"));
    }
  }

  void pass_over(const SqlRows& due) {
    for (std::size_t i = 0; i < due.size(); ++i) passed_over_.push_back(due[i].text("email"));
  }

  void postpone(std::int64_t id, const std::string& since, std::chrono::milliseconds wait) {
    postponed_.push_back(id);
    waits_.push_back(wait.count());
    waits_since_.push_back(since);
  }

  struct Asked {
    std::int64_t id;
    std::string request_id;  // "" for a rehearsal: nobody reads its code
  };

  void create(const Asked& asked, const std::string& user_id, const std::string& since) {
    TokenPlan plan({}, expires_at_);
    random_.fill(plan.seed);
    created_.push_back(asked.id);
    users_.push_back(user_id);
    since_.push_back(since);
    seeds_.push_back(plan.seed);
    hashes_.push_back(hash_of_(plan));
    codes_.push_back(rules_.codes.print_of ? std::optional(rules_.codes.print_of(plan, asked.request_id)) : std::nullopt);
  }

  void write() {
    for (const auto& [end, ids] : ended_) {
      if (!ids.empty())
        decided_.ended[end] += session_.run(kEndRequests, SqlParams().integers(ids).text(row_of(end).state)).size();
    }
    if (!repeated_.empty()) {
      const auto most_of_each = static_cast<std::int64_t>(kPiece / rules_.most + 1);
      decided_.ended[MailEnd::kUnknownAddress] +=
          session_.run(kEndRepeated, SqlParams().integers(repeated_).integer(most_of_each)).size();
    }
    if (!contradicted_.empty()) end_contradicted();
    if (!postponed_.empty()) session_.run(kPostpone, SqlParams().integers(postponed_).integers(waits_).texts(waits_since_));
    end_deliveries(session_, replaced_, MailEnd::kNewerRequest);
    decided_.ended[MailEnd::kNewerRequest] += replaced_.size();
    if (!created_.empty()) session_.run(kCreate, create_params());
  }

  void end_contradicted() {
    const auto params = SqlParams().texts(contradicted_).texts(contradicted_addresses_).integer(std::int64_t{kPiece});
    decided_.ended[MailEnd::kUnknownAddress] += session_.run(kEndContradicted, params).size();
  }

  SqlParams create_params() const {
    return SqlParams()
        .integers(created_)
        .texts(users_)
        .byte_strings(seeds_)
        .byte_strings(hashes_)
        .texts(since_)
        .integer(rules_.key_id)
        .integer(expires_at_)
        .seconds(useful_remainder(rules_.lifetime))
        .integer(static_cast<std::int64_t>(real_))
        .short_bytes(codes_)
        .integer(rules_.codes.missed_a_day);
  }

  SqlSession& session_;
  const MailRules& rules_;
  const std::size_t ahead_;
  const HashOfPlan& hash_of_;
  Random& random_;
  UnixSeconds expires_at_ = 0;
  std::size_t locked_ = 0;  // accounts
  std::size_t real_ = 0;
  std::vector<std::string> passed_over_;
  Decided decided_;

  std::map<MailEnd, std::vector<std::int64_t>> ended_;  // requests
  std::vector<std::int64_t> replaced_;                  // deliveries
  std::vector<std::int64_t> postponed_, waits_;
  std::vector<std::string> waits_since_;
  std::vector<std::int64_t> repeated_;  // of each address without an account but with several requests, the newest
  std::vector<std::string> contradicted_, contradicted_addresses_;
  std::vector<std::int64_t> created_;
  std::vector<std::string> users_, since_;
  std::vector<ByteArray<32>> seeds_, hashes_;
  std::vector<std::optional<CodePrint>> codes_;
};

}  // namespace

Decided PostgresOutbox::decide(const MailRules& given, const HashOfPlan& hash_of, Random& random) {
  auto rules = given;
  rules.most = mails_left(given);
  if (rules.most == 0) return {.ended = {}, .budget = Budget::kUsedUp};
  try {
    return decide_together(rules, look_ahead(rules.most), hash_of, random);
  } catch (const DatabaseFault& fault) {
    if (fault.kind() != FaultKind::kRefused) throw;
    if (!may_be_of_one_row(fault)) return {.ended = {}, .refused = 1};
  }
  return decide_each(rules, hash_of, random);
}

// The last two in transactions of their own: they lock requests without their account, which comes first in the lock order.
Decided PostgresOutbox::decide_together(const MailRules& rules, std::size_t ahead, const HashOfPlan& hash_of, Random& random) {
  Decided decided;
  bool flooded = false;
  std::vector<std::string> passed_over;
  pool_.transact([&](SqlSession& session) {
    Decision decision(session, rules, ahead, hash_of, random);
    decided = decision.run();
    flooded = decision.is_flooded() && ahead > 1;
    passed_over = decision.passed_over();
  });
  const std::int64_t piece{kPiece};
  if (!passed_over.empty()) pool_.run(kPassOver, SqlParams().texts(passed_over).integer(piece));
  if (flooded) decided.ended[MailEnd::kUnknownAddress] += pool_.run(kEndWithoutAccount, SqlParams().integer(piece)).size();
  return decided;
}

// One address after the other, so that one of which the database refuses a statement holds up no other.
Decided PostgresOutbox::decide_each(const MailRules& rules, const HashOfPlan& hash_of, Random& random) {
  Decided all;
  for (std::size_t i = 0; i < std::min(rules.most, kMostAlone) && all.refused < kMostRefused; ++i) {
    try {
      const Decided one = decide_together(rules, 1, hash_of, random);
      for (const auto& [end, requests] : one.ended) all.ended[end] += requests;
      all.fill = one.fill;
      if (one.fill != Fill::kFull) break;
    } catch (const DatabaseFault& fault) {
      if (fault.kind() != FaultKind::kRefused) throw;
      ++all.refused;
      if (!may_be_of_one_row(fault)) break;
      put_off(all);
    }
  }
  return all;
}

void PostgresOutbox::put_off(Decided& decided) {
  const SqlRows rows = pool_.run(kPutOff, SqlParams().integer(std::int64_t{kPiece}));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].text("state") != "queued") ++decided.ended[MailEnd::kLate];
  }
}

}  // namespace rekey
