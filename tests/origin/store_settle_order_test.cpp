#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kHoldAda{"hold_ada", "SELECT rekey.lock_account(u.id) FROM rekey.account_by_address('ada@example.com') u"};

}  // namespace

TEST_CASE(
    "settling waits for no account, and locks nothing without it: a decision, which holds it, may still lock its deliveries",
    "[outbox]") {
  const auto settlement = GENERATE(MailVerdict::kTaken, MailVerdict::kRefused, MailVerdict::kTryLater);
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  const Attempt attempt{job.lease, settlement, 450};
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAda);
    CHECK(world.outbox.settle(std::span(&attempt, 1)).at(0).kind == Settled::Kind::kHeld);
    world.database.execute("SELECT id FROM deliveries FOR UPDATE NOWAIT");  // throws if settling holds the row
    world.database.execute("SELECT id FROM reset_requests FOR UPDATE NOWAIT");
    CHECK(world.states() == "sending");
  });
  settle(world, job, settlement, 450);
  CHECK(world.states() != "sending");
}

TEST_CASE("a decision skips a locked account; a request that came meanwhile is decided next", "[outbox]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  world.add_user("alan");
  world.forget("ada");
  const Delivery first = claim_one(world);
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAda);
    world.forget("ada");
    world.forget("alan");
    CHECK(claim_one(world).user->email == "alan@example.com");
  });
  settle(world, first, MailVerdict::kTaken);
  CHECK(claim_one(world).user->email == "ada@example.com");
  CHECK(world.states() == "sent sending sending");
}

TEST_CASE("however many requests wait for a locked account, others are decided", "[outbox]") {
  StoreWorld world;
  world.rules.most = 2;
  world.add_user("ada");
  world.add_user("alan");
  world.flood("'ada@example.com'", 40);
  world.forget("alan");
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAda);
    CHECK(world.claim().empty());
    CHECK(claim_one(world).user->email == "alan@example.com");
    CHECK(world.outbox.decide(world.rules, hash_of_plan, world.random).fill == Fill::kPartly);  // not kFull: the worker rests
  });
  world.let_pass("1 second");
  CHECK(claim_one(world).user->email == "ada@example.com");
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 39);
}

TEST_CASE("two rounds that decide the same rehearsals don't wait for each other", "[outbox]") {
  static constexpr SqlStatement kHoldRequest{"hold_request",
                                             "SELECT id FROM rekey.reset_requests ORDER BY id LIMIT 1 FOR UPDATE"};
  StoreWorld world;
  world.forget("nobody");
  world.forget("somebody");
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldRequest);  // like another round that has not committed
    world.claim();              // throws if it waits
    CHECK(world.states() == "queued no_account");
  });
  world.claim();
  CHECK(world.states() == "no_account no_account");
}

TEST_CASE("a mail that cannot be settled because its account is locked is not sent again and again", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAda);
    world.let_pass("61 seconds");
    CHECK(world.claim().empty());
    CHECK(world.states() == "sending");
    CHECK(world.count("delivery_attempts") == 0);
    world.let_pass("6 seconds");
    CHECK(world.claim().empty());
  });
  SECTION("the holder of the lease may still settle it") { CHECK(settle(world, job, MailVerdict::kTaken) == "sent"); }
  SECTION("else it is tried once more") {
    world.let_pass("6 seconds");
    CHECK(claim_one(world).lease.attempt == 2);
    CHECK(world.count("delivery_attempts WHERE outcome = 'lost'") == 1);
  }
}

enum class Fate { kReturned, kTurnedAway };

TEST_CASE("a postponed request goes at once when the one before it is given back", "[outbox]") {
  const auto settlement = GENERATE(Fate::kReturned, Fate::kTurnedAway);
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery first = claim_one(world);
  world.forget("ada");
  REQUIRE(world.claim().empty());
  settlement == Fate::kReturned ? give_back(world, first) : (void)settle(world, first, MailVerdict::kRelayRefuses);
  CHECK(claim_one(world).lease.delivery != first.lease.delivery);
  CHECK(world.states() == "superseded sending");
}

TEST_CASE("a request of the same minute waits for the outcome of a mail that was cut off and may be in the inbox", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery first = claim_one(world);
  world.forget("ada");
  REQUIRE(world.claim().empty());
  settle(world, first, MailVerdict::kCutOff, 354);
  const Delivery again = claim_one(world);
  CHECK(again.lease.delivery == first.lease.delivery);
  CHECK(world.states() == "sending queued");
  settle(world, again, MailVerdict::kTaken, 250);
  world.let_pass("1 second");
  CHECK(world.claim().empty());
  CHECK(world.states() == "sent suppressed");
}
