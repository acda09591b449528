// The outbox in PostgreSQL: reset requests become deliveries (decide.cpp), deliveries are leased, settled and given back
// (outbox.cpp), old rows go (prune.cpp). Safe from every thread and from any number of origins.
// Lock order: the account, then requests not yet decided, then deliveries, each with its own decided request, then tokens.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

// In: an expression for a delivery's id. An attempt ended unheard: the mail may be in the inbox.
// A subquery that counts, not EXISTS: the planner may turn that into a join, or into one look at all attempts.
#define REKEY_PERHAPS_MAILED(delivery)                                         \
  "(SELECT count(*) > 0 FROM delivery_attempts p WHERE p.delivery = " delivery \
  " AND p.outcome IN ('unknown', 'cut_off', "                                  \
  "'lost'))"

namespace rekey {

class PostgresOutbox final : public Outbox {
 public:
  explicit PostgresOutbox(PostgresPool& pool) : pool_(pool) {}

  Decided decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) override;
  Claimed claim(const MailRules& rules) override;
  std::string settle(const Lease& lease, MailVerdict verdict, int smtp_code) override;
  std::string end_rehearsal(const Lease& lease) override;
  void give_back(const Lease& lease) override;
  std::size_t prune(std::chrono::seconds keep) override;
  std::vector<RequestState> list_requests(std::size_t most) override;

 private:
  std::string end_attempt(const Lease& lease, std::string_view outcome, int smtp_code);
  void put_back(const Lease& lease, std::string_view place);

  PostgresPool& pool_;
};

// Ends deliveries that the session holds locked, and their requests. A superseded one leaves its token to the newer mail; of the
// others the token goes too, unless it may be in the inbox.
void end_deliveries(SqlSession& session, const std::vector<std::int64_t>& ids, const std::string& state);

}  // namespace rekey
