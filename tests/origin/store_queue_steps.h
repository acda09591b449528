// What tests of the worker's queue keep doing with a claimed row.
#pragma once

#include <catch2/catch.hpp>

#include "tests/origin/store_world.h"

namespace rekey::test {

inline void settle(StoreWorld& world, const ResetJob& job, Settlement settlement, int code = 250) {
  world.queue.settle_reset(job.lease, settlement, code);
}

inline ResetJob claim_one(StoreWorld& world) {
  const auto jobs = world.claim();
  REQUIRE(jobs.size() == 1);
  return jobs[0];
}

inline UnixSeconds expiry(const ResetJob& job) { return static_cast<UnixSeconds>(job.expires_at.time_since_epoch().count()); }

inline TokenHash token_of(const ResetJob& job) { return hash_of_plan({job.seed, expiry(job)}); }

// Seconds until the only row is due, by the database's clock.
inline std::int64_t due_in(StoreWorld& world) {
  return world.database.number(
      "SELECT round(extract(epoch FROM due_at - now()))::bigint AS x FROM reset_requests ORDER BY id DESC LIMIT 1");
}

inline void send_one(StoreWorld& world, const std::string& name) {
  world.forget(name);
  settle(world, claim_one(world), Settlement::kSent);
}

}  // namespace rekey::test
