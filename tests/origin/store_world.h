// The three stores over one fresh database, with what tests of them keep doing: making accounts, asking, claiming, settling.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "origin/postgres/account_store.h"
#include "origin/postgres/outbox.h"
#include "origin/postgres/recovery_store.h"
#include "tests/origin/database.h"

namespace rekey::test {

// Not random at all: a counter, hashed. Safe from every thread.
class NumberedRandom final : public Random {
 public:
  void fill(MutableBytes out) override;

 private:
  std::atomic<std::uint64_t> next_{1};
};

EmailAddress email(const std::string& text);
RequestInfo request();  // with an id that no other has
TokenHash hash_number(std::uint64_t number);
TokenHash hash_of_plan(const TokenPlan& plan);  // stands in for minting: a hash over seed and expiry

inline constexpr std::chrono::seconds kLifetime{3600};
inline constexpr std::chrono::seconds kLease{60};

struct StoreWorld {
  TestDatabase database;
  PostgresPool pool;
  PostgresAccountStore accounts{pool};
  PostgresRecoveryStore recovery{pool};
  PostgresPool worker_pool;
  PostgresOutbox outbox{worker_pool};
  NumberedRandom random;
  MailRules rules{.lifetime = kLifetime, .lease = kLease, .key_id = 7};

  explicit StoreWorld(std::size_t connections = 10);

  // `name`@example.com with the hash "hash of `name`". Returns: the id.
  std::string add_user(const std::string& name);
  Account account(const std::string& name);

  void forget(const std::string& name);  // asks for a link for `name`@example.com

  // A round, as the worker makes it: decides and claims. Rehearsals are ended, deliveries of the other kind given back.
  std::vector<Delivery> claim() { return claim(DeliveryKind::kReset); }
  std::vector<Delivery> claim_notices() { return claim(DeliveryKind::kPasswordChanged); }
  std::vector<Delivery> claim(DeliveryKind kind);

  // In: SQL for the address of the n-th of `count` requests.
  void flood(const std::string& address, int count);

  bool is_idle();  // nothing is due

  // One request, claimed and mailed. Returns: its token's hash.
  TokenHash mail_link(const std::string& name);

  // Of all requests in their order, with blanks between. One whose mail waits to be tried again shows as `queued`.
  std::string states();
  std::int64_t count(const std::string& table_and_condition);
  void let_pass(const std::string& interval);  // moves every time in the tables back, as if so much time had gone by
};

}  // namespace rekey::test
