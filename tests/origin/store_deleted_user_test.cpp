// An operator deletes an account while a reset is under way.
#include <catch2/catch.hpp>

#include "origin/use_cases/reset_password.h"
#include "tests/origin/account_files.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/store_queue_steps.h"
#include "tests/origin/use_case_fakes.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct DeletedUserWorld : StoreWorld {
  FakeHasher hasher;
  FakeNormalizer normalizer;
  FakeMetrics metrics;
  FakeEventLog events;
  PasswordRules password_rules{normalizer, "Rekey", 8};
  HandClock clock;
  TryCode codes{recovery, 0, clock, events, metrics};
  ResetPassword reset{recovery, codes, hasher, password_rules, events, metrics};

  DeletedUserWorld() { add_user("ada"); }
  void delete_user() { database.execute("DELETE FROM users WHERE username = 'ada'"); }

  // The owner uses the link afterwards: it is refused like any dead link, without an alarm.
  void click(const TokenHash& token) {
    CHECK(reset.run({token, "a good new password"}, request()).kind == ResetPasswordOutcome::Kind::kBadToken);
    CHECK(events.count(Event::kUnknownAuthenticToken) == 0);
    CHECK(metrics.counted(Counter::kUnknownAuthenticTokens) == 0);
  }
};

}  // namespace

TEST_CASE("deleted while the request waits: it ends without an account", "[deleted_user]") {
  DeletedUserWorld world;
  world.forget("ada");
  world.delete_user();
  CHECK(world.claim().empty());
  CHECK(world.states() == "no_account");
}

TEST_CASE("deleted while the mail is under way: the delivery ends, its seed is wiped, and the link is refused without an alarm",
          "[deleted_user]") {
  DeletedUserWorld world;
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.delete_user();
  SECTION("tried") {
    const auto verdict = GENERATE(MailVerdict::kTaken, MailVerdict::kTryLater, MailVerdict::kRefused, MailVerdict::kUnknown);
    CHECK_NOTHROW(settle(world, job, verdict));
    world.click(token_of(job));
    world.let_pass("61 seconds");
    CHECK(world.claim().empty());
    world.click(token_of(job));
  }
  SECTION("not begun") {
    CHECK_NOTHROW(give_back(world, job));
    CHECK(world.claim().empty());
  }
  CHECK(world.states() == "no_account");
  CHECK(world.count("deliveries WHERE seed IS NOT NULL") == 0);
}

TEST_CASE("a notice for an account that is gone ends without a mail", "[deleted_user]") {
  DeletedUserWorld world;
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  world.delete_user();
  const auto claimed = world.outbox.claim(world.rules);
  CHECK(claimed.deliveries.empty());
  REQUIRE(claimed.ended.size() == 1);
  CHECK(claimed.ended[0].kind == DeliveryKind::kPasswordChanged);
  CHECK(claimed.ended[0].end == MailEnd::kAccountGone);
}

TEST_CASE("deleted while a mail waits for its next attempt: no further attempt", "[deleted_user]") {
  DeletedUserWorld world;
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.settle(job.lease, MailVerdict::kTryLater, 451);
  world.delete_user();
  world.let_pass("5 minutes");
  CHECK(world.claim().empty());
  CHECK(world.states() == "no_account");
  world.click(token_of(job));
}

TEST_CASE("deleted after the mail was sent: the request stays as history, and the link is refused without an alarm",
          "[deleted_user]") {
  DeletedUserWorld world;
  const TokenHash token = world.mail_link("ada");
  world.delete_user();
  CHECK(world.states() == "sent");
  if (accounts_under_test().empty()) CHECK(world.count("reset_tokens") == 0);
  world.click(token);
  CHECK_NOTHROW(world.recovery.cancel_reset_token(token, email("ada@example.com"), request()));
  world.let_pass("25 hours");
  world.outbox.prune({std::chrono::hours(24)});
  CHECK(world.count("reset_requests") + world.count("deliveries") + world.count("delivery_attempts") == 0);
}

TEST_CASE("a new account with a deleted one's address gets none of its links, and may ask for its own", "[deleted_user]") {
  DeletedUserWorld world;
  world.forget("ada");
  const Delivery job = claim_one(world);
  world.delete_user();
  world.add_user("ada");
  world.settle(job.lease, MailVerdict::kTaken, 250);
  world.let_pass("61 seconds");
  CHECK(world.claim().empty());
  CHECK(world.states() == "no_account");
  world.click(token_of(job));
  CHECK(world.recovery.find_reset_token(world.mail_link("ada")));
}

TEST_CASE("E08: a forgot request does not wait for a lock on the table of accounts", "[deleted_user][recovery_store]") {
  DeletedUserWorld world;
  PostgresConnection operator_connection(world.database.url_for_tests());
  operator_connection.begin();
  operator_connection.run_script("LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
  CHECK_NOTHROW(world.forget("ada"));
  CHECK(world.states() == "queued");
  operator_connection.roll_back();
}
