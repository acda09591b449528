#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("a worker that lost its lease to another changes nothing by settling", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery lost = claim_one(world);
  world.let_pass("61 seconds");
  const Delivery held = claim_one(world);
  for (const auto verdict :
       {MailVerdict::kTaken, MailVerdict::kRefused, MailVerdict::kTryLater, MailVerdict::kUnknown, MailVerdict::kCutOff,
        MailVerdict::kRelayRefuses, MailVerdict::kWantsLogIn, MailVerdict::kPoisoned}) {
    CHECK(settle(world, lost, verdict).empty());
    CHECK(world.states() == "sending");
  }
  give_back(world, lost);
  CHECK(world.states() == "sending");
  settle(world, held, MailVerdict::kTaken);
  settle(world, held, MailVerdict::kRefused, 550);
  CHECK(world.states() == "sent");
}

TEST_CASE("M16: a late report that the mail was taken counts as long as no other worker has claimed it", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.let_pass("5 minutes");
  settle(world, job, MailVerdict::kTaken);
  CHECK(world.states() == "sent");
  CHECK(world.claim().empty());
}

TEST_CASE("a mail that was not taken is tried at about 15 s, 1, 3, 8, 15, 25 min after the first try, then every 5", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  std::int64_t elapsed = 0;
  for (const std::int64_t point : {15, 60, 180, 480, 900, 1500, 1800, 2100, 2400}) {
    settle(world, claim_one(world), MailVerdict::kTryLater, 451);
    REQUIRE(world.states() == "queued");
    const std::int64_t wait = due_in(world);
    const double gap = static_cast<double>(point - elapsed);
    CHECK(wait >= static_cast<std::int64_t>(gap) - 1);
    CHECK(static_cast<double>(wait) <= gap * 1.1 + 1);
    CHECK(world.claim().empty());
    world.database.execute("UPDATE deliveries SET due_at = first_try_at + interval '" + std::to_string(point) + " seconds'");
    world.let_pass(std::to_string(point - elapsed) + " seconds");
    elapsed = point;
  }
}

TEST_CASE("M23: a mail that would leave too little of the link's life ends undelivered, its token and seed gone", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.let_pass("44 minutes");
  settle(world, job, MailVerdict::kTryLater, 451);
  CHECK(world.states() == "expired_undelivered");
  CHECK(world.count("reset_tokens") == 0);
  CHECK(world.count("deliveries WHERE seed IS NOT NULL") == 0);
}

TEST_CASE("F02: a decided request that no worker claimed in time is decided again: its mail was never tried", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  world.outbox.decide(world.rules, hash_of_plan, world.random);
  world.let_pass("2 hours");
  CHECK(world.outbox.claim(world.rules).deliveries.empty());
  CHECK(world.states() == "queued");
  CHECK(world.count("reset_tokens") == 0);
  const Delivery mailed = claim_one(world);
  CHECK(settle(world, mailed, MailVerdict::kTaken) == "sent");
  CHECK(world.recovery.find_reset_token(token_of(mailed)));
}

TEST_CASE("F02: a delivery whose worker died ends if the next one comes too late; its link, which may be in the inbox, lives on",
          "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.let_pass("45 minutes 1 second");
  CHECK(world.claim().empty());
  CHECK(world.states() == "expired_undelivered");
  CHECK(world.count("deliveries WHERE seed IS NOT NULL") == 0);
  CHECK(world.recovery.find_reset_token(token_of(job)));
}

TEST_CASE(
    "F22: a mail that was cut off is due at once with the same link, which lives on even if the next attempt comes too late",
    "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery cut = claim_one(world);
  settle(world, cut, MailVerdict::kCutOff, 354);
  CHECK_FALSE(world.is_idle());
  SECTION("tried again") {
    const Delivery again = claim_one(world);
    CHECK(again.lease.delivery == cut.lease.delivery);
    CHECK(again.token.seed == cut.token.seed);
    CHECK(again.token.expires_at == cut.token.expires_at);
    CHECK(again.message_key == cut.message_key);
    settle(world, cut, MailVerdict::kCutOff, 354);  // it has lost its lease
    CHECK(world.claim().empty());
  }
  SECTION("too late") {
    world.let_pass("45 minutes 1 second");
    CHECK(world.claim().empty());
    CHECK(world.states() == "expired_undelivered");
    CHECK(world.recovery.find_reset_token(token_of(cut)));
  }
}

TEST_CASE("M14: a mail refused for good ends the delivery and its token; the older link lives on", "[outbox]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  const TokenHash older = world.mail_link("ada");
  world.forget("ada");
  settle(world, claim_one(world), MailVerdict::kRefused, 550);
  CHECK(world.states() == "sent rejected");
  CHECK(world.count("deliveries WHERE smtp_code = 550") == 1);
  CHECK(world.count("reset_tokens") == 1);
  CHECK(world.recovery.find_reset_token(older));
}

TEST_CASE("a delivery given back untried is decided again: its link's lifetime begins when it is really sent", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  for (int i = 0; i < 3; ++i) {
    give_back(world, claim_one(world));
    CHECK(world.states() == "queued");
    CHECK(world.count("reset_tokens") == 0);
    world.let_pass("50 minutes");
  }
  const Delivery job = claim_one(world);
  CHECK(request_of(world, job) == 1);
  CHECK(job.lease.attempt == 1);
  CHECK(world.database.number("SELECT round(extract(epoch FROM expires_at - now()))::bigint AS x FROM reset_tokens") >= 3590);
}

TEST_CASE("a delivery given back after an earlier attempt keeps its link, which may be in the inbox", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery first = claim_one(world);
  settle(world, first, MailVerdict::kTryLater);
  world.let_pass("20 seconds");
  give_back(world, claim_one(world));
  CHECK(world.recovery.find_reset_token(token_of(first)));
  CHECK(claim_one(world).token.seed == first.token.seed);
}
