// An Outbox in memory for the worker's tests, with the leases and states of the real one. A test puts deliveries in, moves the
// clock, orders faults, and waits for the worker's settlements.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "origin/ports/store.h"
#include "tests/origin/mail_fakes.h"

namespace rekey::test {

struct QueueRow {
  std::int64_t id = 0;
  DeliveryKind kind = DeliveryKind::kReset;
  std::string state = "queued";  // queued, sending, sent, rejected, no_account
  std::optional<User> user;
  std::int64_t attempt = 0;
  std::optional<TokenPlan> plan;
  TokenHash hash{};
  std::uint8_t key_id = 0;
  std::chrono::steady_clock::time_point due{};
  std::chrono::steady_clock::time_point lease_until{};
  int smtp_code = 0;
  bool is_held = false;
  std::vector<std::string> settlements;  // the effective ones: a verdict's word, "returned" or "rehearsed"
};

class MailQueue : public Outbox {
 public:
  explicit MailQueue(const HandClock& clock) : clock_(clock) {}

  std::int64_t add_reset(const std::string& email = "ada@example.com");
  std::int64_t add_notice(const std::string& email = "ada@example.com");
  std::int64_t add_rehearsal();
  QueueRow row(std::int64_t id) const;

  void end_at_next_claim(const EndedDelivery& ended);

  // The next `times` calls throw Unavailable.
  void fail_claims(int times);
  void fail_settlements(int times);

  void set_budget(Budget budget);  // from now on

  // Another transaction holds the row's account from now on, or lets go of it.
  void hold(std::int64_t id);
  void let_go(std::int64_t id);

  // Blocks until the row was settled `count` times; fails the test after half a minute.
  void wait_for_settlements(std::int64_t id, std::size_t count);
  void wait_for_claims(std::size_t count);
  void wait_for_calls_to_settle(std::size_t count);
  std::size_t claims() const;
  std::vector<std::size_t> groups() const;  // how many attempts each call of settle() brought, failed ones included

  Decided decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) override;
  Claimed claim(const MailRules& rules) override;
  std::vector<Settled> settle(std::span<const Attempt> attempts) override;
  void give_back(const Lease& lease) override;
  std::size_t prune(const Retention& keep) override;

 private:
  std::int64_t add(DeliveryKind kind, const std::optional<User>& user);
  bool is_due(const QueueRow& row) const;
  Delivery lease(QueueRow& row, std::chrono::seconds duration);
  Settled settle_one(const Attempt& attempt);
  QueueRow* held(const Lease& lease, const std::string& settlement);
  void fail_if_ordered();

  const HandClock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<QueueRow> rows_;
  std::vector<EndedDelivery> ending_;
  std::size_t claims_ = 0;
  Budget budget_ = Budget::kLeft;
  std::vector<std::size_t> groups_;
  int failing_claims_ = 0;
  int failing_settlements_ = 0;
};

}  // namespace rekey::test
