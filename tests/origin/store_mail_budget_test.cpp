// MAIL_LIMIT_TOTAL: the mails of all origins in any hour.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct BudgetWorld : StoreWorld {
  explicit BudgetWorld(std::uint32_t mails) {
    rules.per_hour = mails;
    for (const char* name : {"ada", "alan", "grace", "edsger"}) add_user(name);
  }

  Budget budget() { return outbox.decide(rules, hash_of_plan, random).budget; }

  void let_minutes_pass(int minutes) {
    database.execute("UPDATE mail_minutes SET minute = minute - interval '" + std::to_string(minutes) + " minutes'");
  }
};

}  // namespace

TEST_CASE("over the hour's mails requests wait undecided, the oldest go first, and none is lost", "[outbox][budget]") {
  BudgetWorld world(2);
  for (const char* name : {"ada", "alan", "grace"}) world.forget(name);
  const auto first = world.claim();
  REQUIRE(first.size() == 2);
  for (const auto& delivery : first) settle(world, delivery, MailVerdict::kTaken);
  CHECK(world.budget() == Budget::kUsedUp);
  CHECK(world.outbox.claim(world.rules).budget == Budget::kUsedUp);
  CHECK(world.states() == "sent sent queued");
  CHECK(world.count("deliveries") == 2);  // the life of the third link has not begun
  world.let_minutes_pass(59);
  CHECK(world.budget() == Budget::kUsedUp);
  world.let_minutes_pass(2);
  CHECK(world.claim().size() == 1);
}

TEST_CASE("a notice counts, a rehearsal and a listed address do not", "[outbox][budget]") {
  BudgetWorld world(9);
  world.database.execute("INSERT INTO suppressed_addresses (email) VALUES ('grace@example.com')");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  for (const char* name : {"nobody", "grace"}) world.forget(name);
  CHECK(world.claim_notices().size() == 1);
  CHECK(world.states() == "sent no_account suppressed");
  CHECK(world.database.number("SELECT sum(mails)::bigint AS x FROM mail_minutes") == 2);
}

TEST_CASE("a mail that stays untried does not count", "[outbox][budget]") {
  BudgetWorld world(1);
  world.forget("ada");
  auto delivery = claim_one(world);
  REQUIRE(world.budget() == Budget::kUsedUp);
  SECTION("given back") { give_back(world, delivery); }
  SECTION("the relay was away") { settle(world, delivery, MailVerdict::kRelayAway); }
  SECTION("the relay refused us") { settle(world, delivery, MailVerdict::kRelayRefuses); }
  SECTION("a retry") {
    settle(world, delivery, MailVerdict::kTryLater, 451);
    world.let_minutes_pass(61);
    world.let_pass("20 seconds");
    delivery = claim_one(world);
    give_back(world, delivery);
  }
  CHECK(world.budget() == Budget::kLeft);
  CHECK(world.count("mail_minutes WHERE mails = 0") == 1);
  give_back(world, delivery);  // a second time changes nothing
  CHECK(world.count("mail_minutes WHERE mails < 0") == 0);
}

TEST_CASE("a mail that was tried counts, whatever came of it", "[outbox][budget]") {
  const auto verdict = GENERATE(MailVerdict::kTryLater, MailVerdict::kRefused, MailVerdict::kUnknown, MailVerdict::kCutOff);
  BudgetWorld world(1);
  world.forget("ada");
  settle(world, claim_one(world), verdict, 451);
  CHECK(world.budget() == Budget::kUsedUp);
}

TEST_CASE("origins that claim at the same time do not spend a mail twice", "[outbox][budget]") {
  BudgetWorld world(10);
  for (int i = 0; i < 40; ++i) {
    world.add_user("user" + std::string(1, static_cast<char>('a' + i % 26)) + std::string(1, static_cast<char>('a' + i / 26)));
  }
  world.flood("(SELECT email FROM users WHERE username LIKE 'user%' ORDER BY id OFFSET n - 1 LIMIT 1)", 40);
  auto unlimited = world.rules;
  unlimited.per_hour = 0;
  world.outbox.decide(unlimited, hash_of_plan, world.random);
  std::atomic<std::size_t> claimed{0};
  std::vector<std::thread> origins;
  for (int i = 0; i < 4; ++i) {
    origins.emplace_back([&] {
      auto rules = world.rules;
      rules.most = 4;
      for (int round = 0; round < 3; ++round) claimed += world.outbox.claim(rules).deliveries.size();
    });
  }
  for (auto& origin : origins) origin.join();
  CHECK(claimed == 10);
  CHECK(world.count("mail_minutes WHERE mails > 10") == 0);
}

TEST_CASE("without a limit nothing is counted", "[outbox][budget]") {
  BudgetWorld world(0);
  send_one(world, "ada");
  CHECK(world.count("mail_minutes") == 0);
}

TEST_CASE("minutes are pruned once they count no more", "[outbox][budget]") {
  BudgetWorld world(5);
  send_one(world, "ada");
  world.outbox.prune({std::chrono::hours(24)});
  CHECK(world.count("mail_minutes") == 1);
  world.let_minutes_pass(121);
  world.outbox.prune({std::chrono::hours(24)});
  CHECK(world.count("mail_minutes") == 0);
}
