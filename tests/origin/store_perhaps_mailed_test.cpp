// Attempts that ended unheard: the mail may be in the inbox. How long its link lives, and how the attempt counts for the limit.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// One request, whose first attempt ends unheard.
struct PerhapsMailedWorld : StoreWorld {
  PerhapsMailedWorld() {
    add_user("ada");
    forget("ada");
  }

  bool is_alive(const Delivery& job) { return recovery.find_reset_token(token_of(job)).has_value(); }
};

enum class Fate { kUnknown, kCutOff, kHolderDied };

Delivery try_once(StoreWorld& world, Fate fate) {
  const Delivery job = claim_one(world);
  if (fate == Fate::kHolderDied) world.let_pass("61 seconds");
  if (fate == Fate::kCutOff) settle(world, job, MailVerdict::kCutOff, 354);
  if (fate == Fate::kUnknown) {
    settle(world, job, MailVerdict::kUnknown, 354);
    world.let_pass("20 seconds");
  }
  return job;
}

}  // namespace

TEST_CASE("M16: a mail with an unknown outcome is tried again by the schedule, with the same link", "[outbox]") {
  PerhapsMailedWorld world;
  const Delivery first = claim_one(world);
  settle(world, first, MailVerdict::kUnknown, 354);
  CHECK(world.states() == "queued");
  CHECK(due_in(world) >= 14);
  CHECK(due_in(world) <= 17);
  CHECK(world.claim().empty());
  world.let_pass("20 seconds");
  CHECK(claim_one(world).token.seed == first.token.seed);
}

TEST_CASE("F02, F22: a link that may be in the inbox survives any outcome of later attempts", "[outbox]") {
  const auto fate = GENERATE(Fate::kUnknown, Fate::kCutOff, Fate::kHolderDied);
  PerhapsMailedWorld world;
  const Delivery first = try_once(world, fate);
  const Delivery second = claim_one(world);
  REQUIRE(second.lease.delivery == first.lease.delivery);
  SECTION("refused for now, until it was too late") {
    world.let_pass("44 minutes");
    settle(world, second, MailVerdict::kTryLater, 451);
    CHECK(world.states() == "expired_undelivered");
  }
  SECTION("refused for now, and no worker came in time") {
    settle(world, second, MailVerdict::kTryLater, 451);
    world.let_pass("46 minutes");
    CHECK(world.claim().empty());
    CHECK(world.states() == "expired_undelivered");
  }
  SECTION("unknown again, until it was too late") {
    world.let_pass("44 minutes");
    settle(world, second, MailVerdict::kUnknown, 354);
    CHECK(world.states() == "expired_undelivered");
  }
  SECTION("refused for good") {
    settle(world, second, MailVerdict::kRefused, 550);
    CHECK(world.states() == "rejected");
  }
  SECTION("not begun") {
    give_back(world, second);
    CHECK(world.states() == "queued");
  }
  CHECK(world.count("deliveries WHERE ended_at IS NOT NULL AND seed IS NOT NULL") == 0);
  CHECK(world.is_alive(first));
}

TEST_CASE("a link that may be in the inbox ends once a newer mail is taken, not before", "[outbox]") {
  PerhapsMailedWorld world;
  const Delivery older = try_once(world, Fate::kUnknown);
  world.let_pass("61 seconds");
  world.forget("ada");
  const Delivery newer = claim_one(world);
  CHECK(world.states() == "superseded sending");
  CHECK(world.is_alive(older));
  SECTION("refused for good") {
    settle(world, newer, MailVerdict::kRefused, 550);
    CHECK(world.is_alive(older));
  }
  SECTION("taken") {
    settle(world, newer, MailVerdict::kTaken);
    CHECK_FALSE(world.is_alive(older));
  }
}

TEST_CASE("L14: attempts that ended unheard count for the mail limit as mails do", "[outbox]") {
  const auto fate = GENERATE(Fate::kUnknown, Fate::kCutOff, Fate::kHolderDied);
  PerhapsMailedWorld world;
  world.rules.short_period = std::chrono::seconds(100);
  const Delivery first = try_once(world, fate);
  world.forget("ada");
  SECTION("the same link is sent again, no other is") {
    CHECK(claim_one(world).token.seed == first.token.seed);
    CHECK(world.states() == "sending queued");
  }
  SECTION("if it is not tried again, the newer one waits for the end of the short period") {
    settle(world, claim_one(world), MailVerdict::kRefused, 550);
    world.let_pass("1 second");
    CHECK(world.claim().empty());
    CHECK(world.states() == "rejected queued");
    CHECK(due_in(world) > 20);
    world.let_pass("101 seconds");
    CHECK(world.claim().size() == 1);
  }
}

TEST_CASE(
    "L14: a relay that never says whether it took the mail gets five requests' mails an hour, then one link again by the "
    "schedule",
    "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 5; ++i) {
    world.forget("ada");
    settle(world, claim_one(world), MailVerdict::kUnknown, 354);
    world.let_pass("61 seconds");
  }
  REQUIRE(world.states() == "superseded superseded superseded superseded queued");
  for (int i = 0; i < 20; ++i) {
    world.forget("ada");
    for (const Delivery& job : world.claim()) {
      CHECK(request_of(world, job) == 5);
      settle(world, job, MailVerdict::kUnknown, 354);
    }
    world.let_pass("61 seconds");
  }
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 4 + 19);
  CHECK(world.count("reset_requests WHERE ended_at IS NULL") == 2);
  CHECK(world.database.number("SELECT attempt AS x FROM deliveries WHERE reset_request = 5") <=
        7);  // the schedule's points within 21 min
}

TEST_CASE("a request beside a mail that was perhaps taken is mailed if that one fails in the end", "[outbox]") {
  PerhapsMailedWorld world;
  world.rules.short_period = std::chrono::seconds(100);
  settle(world, claim_one(world), MailVerdict::kUnknown, 354);
  world.forget("ada");
  REQUIRE(world.claim().empty());
  world.let_pass("20 seconds");
  settle(world, claim_one(world), MailVerdict::kRefused, 550);
  CHECK(world.states() == "rejected queued");
  world.let_pass("101 seconds");
  CHECK(request_of(world, claim_one(world)) == 2);
}

TEST_CASE("L16: once the link that may be in the inbox is given up, a new request gets a new link", "[outbox]") {
  PerhapsMailedWorld world;
  world.rules.per_long = 1;
  const Delivery first = try_once(world, Fate::kUnknown);
  world.let_pass("45 minutes");
  CHECK(world.claim().empty());
  REQUIRE(world.states() == "expired_undelivered");
  world.forget("ada");
  CHECK(claim_one(world).lease.delivery != first.lease.delivery);
}

TEST_CASE("an attempt that ended unheard is kept as long as it counts", "[outbox]") {
  PerhapsMailedWorld world;
  try_once(world, Fate::kUnknown);
  settle(world, claim_one(world), MailVerdict::kRefused, 550);
  world.let_pass("50 minutes");
  world.outbox.prune({std::chrono::minutes(1)});
  CHECK(world.count("delivery_attempts") == 2);
  world.let_pass("11 minutes");
  world.outbox.prune({std::chrono::minutes(1)});
  CHECK(world.count("delivery_attempts") == 0);
}
