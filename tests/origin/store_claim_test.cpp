#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("a first claim commits user, seed, key, expiry and a live token", "[queue_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.forget("ADA");
  const ResetJob job = claim_one(world);
  CHECK(job.user.id == id);
  CHECK(job.user.email == "ada@example.com");
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

TEST_CASE("A1, F10: rows for unknown and inactive accounts end without mail and in bulk", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("grace");
  world.accounts.set_active(email("grace@example.com"), false);
  for (const char* name : {"nobody", "grace", "ada"}) world.forget(name);
  CHECK(world.claim().size() == 1);
  CHECK(world.states() == "no_account no_account sending");
}

TEST_CASE("of several waiting requests of an account the newest goes and the others end as superseded", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 3; ++i) world.forget("ada");
  claim_one(world);
  CHECK(world.states() == "superseded superseded sending");
  CHECK(world.count("reset_tokens") == 1);
}

TEST_CASE("one request of an account is in flight at a time; the next waits for it, not longer", "[queue_store]") {
  StoreWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob first = claim_one(world);
  world.forget("ada");
  CHECK(world.claim().empty());
  CHECK(world.queue.until_next(std::chrono::minutes(5)) > std::chrono::seconds(30));  // no spinning on a row that cannot go
  settle(world, first, Settlement::kSent);
  CHECK(world.queue.until_next(std::chrono::minutes(5)) == std::chrono::milliseconds(0));
  claim_one(world);
  CHECK(world.states() == "sent sending");
}

TEST_CASE("the lease's end gives the row to another, who mails the same link under the same Message-ID", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob first = claim_one(world);
  CHECK(world.claim().empty());
  world.let_pass("61 seconds");
  const ResetJob again = claim_one(world);
  CHECK(again.seed == first.seed);
  CHECK(again.key_id == first.key_id);
  CHECK(again.message_key == first.message_key);
  CHECK(again.lease.row_id == first.lease.row_id);
  CHECK(again.lease.attempt == 2);
}

TEST_CASE("a retry whose token is gone meanwhile ends as superseded", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob job = claim_one(world);
  settle(world, job, Settlement::kTryLater);
  world.let_pass("20 seconds");
  SECTION("used") { world.recovery.consume_reset_token(token_of(job), {"new"}, request()); }
  SECTION("dead by an operator's SQL") { world.database.execute("UPDATE users SET password_hash = 'by hand'"); }
  SECTION("cancelled") { world.recovery.cancel_reset_token(token_of(job), email("ada@example.com"), request()); }
  CHECK(world.claim().empty());
  CHECK(world.states() == "superseded");
}

TEST_CASE("a newer request takes the place of one that waits to be tried again; both links work until it is mailed",
          "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const ResetJob older = claim_one(world);
  settle(world, older, Settlement::kTryLater);
  world.forget("ada");
  const ResetJob newer = claim_one(world);
  CHECK(world.states() == "superseded sending");
  CHECK(world.recovery.find_reset_token(token_of(older)));
  settle(world, newer, Settlement::kSent);
  CHECK_FALSE(world.recovery.find_reset_token(token_of(older)));
  CHECK(world.recovery.find_reset_token(token_of(newer)));
}
