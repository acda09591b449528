// The three stores over one new database, with the common steps of their tests: making accounts, asking, claiming, settling.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "origin/postgres/account_store.h"
#include "origin/postgres/answer_store.h"
#include "origin/postgres/operator_accounts.h"
#include "origin/postgres/operator_history.h"
#include "origin/postgres/outbox.h"
#include "origin/postgres/recovery_store.h"
#include "tests/origin/database.h"

namespace rekey::test {

// Deterministic: a hashed counter. Safe from any thread.
class NumberedRandom final : public Random {
 public:
  void fill(MutableBytes out) override;

 private:
  std::atomic<std::uint64_t> next_{1};
};

EmailAddress email(const std::string& text);
RequestInfo request();  // with a unique id
TokenHash hash_number(std::uint64_t number);
TokenHash hash_of_plan(const TokenPlan& plan);  // instead of minting: a hash over seed and expiry

inline constexpr std::chrono::seconds kLifetime{3600};
inline constexpr std::chrono::seconds kLease{60};

// Longer than any of these tests holds a lock, or than a busy machine takes.
inline constexpr PostgresTimeouts kPatient{
    .statement = std::chrono::seconds(60), .lock = std::chrono::seconds(60), .connect = std::chrono::seconds(60)};

struct StoreWorld {
  TestDatabase database;
  PostgresPool pool;
  PostgresAccountStore accounts{pool};
  PostgresRecoveryStore recovery{pool};
  PostgresAnswerStore answers{pool};
  PostgresPool worker_pool;
  PostgresOutbox outbox{worker_pool};
  PostgresOperatorAccounts operators{pool};
  PostgresOperatorHistory history{pool};
  NumberedRandom random;
  MailRules rules{.lifetime = kLifetime, .lease = kLease, .key_id = 7};

  explicit StoreWorld(std::size_t connections = 10);

  // `name`@example.com with the hash "hash of `name`". Returns: the id.
  std::string add_user(const std::string& name);
  Account account(const std::string& name);

  // As the operator's commands. Returns: whether `name`@example.com has an account.
  bool set_standing(const std::string& name, Standing standing);

  void forget(const std::string& name);  // asks for a link for `name`@example.com

  // A round like the worker's: decides and claims. Ends rehearsals, and gives deliveries of the other kind back.
  std::vector<Delivery> claim() { return claim(DeliveryKind::kReset); }
  std::vector<Delivery> claim_notices() { return claim(DeliveryKind::kPasswordChanged); }
  std::vector<Delivery> claim(DeliveryKind kind);

  // As the worker does with one mail: again and again while somebody holds the account. Returns: the terminal state, or "".
  std::string settle(const Lease& lease, MailVerdict verdict, int smtp_code) { return settle({lease, verdict, smtp_code}); }
  std::string end_rehearsal(const Lease& lease) { return settle({lease, std::nullopt, 0}); }
  std::string settle(const Attempt& attempt);

  // In: SQL for the address of the n-th of `count` requests.
  void flood(const std::string& address, int count);

  bool is_idle();  // nothing is due

  // Asks for a link, claims and mails it. Returns: its token's hash.
  TokenHash mail_link(const std::string& name);

  // Returns: the states of all requests in order, with spaces between. A request whose mail waits to be tried again is `queued`.
  std::string states();
  std::int64_t count(const std::string& table_and_condition);
  void let_pass(const std::string& interval);  // moves all times in the tables back by the interval
};

}  // namespace rekey::test
