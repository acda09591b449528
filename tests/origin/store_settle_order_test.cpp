#include <catch2/catch.hpp>
#include <thread>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kHoldAccounts{"hold_accounts", "SELECT id FROM users FOR NO KEY UPDATE"};

void wait_until_somebody_waits_for_a_lock(const StoreWorld& world) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (world.database.number("SELECT count(*) AS x FROM pg_stat_activity WHERE datname = current_database() AND "
                               "wait_event_type = 'Lock'") == 0) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("settling locks the account before the request: whoever holds the account may still lock its requests",
          "[queue_store]") {
  const auto settlement = GENERATE(Settlement::kSent, Settlement::kRejected, Settlement::kTryLater);
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  std::thread settling;
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAccounts);
    settling = std::thread([&] { settle(world, job, settlement, 450); });
    wait_until_somebody_waits_for_a_lock(world);
    world.database.execute("SELECT id FROM reset_requests FOR UPDATE NOWAIT");  // throws where settling holds the row
  });
  settling.join();
  CHECK(world.states() != "sending");
}
