// Requests for addresses without an account take the same way through the outbox, without a mail.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("a request without an account becomes a delivery without a user, and ends as no_account", "[outbox]") {
  StoreWorld world;
  world.add_user("grace");
  world.set_standing("grace", Standing::kInactive);
  world.forget("nobody");
  world.forget("grace");
  CHECK(world.outbox.decide(world.rules, hash_of_plan, world.random).ended[MailEnd::kUnknownAddress] == 0);
  CHECK(world.count("reset_tokens") == 0);
  const auto claimed = world.outbox.claim(world.rules).deliveries;
  REQUIRE(claimed.size() == 2);
  for (const Delivery& delivery : claimed) {
    CHECK_FALSE(delivery.user);
    CHECK(delivery.key_id == 7);
    CHECK(world.end_rehearsal(delivery.lease) == "no_account");
  }
  CHECK(world.states() == "no_account no_account");
  CHECK(world.count("deliveries WHERE state = 'no_account' AND seed IS NULL") == 2);
  CHECK(world.count("delivery_attempts WHERE outcome = 'rehearsed' AND user_id IS NULL") == 2);
}

TEST_CASE("a rehearsal that is given back becomes a queued request again; one whose worker died is rehearsed again", "[outbox]") {
  StoreWorld world;
  world.forget("nobody");
  world.outbox.decide(world.rules, hash_of_plan, world.random);
  const auto claimed = world.outbox.claim(world.rules).deliveries;
  REQUIRE(claimed.size() == 1);
  SECTION("given back") {
    world.outbox.give_back(claimed[0].lease);
    CHECK(world.count("deliveries") == 0);
  }
  SECTION("lost") { world.let_pass("61 seconds"); }
  CHECK(world.claim().empty());
  CHECK(world.states() == "no_account");
}

TEST_CASE("of several waiting requests of one address one goes through the outbox, with an account or without", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  for (int i = 0; i < 5; ++i) {
    world.forget("ada");
    world.forget("nobody");
  }
  const Decided decided = world.outbox.decide(world.rules, hash_of_plan, world.random);
  CHECK(decided.ended.at(MailEnd::kNewerRequest) == 4);
  CHECK(decided.ended.at(MailEnd::kUnknownAddress) == 4);
  CHECK(world.count("deliveries WHERE user_id IS NOT NULL") == 1);
  CHECK(world.count("deliveries WHERE user_id IS NULL") == 1);
  CHECK(world.count("reset_requests WHERE email = 'nobody@example.com' AND state = 'sending' AND id = 10") == 1);
}

TEST_CASE("real mails go before rehearsals, even if those have waited longer", "[outbox]") {
  StoreWorld world;
  world.rules.most = 4;
  world.flood("'u' || n || '@example.com'", 20);
  for (const char* name : {"ada", "alan", "grace"}) {
    world.add_user(name);
    world.forget(name);
  }
  world.outbox.decide(world.rules, hash_of_plan, world.random);
  CHECK(world.count("deliveries WHERE user_id IS NOT NULL") == 3);
  CHECK(world.count("deliveries WHERE user_id IS NULL") == 1);
}

TEST_CASE(
    "L17: a flood of 20,000 requests for unknown addresses delays a mail by one round for each thousand, and few are rehearsed",
    "[outbox]") {
  StoreWorld world;
  world.rules.most = 16;
  world.add_user("ada");
  world.flood("'u' || n || '@example.com'", 20000);
  world.forget("ada");
  std::size_t rounds = 0;
  std::size_t mails = 0;
  for (; mails == 0 && rounds < 30; ++rounds) mails = world.claim().size();
  CHECK(mails == 1);
  CHECK(rounds <= 21);
  CHECK(world.count("delivery_attempts WHERE outcome = 'rehearsed'") <= 16 * 21);
  while (!world.is_idle()) world.claim();
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == 20000);
}
