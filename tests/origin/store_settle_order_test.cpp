#include <catch2/catch.hpp>
#include <thread>

#include "origin/postgres/reset_claim.h"
#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kHoldAccounts{"hold_accounts", "SELECT id FROM users FOR NO KEY UPDATE"};
constexpr SqlStatement kCountPutOff{"count_put_off",
                                    "SELECT count(*) AS x FROM reset_requests WHERE state = 'queued' AND due_at > now()"};

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

TEST_CASE("a request that comes while settling waits for a claim of its account is not put off to the lease's end",
          "[queue_store]") {
  const auto settlement = GENERATE(Settlement::kSent, Settlement::kRejected, Settlement::kTryLater);
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  std::thread settling;
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAccounts);
    settling = std::thread([&] { settle(world, job, settlement, 450); });
    wait_until_somebody_waits_for_a_lock(world);
    world.forget("ada");
    // Its clock was read before this transaction's, its commit came late.
    world.database.execute("UPDATE reset_requests SET due_at = now() - interval '1 hour' WHERE state = 'queued'");
    CHECK(claim_waiting_requests(session, world.rules, hash_of_plan, world.random).empty());
    CHECK(session.run(kCountPutOff)[0].integer("x") == 1);  // behind the one in flight
  });
  settling.join();
  CHECK(world.queue.until_next(std::chrono::minutes(5)) == std::chrono::milliseconds(0));
  CHECK(claim_one(world).lease.row_id != job.lease.row_id);
}

TEST_CASE("a request that was put off goes at once where the one before it is given back", "[queue_store]") {
  const auto settlement = GENERATE(Settlement::kReturned, Settlement::kTurnedAway);
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob first = claim_one(world);
  world.forget("ada");
  REQUIRE(world.claim().empty());
  settle(world, first, settlement);
  CHECK(claim_one(world).lease.row_id != first.lease.row_id);
  CHECK(world.states() == "superseded sending");
}

TEST_CASE("beside a mail that was cut off and may be in the inbox a request of the same minute waits for what becomes of it",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob first = claim_one(world);
  world.forget("ada");
  REQUIRE(world.claim().empty());
  settle(world, first, Settlement::kCutOff, 354);
  const ResetJob again = claim_one(world);
  CHECK(again.lease.row_id == first.lease.row_id);
  CHECK(world.states() == "sending queued");
  settle(world, again, Settlement::kSent, 250);
  CHECK(world.claim().empty());
  CHECK(world.states() == "sent suppressed");
}
