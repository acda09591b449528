#include <catch2/catch.hpp>

#include "origin/postgres/suppression_list.h"
#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct ListWorld : StoreWorld {
  SuppressionList list{pool};
  const OperatorAct act{"act-0000000000000000001", "otto"};
  ListWorld() { add_user("ada"); }

  bool add(const EmailAddress& address) { return list.add(address, act); }
  bool remove(const EmailAddress& address) { return list.remove(address, act); }

  // As the worker does: decides, claims, and settles what it did not mail.
  std::vector<std::optional<MailEnd>> work_off() {
    outbox.decide(rules, hash_of_plan, random);
    std::vector<std::optional<MailEnd>> ends;
    for (const Delivery& delivery : outbox.claim(rules).deliveries) {
      REQUIRE_FALSE(delivery.user);  // a rehearsal: nobody knows whom to mail
      const Attempt attempt{delivery.lease, std::nullopt, 0};
      ends.push_back(outbox.settle(std::span(&attempt, 1))[0].end);
    }
    return ends;
  }
};

}  // namespace

TEST_CASE("a request for a listed address is rehearsed like one without an account, and ends as suppressed", "[suppression]") {
  ListWorld world;
  CHECK(world.add(email("ADA@example.com")));
  world.forget("ada");
  world.forget("nobody");
  CHECK(world.work_off() == std::vector<std::optional<MailEnd>>{MailEnd::kListed, MailEnd::kUnknownAddress});
  CHECK(world.states() == "suppressed no_account");
  CHECK(world.count("reset_tokens") == 0);
  CHECK(world.count("deliveries WHERE seed IS NOT NULL") == 0);
}

TEST_CASE("a listed address gets no notice either", "[suppression]") {
  ListWorld world;
  const auto token = world.mail_link("ada");
  world.add(email("ada@example.com"));
  CHECK(world.recovery.consume_reset_token(token, {"new"}, request()));
  CHECK(world.work_off() == std::vector<std::optional<MailEnd>>{MailEnd::kListed});
  CHECK(world.count("deliveries WHERE kind = 'password_changed' AND state = 'suppressed'") == 1);
}

TEST_CASE("an address that is listed between two attempts gets no other; a link that may be in the inbox stays alive",
          "[suppression]") {
  const auto [first, links] = GENERATE(std::pair{MailVerdict::kTryLater, 0}, std::pair{MailVerdict::kUnknown, 1});
  ListWorld world;
  world.forget("ada");
  settle(world, claim_one(world), first, 451);
  world.add(email("ada@example.com"));
  world.let_pass("20 seconds");
  CHECK(world.work_off() == std::vector<std::optional<MailEnd>>{MailEnd::kListed});
  CHECK(world.count("reset_tokens") == links);
}

TEST_CASE("an address that is taken off the list gets mail again, and no request before counts for its limit", "[suppression]") {
  ListWorld world;
  world.add(email("ada@example.com"));
  world.forget("ada");
  world.work_off();
  CHECK(world.remove(email("ada@example.com")));
  world.forget("ada");
  CHECK(world.claim().size() == 1);
}

TEST_CASE("the list says whether it has changed, and shows the newest first", "[suppression]") {
  ListWorld world;
  CHECK(world.add(email("old@example.com")));
  CHECK_FALSE(world.add(email("OLD@example.com")));
  world.database.execute("UPDATE suppressed_addresses SET suppressed_at = now() - interval '1 day'");
  CHECK(world.add(email("new@example.com")));
  const auto all = world.list.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].email == "new@example.com");
  CHECK(all[1].email == "old@example.com");
  CHECK(all[0].since - all[1].since >= std::chrono::hours(23));
  CHECK(world.remove(email("Old@example.com")));
  CHECK_FALSE(world.remove(email("old@example.com")));
}

TEST_CASE("a similar address is another one", "[suppression]") {
  ListWorld world;
  for (const char* other : {"ad@example.com", "ada@example.co", "ada@example.com.example", "xada@example.com"})
    world.add(email(other));
  world.forget("ada");
  CHECK(world.claim().size() == 1);
}

TEST_CASE("each change of the list is written down with its operator, a wish that changes nothing is not", "[suppression]") {
  ListWorld world;
  const auto row = [](const std::string& event) {
    return "audit_log WHERE email = 'ada@example.com' AND client_ip = '' AND detail = 'otto' AND event = '" + event + "'";
  };
  world.add(email("ADA@example.com"));
  world.add(email("ada@example.com"));
  CHECK(world.count(row("mail.suppressed")) == 1);
  world.remove(email("ada@example.com"));
  world.remove(email("ada@example.com"));
  CHECK(world.count(row("mail.unsuppressed")) == 1);
  CHECK(world.count("audit_log WHERE email IS NOT NULL") == 2);
}
