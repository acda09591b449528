// A database with the accounts of another product, and the stores over it with no more rights than the adopter's files grant.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "tests/origin/store_world.h"

namespace rekey::test {

// In: a name of tests/origin/accounts.
struct Adopted {
  TestDatabase database;

  explicit Adopted(const std::string& accounts) { database.adopt(accounts); }

  std::string url() const { return database.origin_url(); }
};

struct Stores {
  PostgresPool pool;
  PostgresPool worker_pool;
  PostgresAccountStore accounts{pool};
  PostgresRecoveryStore recovery{pool};
  PostgresOutbox outbox{worker_pool};
  PostgresOperatorAccounts operators{pool};
  NumberedRandom random;
  MailRules rules{.lifetime = kLifetime, .lease = kLease, .key_id = 7};

  explicit Stores(const Adopted& adopted)
      : pool({.database_url = adopted.url(), .size = 2}),
        worker_pool({.database_url = adopted.url(), .size = 2, .plans = PostgresPlans::kByIndex}) {}

  // Asks for a link, and has it mailed. Returns: the delivery, or nothing if it was only rehearsed.
  std::optional<Delivery> ask(const std::string& address) {
    recovery.insert_reset_request(email(address), ForgotMark::kNone, request());
    outbox.decide(rules, hash_of_plan, random);
    std::optional<Delivery> mailed;
    for (const Delivery& delivery : outbox.claim(rules).deliveries) {
      const Attempt attempt{delivery.lease, delivery.user ? std::optional(MailVerdict::kTaken) : std::nullopt, 250};
      REQUIRE(outbox.settle(std::span(&attempt, 1)).at(0).kind == Settled::Kind::kDone);
      if (delivery.user && delivery.kind == DeliveryKind::kReset) mailed = delivery;
    }
    return mailed;
  }

  bool reset(const std::string& address, const std::string& hash) {
    const auto delivery = ask(address);
    return delivery && recovery.consume_reset_token(hash_of_plan(delivery->token), {hash}, request());
  }
};

}  // namespace rekey::test
