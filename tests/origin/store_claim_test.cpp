#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("a decision commits account, seed, key, expiry and a live token", "[outbox]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.forget("ADA");
  const Delivery job = claim_one(world);
  REQUIRE(job.user);
  CHECK(job.user->id == id);
  CHECK(job.user->email == "ada@example.com");
  CHECK(job.key_id == 7);
  CHECK(job.lease.attempt == 1);
  CHECK(job.request.user_agent == "Test/1.0");
  CHECK(job.message_key.size() == 36);
  CHECK(world.recovery.find_reset_token(token_of(job)));
  CHECK(world.states() == "sending");
  const auto left = world.database.number("SELECT round(extract(epoch FROM expires_at - now()))::bigint AS x FROM reset_tokens");
  CHECK(left <= 3600);
  CHECK(left >= 3590);
}

TEST_CASE("A1, F10: requests for unknown and inactive accounts end without a mail and in bulk", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("grace");
  world.set_standing("grace", Standing::kInactive);
  for (const char* name : {"nobody", "grace", "ada"}) world.forget(name);
  CHECK(world.claim().size() == 1);
  CHECK(world.states() == "no_account no_account sending");
}

TEST_CASE("of an account's waiting requests the newest is sent and the others end as superseded", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 3; ++i) world.forget("ada");
  claim_one(world);
  CHECK(world.states() == "superseded superseded sending");
  CHECK(world.count("reset_tokens") == 1);
}

TEST_CASE("one request of an account is in flight at a time; the next waits for its end and no longer", "[outbox]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  world.forget("ada");
  const Delivery first = claim_one(world);
  world.forget("ada");
  CHECK(world.claim().empty());
  CHECK(world.is_idle());  // the worker does not spin on a request that must wait
  CHECK(due_in(world) <= 1);
  settle(world, first, MailVerdict::kTaken);
  world.let_pass("1 second");
  claim_one(world);
  CHECK(world.states() == "sent sending");
}

TEST_CASE("a request older than the one in flight is superseded by it, even if it is seen later", "[outbox]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  world.forget("ada");
  claim_one(world);
  world.database.execute(
      "INSERT INTO reset_requests (id, request_id, email, state, queued_email, due_at, client_ip, user_agent, country, "
      "accept_language) OVERRIDING SYSTEM VALUE SELECT 0, 'older', email, 'queued', email, now(), '', '', '', '' FROM "
      "reset_requests");
  CHECK(world.claim().empty());
  CHECK(world.states() == "superseded sending");
}

TEST_CASE("after the lease another worker claims the delivery and mails the same link with the same Message-ID", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery first = claim_one(world);
  CHECK(world.claim().empty());
  world.let_pass("61 seconds");
  const Delivery again = claim_one(world);
  CHECK(again.token.seed == first.token.seed);
  CHECK(again.key_id == first.key_id);
  CHECK(again.message_key == first.message_key);
  CHECK(again.lease.delivery == first.lease.delivery);
  CHECK(again.lease.attempt == 2);
}

TEST_CASE("a retry whose token died meanwhile ends as superseded", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery job = claim_one(world);
  settle(world, job, MailVerdict::kTryLater);
  world.let_pass("20 seconds");
  SECTION("used") { world.recovery.consume_reset_token(token_of(job), {"new"}, request()); }
  SECTION("password changed by an operator's SQL") { world.database.execute("UPDATE users SET password_hash = 'by hand'"); }
  SECTION("the address changed") { world.database.execute("UPDATE users SET email = 'new@example.com'"); }
  SECTION("cancelled") { world.recovery.cancel_reset_token(token_of(job), email("ada@example.com"), request()); }
  CHECK(world.claim().empty());
  CHECK(world.states() == "superseded");
}

TEST_CASE("a newer request replaces one that waits to be tried again; both links work until it is mailed", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const Delivery older = claim_one(world);
  settle(world, older, MailVerdict::kTryLater);
  world.forget("ada");
  const Delivery newer = claim_one(world);
  CHECK(world.states() == "superseded sending");
  CHECK(world.recovery.find_reset_token(token_of(older)));
  settle(world, newer, MailVerdict::kTaken);
  CHECK_FALSE(world.recovery.find_reset_token(token_of(older)));
  CHECK(world.recovery.find_reset_token(token_of(newer)));
}
