// Common steps of the outbox's tests with a claimed delivery.
#pragma once

#include <catch2/catch.hpp>

#include "tests/origin/store_world.h"

namespace rekey::test {

inline std::string settle(StoreWorld& world, const Delivery& delivery, MailVerdict verdict, int code = 250) {
  return world.settle(delivery.lease, verdict, code);
}

inline void give_back(StoreWorld& world, const Delivery& delivery) { world.outbox.give_back(delivery.lease); }

inline Delivery claim_one(StoreWorld& world) {
  const auto deliveries = world.claim();
  REQUIRE(deliveries.size() == 1);
  return deliveries[0];
}

inline TokenHash token_of(const Delivery& delivery) { return hash_of_plan(delivery.token); }

// The request of a delivery whose decision has not been undone.
inline std::int64_t request_of(StoreWorld& world, const Delivery& delivery) {
  return world.database.number("SELECT reset_request AS x FROM deliveries WHERE id = " + std::to_string(delivery.lease.delivery));
}

// Seconds until the newest request is decided, or its delivery tried, by the database's clock.
inline std::int64_t due_in(StoreWorld& world) {
  return world.database.number(
      "SELECT round(extract(epoch FROM coalesce(r.due_at, (SELECT d.due_at FROM deliveries d WHERE d.reset_request = r.id)) - "
      "now()))::bigint AS x FROM reset_requests r ORDER BY r.id DESC LIMIT 1");
}

inline void send_one(StoreWorld& world, const std::string& name) {
  world.forget(name);
  settle(world, claim_one(world), MailVerdict::kTaken);
}

}  // namespace rekey::test
