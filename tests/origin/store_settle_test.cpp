#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("who lost the row to another changes nothing by settling", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob lost = claim_one(world);
  world.let_pass("61 seconds");
  const ResetJob held = claim_one(world);
  for (const auto settlement : {Settlement::kSent, Settlement::kRejected, Settlement::kTryLater, Settlement::kUnknown,
                                Settlement::kCutOff, Settlement::kReturned, Settlement::kTurnedAway}) {
    settle(world, lost, settlement);
    CHECK(world.states() == "sending");
  }
  settle(world, held, Settlement::kSent);
  settle(world, held, Settlement::kRejected, 550);
  CHECK(world.states() == "sent");
}

TEST_CASE("M16: a late word that the mail was taken counts as long as nobody else came", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  world.let_pass("5 minutes");
  settle(world, job, Settlement::kSent);
  CHECK(world.states() == "sent");
  CHECK(world.claim().empty());
}

TEST_CASE("a mail that was not taken is tried at about 15 s, 1, 3, 8, 15, 25 min after the first try, then every 5",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  std::int64_t elapsed = 0;
  for (const std::int64_t point : {15, 60, 180, 480, 900, 1500, 1800, 2100, 2400}) {
    settle(world, claim_one(world), Settlement::kTryLater, 451);
    REQUIRE(world.states() == "queued");
    const std::int64_t wait = due_in(world);
    const double gap = static_cast<double>(point - elapsed);
    CHECK(wait >= static_cast<std::int64_t>(gap) - 1);
    CHECK(static_cast<double>(wait) <= gap * 1.1 + 1);
    CHECK(world.claim().empty());
    world.database.execute("UPDATE reset_requests SET due_at = first_try_at + interval '" + std::to_string(point) + " seconds'");
    world.let_pass(std::to_string(point - elapsed) + " seconds");
    elapsed = point;
  }
}

TEST_CASE("M23: a mail that would leave too little of the link's life ends undelivered, its token and seed gone",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  world.let_pass("44 minutes");
  settle(world, job, Settlement::kTryLater, 451);
  CHECK(world.states() == "expired_undelivered");
  CHECK(world.count("reset_tokens") == 0);
  CHECK(world.count("reset_requests WHERE seed IS NOT NULL") == 0);
}

TEST_CASE("F02: a row whose worker died ends when another comes too late; its link, which may be in the inbox, lives on",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  world.let_pass("45 minutes 1 second");
  CHECK(world.claim().empty());
  CHECK(world.states() == "expired_undelivered");
  CHECK(world.count("reset_requests WHERE seed IS NOT NULL") == 0);
  CHECK(world.recovery.find_reset_token(token_of(job)));
}

TEST_CASE("F22: a mail that was cut off is due at once, with the same link, and that lives on where it comes too late",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob cut = claim_one(world);
  settle(world, cut, Settlement::kCutOff, 354);
  CHECK(world.queue.until_next(std::chrono::minutes(5)) == std::chrono::milliseconds(0));
  SECTION("tried again") {
    const ResetJob again = claim_one(world);
    CHECK(again.lease.row_id == cut.lease.row_id);
    CHECK(again.seed == cut.seed);
    CHECK(again.expires_at == cut.expires_at);
    CHECK(again.message_key == cut.message_key);
    settle(world, cut, Settlement::kCutOff, 354);  // not its row any more
    CHECK(world.claim().empty());
  }
  SECTION("too late") {
    world.let_pass("45 minutes 1 second");
    CHECK(world.claim().empty());
    CHECK(world.states() == "expired_undelivered");
    CHECK(world.recovery.find_reset_token(token_of(cut)));
  }
}

TEST_CASE("M14: a mail refused for good ends the row and its token; the older link lives on", "[queue_store]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  const TokenHash older = world.mail_link("ada");
  world.forget("ada");
  settle(world, claim_one(world), Settlement::kRejected, 550);
  CHECK(world.states() == "sent rejected");
  CHECK(world.count("reset_requests WHERE smtp_code = 550") == 1);
  CHECK(world.count("reset_tokens") == 1);
  CHECK(world.recovery.find_reset_token(older));
}

TEST_CASE("a row given back untried is as new: its link's life begins when it is really sent", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  for (int i = 0; i < 3; ++i) {
    settle(world, claim_one(world), Settlement::kReturned, 535);
    CHECK(world.states() == "queued");
    CHECK(world.count("reset_tokens") == 0);
    world.let_pass("50 minutes");
  }
  const ResetJob job = claim_one(world);
  CHECK(job.lease.attempt == 4);
  CHECK(world.database.number("SELECT round(extract(epoch FROM expires_at - now()))::bigint AS x FROM reset_tokens") >= 3590);
}

TEST_CASE("a row given back after an earlier try keeps its link: that may be in the inbox", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob first = claim_one(world);
  settle(world, first, Settlement::kTryLater);
  world.let_pass("20 seconds");
  settle(world, claim_one(world), Settlement::kReturned);
  CHECK(world.recovery.find_reset_token(token_of(first)));
  CHECK(claim_one(world).seed == first.seed);
}
