#include <catch2/catch.hpp>
#include <utility>

#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;
using Kind = ResetPasswordOutcome::Kind;

TEST_CASE("B9: a live token sets the password once", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  const auto outcome = world.reset_password.run({kSomeToken, "a good new one"}, world.request);
  CHECK(outcome.kind == Kind::kOk);
  CHECK(outcome.address == "ada@example.com");
  CHECK(world.events.count(Event::kPasswordReset) == 1);
  CHECK(world.events.count(Event::kSessionsRevoked) == 1);
  CHECK(world.reset_password.run({kSomeToken, "a good new one"}, world.later).kind == Kind::kBadToken);
}

TEST_CASE("B9: a repeated call ends like the first, and sets nothing", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  for (int i = 0; i < 2; ++i) {
    const auto outcome = world.reset_password.run({kSomeToken, "a good new one"}, world.request);
    CHECK(outcome.kind == Kind::kOk);
    CHECK(outcome.address == "ada@example.com");
  }
  CHECK(world.hasher.hashed == 1);
  CHECK(world.events.count(Event::kPasswordReset) == 1);
  CHECK(world.events.count(Event::kResetTokenRefused) == 0);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
}

TEST_CASE("B9: two copies of one call at two origins both succeed; of two calls one does", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  const auto set = [&](const RequestInfo& request) {
    return world.reset_password.run({kSomeToken, "a good new one"}, request).kind;
  };
  bool passed = false;
  const auto overtaken_by = [&](const RequestInfo& other) {
    world.recovery.before_use = [&] {
      if (!std::exchange(passed, true)) CHECK(set(other) == Kind::kOk);
    };
  };
  SECTION("copies") {
    overtaken_by(world.request);
    CHECK(set(world.request) == Kind::kOk);
  }
  SECTION("calls") {
    overtaken_by(world.later);
    CHECK(set(world.request) == Kind::kBadToken);
  }
  CHECK(world.events.count(Event::kPasswordReset) == 1);
}

TEST_CASE("A4, T22: a refused password leaves the token usable and hashes nothing", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  const auto refused = [&](std::string_view password) { return world.reset_password.run({kSomeToken, password}, world.request); };
  CHECK(refused("").refusal == Error::kPasswordTooShort);
  CHECK(refused("sevenab").refusal == Error::kPasswordTooShort);
  CHECK(refused("password").refusal == Error::kPasswordCommon);
  CHECK(refused("ada@example.com").refusal == Error::kPasswordPersonal);
  CHECK(refused("\xFF is no UTF-8").refusal == Error::kPasswordNotText);
  CHECK(world.hasher.hashed == 0);
  CHECK(world.events.count(Event::kPasswordRefused) == 5);
  CHECK(refused("a good new one").kind == Kind::kOk);
}

TEST_CASE("the policy judges the password after NFC", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  CHECK(world.reset_password.run({kSomeToken, "a+a+a+a+"}, world.request).refusal == Error::kPasswordTooShort);
}

TEST_CASE("nothing is hashed if the token dies while the caller waits in line", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  world.hasher.before_turn = [&] { world.recovery.live.clear(); };
  CHECK(world.reset_password.run({kSomeToken, "a good new one"}, world.request).kind == Kind::kBadToken);
  CHECK(world.hasher.hashed == 0);
}

TEST_CASE("P17: the old password is accepted as the new one", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  CHECK(world.reset_password.run({kSomeToken, "old password"}, world.request).kind == Kind::kOk);
}

TEST_CASE("T23: an authentic token that was never issued raises an alarm; a used one does not", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  world.reset_password.run({kSomeToken, "a good new one"}, world.request);
  world.reset_password.run({kSomeToken, "a good new one"}, world.later);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
  CHECK(world.reset_password.run({kOtherToken, "a good new one"}, world.later).kind == Kind::kBadToken);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 1);
  CHECK(world.events.count(Event::kUnknownAuthenticToken) == 1);
  CHECK(world.events.count(Event::kResetTokenRefused) == 2);
}

TEST_CASE("cancelling needs the token and the address", "[cancel_reset]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  world.cancel_reset.run(kSomeToken, address("alan@example.com"), world.request);
  CHECK(world.recovery.live.size() == 1);
  world.cancel_reset.run(kSomeToken, address("Ada@example.com"), world.request);
  CHECK(world.recovery.live.empty());
}

TEST_CASE(
    "T23: cancelling with an authentic token that was never issued raises the alarm; with one of ours, alive or not, it does not",
    "[cancel_reset]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  for (const char* typed : {"alan@example.com", "ada@example.com", "ada@example.com"}) {
    world.cancel_reset.run(kSomeToken, address(typed), world.request);
  }
  CHECK(world.events.count(Event::kResetCancelled) == 1);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
  world.cancel_reset.run(kOtherToken, address("ada@example.com"), world.request);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 1);
  CHECK(world.metrics.counted(Counter::kAlarms, "key_known") == 1);
  CHECK(world.events.count(Event::kUnknownAuthenticToken) == 1);
}

TEST_CASE("G01, G02: no event holds a password or an address", "[reset_password]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  world.accounts.add("ada", "new:old password");
  world.forgot_password.run(address("ada@example.com"), ForgotMark::kNone, world.request);
  world.reset_password.run({kSomeToken, "password"}, world.request);
  world.reset_password.run({kSomeToken, "a good new one"}, world.request);
  world.log_in.run({address("ada@example.com"), "old password", kSomeToken}, world.request);
  world.log_in.run({address("ada@example.com"), "a wrong one", kSomeToken}, world.request);
  for (const char* secret : {"ada@example.com", "old password", "a good new one", "a wrong one", "=password"}) {
    CHECK(world.events.text().find(secret) == std::string::npos);
  }
}

TEST_CASE("a link of an account without a password sets one only where first passwords are allowed",
          "[reset_password][sign_in]") {
  UseCaseWorld world;
  world.recovery.issue(kSomeToken, "ada");
  world.recovery.live[kSomeToken].user.has_password = false;
  CHECK(world.reset_password.run({kSomeToken, "a good new one"}, world.request).kind == Kind::kBadToken);
  CHECK(world.hasher.hashed == 0);
  CHECK(world.metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
  ResetPassword allowing(world.recovery, world.try_code, world.hasher, world.rules, world.events, world.metrics,
                         FirstPassword::kAllowed);
  CHECK(allowing.run({kSomeToken, "a good new one"}, world.later).kind == Kind::kOk);
}
