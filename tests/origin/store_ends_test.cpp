// Each end of a request or a delivery is told with its cause.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

struct EndWorld : StoreWorld {
  EndWorld() { add_user("ada"); }

  std::optional<MailEnd> end_of(const Delivery& delivery, MailVerdict verdict) {
    const Attempt attempt{delivery.lease, verdict, 0};
    return outbox.settle(std::span(&attempt, 1)).at(0).end;
  }
  Delivery mail() {
    forget("ada");
    return claim_one(*this);
  }
  std::vector<MailEnd> ends_of_claim() {
    std::vector<MailEnd> ends;
    for (const auto& ended : outbox.claim(rules).ended) ends.push_back(ended.end);
    return ends;
  }
};

}  // namespace

TEST_CASE("an attempt that ends its delivery tells why", "[outbox][ends]") {
  const auto [verdict, end] =
      GENERATE(std::pair{MailVerdict::kTaken, MailEnd::kTaken}, std::pair{MailVerdict::kRefused, MailEnd::kRefused},
               std::pair{MailVerdict::kPoisoned, MailEnd::kPoisoned});
  EndWorld world;
  CHECK(world.end_of(world.mail(), verdict) == end);
}

TEST_CASE("the last attempt before a link is too old tells why it expired", "[outbox][ends]") {
  const auto [verdict, end] =
      GENERATE(std::pair{MailVerdict::kTryLater, MailEnd::kDeferred}, std::pair{MailVerdict::kWantsLogIn, MailEnd::kDeferred},
               std::pair{MailVerdict::kUnknown, MailEnd::kUnheard});
  EndWorld world;
  const auto delivery = world.mail();
  world.database.execute("UPDATE deliveries SET deliver_by = now()");
  CHECK(world.end_of(delivery, verdict) == end);
  CHECK(world.states() == "expired_undelivered");
}

TEST_CASE("a claim that comes too late for another attempt tells so", "[outbox][ends]") {
  EndWorld world;
  settle(world, world.mail(), MailVerdict::kTryLater, 451);
  world.let_pass("50 minutes");
  CHECK(world.ends_of_claim() == std::vector{MailEnd::kLate});
}

TEST_CASE("a claim tells whether the link or the account is gone", "[outbox][ends]") {
  EndWorld world;
  settle(world, world.mail(), MailVerdict::kTryLater, 451);
  world.let_pass("20 seconds");
  SECTION("link") {
    world.database.execute("UPDATE users SET password_hash = 'another'");
    CHECK(world.ends_of_claim() == std::vector{MailEnd::kLinkEnded});
  }
  SECTION("account") {
    world.database.execute("DELETE FROM users");
    CHECK(world.ends_of_claim() == std::vector{MailEnd::kAccountGone});
  }
}

TEST_CASE("a decision tells newer requests, live links and unknown addresses apart", "[outbox][ends]") {
  EndWorld world;
  world.mail_link("ada");
  for (const char* name : {"ada", "ada", "nobody", "nobody"}) world.forget(name);
  const auto ended = world.outbox.decide(world.rules, hash_of_plan, world.random).ended;
  CHECK(ended.at(MailEnd::kNewerRequest) == 1);
  CHECK(ended.at(MailEnd::kLiveLink) == 1);
  CHECK(ended.at(MailEnd::kUnknownAddress) == 1);
}

TEST_CASE("the states of the table are those that the database allows", "[outbox][ends]") {
  EndWorld world;
  for (const auto& row : kMailEnds) {
    const auto sql = "UPDATE reset_requests SET state = '" + std::string(row.state) +
                     "', due_at = NULL, queued_email = NULL, ended_at = now()";
    world.forget("ada");
    CHECK_NOTHROW(world.database.execute(sql));
  }
}
