// The outbox in PostgreSQL: reset requests become deliveries (decide.cpp), deliveries are leased, settled and given back
// (outbox.cpp), old rows are deleted (prune.cpp). Safe from every thread and from any number of origins.
// Lock order: the account, then undecided requests, then deliveries, each with its decided request, then tokens; the row of
// mail_minutes last.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

// In: an expression for a delivery's id. True if an attempt ended without the relay's answer: the mail may be in the inbox.
// count(*) instead of EXISTS, which the planner may turn into a join or a scan of all attempts.
#define REKEY_PERHAPS_MAILED(delivery)                                               \
  "(SELECT count(*) > 0 FROM rekey.delivery_attempts p WHERE p.delivery = " delivery \
  " AND p.outcome IN ('unknown', 'cut_off', "                                        \
  "'lost'))"

namespace rekey {

class PostgresOutbox final : public Outbox {
 public:
  explicit PostgresOutbox(PostgresPool& pool) : pool_(pool) {}

  Decided decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) override;
  Claimed claim(const MailRules& rules) override;
  std::vector<Settled> settle(std::span<const Attempt> attempts) override;
  void give_back(const Lease& lease) override;
  std::size_t prune(const Retention& keep) override;

 private:
  Decided decide_together(const MailRules& rules, std::size_t ahead, const HashOfPlan& hash_of, Random& random);
  Decided decide_each(const MailRules& rules, const HashOfPlan& hash_of, Random& random);
  void put_off(Decided& decided);
  Claimed claim_together(const MailRules& rules);
  std::size_t mails_left(const MailRules& rules);  // in the hour's budget, at most rules.most
  void put_back(const Lease& lease, std::string_view place);

  PostgresPool& pool_;
};

// Returns: whether a refused statement may succeed without one of its rows. Not if a table is locked or gone, a right is missing,
// or the server is full.
bool may_be_of_one_row(const DatabaseFault& refused);

// Ends deliveries that the session has locked, and their requests. Deletes their tokens, except those that may be in the inbox
// and those of superseded deliveries, which end when the newer mail is sent.
void end_deliveries(SqlSession& session, const std::vector<std::int64_t>& ids, MailEnd end);

}  // namespace rekey
