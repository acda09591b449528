// The mail worker's queues in PostgreSQL: reset requests and notices. Safe from every thread and from any number of origins.
// No lock outlives a call: a lease stands for it, by the database's clock.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

class PostgresQueueStore final : public QueueStore {
 public:
  explicit PostgresQueueStore(PostgresPool& pool) : pool_(pool) {}

  std::vector<ResetJob> claim_resets(const ClaimRules& rules, const HashOfPlan& hash_of, Random& random) override;
  void settle_reset(const Lease& lease, Settlement settlement, int smtp_code) override;
  std::vector<NoticeJob> claim_notices(std::chrono::seconds lease, std::size_t most) override;
  void settle_notice(const Lease& lease, Settlement settlement, int smtp_code) override;
  std::chrono::milliseconds until_next(std::chrono::milliseconds limit) override;
  std::size_t prune(std::chrono::seconds keep) override;
  std::vector<RequestState> list_requests(std::size_t most) override;

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
