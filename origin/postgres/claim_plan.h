// The decisions of one claim, gathered so that each kind is written by one statement, however many rows it takes.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "origin/mail/mail_limit.h"
#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// The accounts that a claim holds locked.
struct DueAccounts {
  std::vector<std::string> ids;
  std::unordered_map<std::string, User> users;
  UnixSeconds now = 0;  // by the database's clock
};

class ClaimPlan {
 public:
  // The arguments outlive the plan.
  ClaimPlan(const DueAccounts& accounts, const ClaimRules& rules, const HashOfPlan& hash_of, Random& random);
  ~ClaimPlan();  // wipes the seeds
  ClaimPlan(const ClaimPlan&) = delete;
  ClaimPlan& operator=(const ClaimPlan&) = delete;

  // In: a row of the requests that wait, with `account_id` among `accounts`.
  void add(const SqlRow& row, const ClaimDecision& decision);

  // Returns: the rows that are to be mailed.
  std::vector<ResetJob> write(SqlSession& session);

 private:
  void add_first(const SqlRow& row);
  void add_again(const SqlRow& row);
  void add_end(std::int64_t id, const char* state);
  SqlParams first_claim_params() const;

  const DueAccounts& accounts_;
  const ClaimRules& rules_;
  const HashOfPlan& hash_of_;
  Random& random_;
  const UnixSeconds expires_at_;

  std::vector<std::int64_t> first_ids_;
  std::vector<std::string> first_users_;
  std::vector<ByteArray<32>> first_seeds_;
  std::vector<ByteArray<32>> first_hashes_;
  std::vector<std::int64_t> again_ids_;
  std::vector<std::int64_t> waiting_ids_;
  std::vector<std::int64_t> waits_;  // milliseconds
  std::vector<std::int64_t> ended_ids_;
  std::vector<std::string> end_states_;
  std::vector<std::int64_t> expired_ids_;
  std::vector<ResetJob> jobs_;
};

}  // namespace rekey
