#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("L14, R07: a second mail within the minute is suppressed while the first link is fresh", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  send_one(world, "ada");
  for (int i = 0; i < 100; ++i) world.forget("ada");
  CHECK(world.claim().empty());
  CHECK(world.count("reset_requests WHERE state = 'sent'") == 1);
  CHECK(world.count("reset_requests WHERE state = 'suppressed'") == 1);
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 99);
  CHECK(world.count("reset_tokens") == 1);
}

TEST_CASE("L14: five mails an hour, then none while a mailed link has a quarter of an hour left", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 5; ++i) {
    send_one(world, "ada");
    world.let_pass("61 seconds");
  }
  world.forget("ada");
  CHECK(world.claim().empty());
  CHECK(world.count("reset_requests WHERE state = 'sent'") == 5);
  CHECK(world.count("reset_requests WHERE state = 'suppressed'") == 1);
}

TEST_CASE("L16: over the hourly limit a mail still goes out once no mailed link has a quarter of an hour left", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 5; ++i) {
    send_one(world, "ada");
    world.let_pass("61 seconds");
  }
  SECTION("because the last one is nearly over") { world.let_pass("44 minutes 30 seconds"); }
  SECTION("because the owner used it") { world.database.execute("DELETE FROM reset_tokens"); }
  world.database.execute("UPDATE delivery_attempts SET at = greatest(at, now() - interval '59 minutes')");
  world.forget("ada");
  CHECK(world.claim().size() == 1);
}

TEST_CASE("over the short limit and without a mailed link a request waits for the minute's end", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  send_one(world, "ada");
  world.database.execute("DELETE FROM reset_tokens");
  world.forget("ada");
  CHECK(world.claim().empty());
  CHECK(world.states() == "sent queued");
  CHECK(due_in(world) >= 50);
  CHECK(due_in(world) <= 60);
  world.let_pass("61 seconds");
  CHECK(world.claim().size() == 1);
}

TEST_CASE("the limit of one account does not affect another", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("alan");
  send_one(world, "ada");
  world.forget("alan");
  CHECK(claim_one(world).user->email == "alan@example.com");
}
