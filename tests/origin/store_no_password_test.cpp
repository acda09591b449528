// Accounts without a password, which sign in through a provider.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct NoPasswordWorld : StoreWorld {
  NoPasswordWorld() {
    add_user("ada");
    database.execute("UPDATE users SET password_hash = NULL, sign_in_with = 'Google'");
  }
};

}  // namespace

TEST_CASE("an account without a password takes the same way through the outbox, and its mail knows how it signs in",
          "[outbox][own]") {
  NoPasswordWorld world;
  world.forget("ada");
  const Delivery delivery = claim_one(world);
  REQUIRE(delivery.user);
  CHECK_FALSE(delivery.user->has_password);
  CHECK(delivery.user->sign_in_with == "Google");
  CHECK(settle(world, delivery, MailVerdict::kTaken) == "sent");
  CHECK(world.count("reset_tokens") == 1);
}

TEST_CASE("the token of an account without a password dies when it gets one in another way", "[outbox][own]") {
  NoPasswordWorld world;
  const TokenHash token = world.mail_link("ada");
  REQUIRE(world.recovery.find_reset_token(token));
  world.database.execute("UPDATE users SET password_hash = 'set elsewhere'");
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK_FALSE(world.recovery.consume_reset_token(token, {"new"}, request()));
}

TEST_CASE("a first password is set like any other, and the account has it from then on", "[outbox][own]") {
  NoPasswordWorld world;
  CHECK(world.recovery.consume_reset_token(world.mail_link("ada"), {"first"}, request()));
  CHECK(world.account("ada").password_hash.text == "first");
  CHECK(world.account("ada").user.has_password);
}

TEST_CASE("nobody logs in to an account without a password", "[outbox][own]") {
  NoPasswordWorld world;
  const Account account = world.account("ada");
  CHECK(account.password_hash.text == "");
  CHECK_FALSE(
      world.accounts.open_session(account.user.id, account.password_hash, std::nullopt, {hash_number(1), kLease}, request()));
}
