// Attempts that are recorded together: each for itself, whatever becomes of the others.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr SqlStatement kHoldAda{"hold_ada", "SELECT rekey.lock_account(u.id) FROM rekey.account_by_address('ada@example.com') u"};

struct GroupWorld : StoreWorld {
  // One delivery for each, in this order.
  std::vector<Delivery> claim_for(const std::vector<std::string>& names) {
    for (const auto& name : names) forget(name);
    auto deliveries = claim();
    REQUIRE(deliveries.size() == names.size());
    return deliveries;
  }

  // Returns: the terminal states in the order of the attempts; "held" for an account that somebody holds.
  std::vector<std::string> settle_group(const std::vector<Attempt>& attempts) {
    std::vector<std::string> states;
    for (const Settled& settled : outbox.settle(attempts))
      states.push_back(settled.kind == Settled::Kind::kHeld ? "held"
                       : settled.end                        ? std::string(row_of(*settled.end).state)
                                                            : "");
    return states;
  }
};

using Words = std::vector<std::string>;

Attempt taken(const Delivery& delivery) { return {delivery.lease, MailVerdict::kTaken, 250}; }

}  // namespace

TEST_CASE("each attempt of a group ends its delivery in its own way", "[outbox]") {
  GroupWorld world;
  const std::vector<std::string> names{"ada", "alan", "grace", "edsger", "barbara"};
  for (const auto& name : names) world.add_user(name);
  const auto jobs = world.claim_for(names);
  world.forget("nobody");
  world.outbox.decide(world.rules, hash_of_plan, world.random);
  const auto rehearsal = world.outbox.claim(world.rules).deliveries;
  REQUIRE(rehearsal.size() == 1);
  const auto states = world.settle_group({taken(jobs[0]),
                                          {jobs[1].lease, MailVerdict::kRefused, 550},
                                          {jobs[2].lease, MailVerdict::kTryLater, 451},
                                          {jobs[3].lease, MailVerdict::kRelayRefuses, 535},
                                          {jobs[4].lease, MailVerdict::kCutOff, 354},
                                          {rehearsal[0].lease, std::nullopt, 0}});
  CHECK(states == Words{"sent", "rejected", "", "", "", "no_account"});
  CHECK(world.states() == "sent rejected queued queued queued no_account");
  CHECK(world.count("delivery_attempts") == 5);
  for (const char* word : {"taken", "refused", "try_later", "cut_off", "rehearsed"})
    CHECK(world.count("delivery_attempts WHERE outcome = '" + std::string(word) + "'") == 1);
  CHECK(world.count("deliveries WHERE smtp_code = 451 AND due_at > now() + interval '10 seconds'") == 1);
  CHECK(world.count("deliveries WHERE smtp_code = 354 AND due_at <= now()") == 1);
  CHECK(world.count("deliveries WHERE ended_at IS NOT NULL AND seed IS NOT NULL") == 0);
  CHECK(world.recovery.find_reset_token(token_of(jobs[0])));
  CHECK_FALSE(world.recovery.find_reset_token(token_of(jobs[1])));
  CHECK(world.recovery.find_reset_token(token_of(jobs[2])));
  CHECK(world.recovery.find_reset_token(token_of(jobs[4])));
}

TEST_CASE("a mail that was taken ends the older links of its own account, and of no other of the group", "[outbox]") {
  GroupWorld world;
  world.rules.per_short = world.rules.per_long = 100;
  for (const char* name : {"ada", "alan"}) world.add_user(name);
  const TokenHash of_ada = world.mail_link("ada");
  const TokenHash of_alan = world.mail_link("alan");
  const auto jobs = world.claim_for({"ada", "alan"});
  world.settle_group({taken(jobs[0]), {jobs[1].lease, MailVerdict::kRefused, 550}});
  CHECK_FALSE(world.recovery.find_reset_token(of_ada));
  CHECK(world.recovery.find_reset_token(of_alan));
  CHECK(world.count("reset_tokens") == 2);
}

TEST_CASE("a lease that was lost changes nothing in a group, and the others are settled", "[outbox]") {
  GroupWorld world;
  for (const char* name : {"ada", "alan", "grace"}) world.add_user(name);
  const auto lost = world.claim_for({"ada"});
  world.let_pass("61 seconds");
  const auto again = world.claim();
  REQUIRE(again.size() == 1);
  const auto others = world.claim_for({"alan", "grace"});
  const Attempt unknown{{0, 0}, MailVerdict::kTaken, 250};
  CHECK(world.settle_group({taken(others[0]), taken(lost[0]), unknown, taken(others[1])}) == Words{"sent", "", "", "sent"});
  CHECK(world.states() == "sending sent sent");
  CHECK(world.settle_group({taken(again[0])}) == Words{"sent"});
  CHECK(world.count("delivery_attempts WHERE outcome = 'taken'") == 3);
}

TEST_CASE("an account that somebody holds, or that is gone, keeps no other attempt of the group from being recorded",
          "[outbox]") {
  GroupWorld world;
  for (const char* name : {"ada", "alan", "grace"}) world.add_user(name);
  const auto jobs = world.claim_for({"ada", "alan", "grace"});
  world.database.execute("DELETE FROM users WHERE username = 'alan'");
  world.pool.transact([&](SqlSession& session) {
    session.run(kHoldAda);
    CHECK(world.settle_group({taken(jobs[0]), taken(jobs[1]), taken(jobs[2])}) == Words{"held", "", "sent"});
  });
  CHECK(world.settle_group({taken(jobs[0]), taken(jobs[1])}) == Words{"sent", ""});
  world.let_pass("61 seconds");
  CHECK(world.claim().empty());
  CHECK(world.states() == "sent no_account sent");
}

TEST_CASE("a group that is settled twice, because the first answer was lost, is recorded once", "[outbox]") {
  GroupWorld world;
  for (const char* name : {"ada", "alan"}) world.add_user(name);
  const auto jobs = world.claim_for({"ada", "alan"});
  const std::vector<Attempt> group{taken(jobs[0]), {jobs[1].lease, MailVerdict::kUnknown, 354}};
  CHECK(world.settle_group(group) == Words{"sent", ""});
  CHECK(world.settle_group(group) == Words{"", ""});
  CHECK(world.count("delivery_attempts") == 2);
  CHECK(world.states() == "sent queued");
}

TEST_CASE("a group whose transaction fails records nothing, and may be settled again", "[outbox]") {
  GroupWorld world;
  for (const char* name : {"ada", "alan"}) world.add_user(name);
  const auto jobs = world.claim_for({"ada", "alan"});
  const std::vector<Attempt> group{taken(jobs[0]), taken(jobs[1])};
  world.database.execute("ALTER TABLE delivery_attempts ADD CONSTRAINT broken CHECK (delivery <> " +
                         std::to_string(jobs[1].lease.delivery) + ")");
  CHECK_THROWS_AS(world.settle_group(group), Unavailable);
  CHECK(world.states() == "sending sending");
  CHECK(world.count("delivery_attempts") == 0);
  CHECK(world.settle_group({group[0]}) == Words{"sent"});  // as the worker tries again: one by one
  world.database.execute("ALTER TABLE delivery_attempts DROP CONSTRAINT broken");
  CHECK(world.settle_group(group) == Words{"", "sent"});
}
