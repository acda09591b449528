#include "tests/origin/mail_queue.h"

#include <algorithm>
#include <stdexcept>

#include "origin/ports/unavailable.h"

namespace rekey::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetryDelay = 15s;
constexpr auto kPatience = 30s;

User user_with(const std::string& email) {
  User user;
  user.id = "id of " + email;
  user.username = "ada";
  user.email = email;
  return user;
}

std::optional<MailEnd> end_after(const std::optional<MailVerdict>& verdict) {
  if (!verdict) return MailEnd::kUnknownAddress;
  if (verdict == MailVerdict::kTaken) return MailEnd::kTaken;
  if (verdict == MailVerdict::kPoisoned) return MailEnd::kPoisoned;
  return verdict == MailVerdict::kRefused ? std::optional(MailEnd::kRefused) : std::nullopt;
}

}  // namespace

std::int64_t MailQueue::add(DeliveryKind kind, const std::optional<User>& user) {
  const std::lock_guard lock(mutex_);
  QueueRow row;
  row.id = static_cast<std::int64_t>(rows_.size()) + 1;
  row.kind = kind;
  row.user = user;
  rows_.push_back(row);
  return row.id;
}

std::int64_t MailQueue::add_reset(const std::string& email) { return add(DeliveryKind::kReset, user_with(email)); }
std::int64_t MailQueue::add_notice(const std::string& email) { return add(DeliveryKind::kPasswordChanged, user_with(email)); }
std::int64_t MailQueue::add_rehearsal() { return add(DeliveryKind::kReset, std::nullopt); }

void MailQueue::end_at_next_claim(const EndedDelivery& ended) {
  const std::lock_guard lock(mutex_);
  ending_.push_back(ended);
}

QueueRow MailQueue::row(std::int64_t id) const {
  const std::lock_guard lock(mutex_);
  return rows_.at(static_cast<std::size_t>(id) - 1);
}

void MailQueue::fail_claims(int times) {
  const std::lock_guard lock(mutex_);
  failing_claims_ = times;
}

void MailQueue::fail_settlements(int times) {
  const std::lock_guard lock(mutex_);
  failing_settlements_ = times;
}

void MailQueue::wait_for_settlements(std::int64_t id, std::size_t count) {
  std::unique_lock lock(mutex_);
  const auto& row = rows_.at(static_cast<std::size_t>(id) - 1);
  if (!changed_.wait_for(lock, kPatience, [&] { return row.settlements.size() >= count; }))
    throw std::runtime_error("not settled");
}

void MailQueue::wait_for_claims(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return claims_ >= count; })) throw std::runtime_error("not claimed");
}

void MailQueue::wait_for_calls_to_settle(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return groups_.size() >= count; })) throw std::runtime_error("not settled");
}

std::vector<std::size_t> MailQueue::groups() const {
  const std::lock_guard lock(mutex_);
  return groups_;
}

void MailQueue::set_budget(Budget budget) {
  const std::lock_guard lock(mutex_);
  budget_ = budget;
}

void MailQueue::hold(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  rows_.at(static_cast<std::size_t>(id) - 1).is_held = true;
}

void MailQueue::let_go(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  rows_.at(static_cast<std::size_t>(id) - 1).is_held = false;
}

std::size_t MailQueue::claims() const {
  const std::lock_guard lock(mutex_);
  return claims_;
}

bool MailQueue::is_due(const QueueRow& row) const {
  const auto now = clock_.steady_now();
  return (row.state == "queued" && row.due <= now) || (row.state == "sending" && row.lease_until <= now);
}

Decided MailQueue::decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) {
  const std::lock_guard lock(mutex_);
  ++claims_;
  changed_.notify_all();
  if (budget_ == Budget::kUsedUp) return {.ended = {}, .budget = budget_};
  if (failing_claims_ > 0) {
    --failing_claims_;
    throw Unavailable("ordered");
  }
  for (auto& row : rows_) {
    if (row.kind != DeliveryKind::kReset || row.plan) continue;
    row.plan.emplace();
    random.fill(row.plan->seed);
    row.plan->expires_at = static_cast<UnixSeconds>((clock_.now() + rules.lifetime).time_since_epoch().count());
    row.key_id = rules.key_id;
    row.hash = hash_of(*row.plan);
  }
  return {};
}

Claimed MailQueue::claim(const MailRules& rules) {
  const std::lock_guard lock(mutex_);
  std::vector<QueueRow*> due;
  for (auto& row : rows_) {
    if (is_due(row) && (row.plan || row.kind != DeliveryKind::kReset)) due.push_back(&row);
  }
  std::ranges::stable_sort(due, {}, &QueueRow::due);
  Claimed claimed;
  claimed.ended.swap(ending_);
  for (auto* row : due) {
    if (claimed.deliveries.size() < rules.most) claimed.deliveries.push_back(lease(*row, rules.lease));
  }
  if (claimed.deliveries.size() == rules.most) claimed.fill = Fill::kFull;
  return claimed;
}

Delivery MailQueue::lease(QueueRow& row, std::chrono::seconds duration) {
  row.state = "sending";
  row.lease_until = clock_.steady_now() + duration;
  Delivery delivery;
  delivery.lease = {row.id, ++row.attempt};
  delivery.kind = row.kind;
  delivery.user = row.user;
  if (row.plan) delivery.token = *row.plan;
  delivery.key_id = row.key_id;
  delivery.happened_at = kTestNow;
  delivery.message_key = (row.kind == DeliveryKind::kReset ? "reset-" : "notice-") + std::to_string(row.id);
  delivery.request = {"request-" + std::to_string(row.id), "192.0.2.7", "Test/1.0", "DE", "en"};
  return delivery;
}

void MailQueue::fail_if_ordered() {
  if (failing_settlements_ == 0) return;
  --failing_settlements_;
  throw Unavailable("ordered");
}

// Returns: the row, or nullptr where the lease is another's.
QueueRow* MailQueue::held(const Lease& lease, const std::string& settlement) {
  auto& row = rows_.at(static_cast<std::size_t>(lease.delivery) - 1);
  if (row.attempt != lease.attempt || row.state != "sending") return nullptr;
  row.settlements.push_back(settlement);
  row.state = "queued";
  changed_.notify_all();
  return &row;
}

std::vector<Settled> MailQueue::settle(std::span<const Attempt> attempts) {
  const std::lock_guard lock(mutex_);
  groups_.push_back(attempts.size());
  changed_.notify_all();
  fail_if_ordered();
  std::vector<Settled> settled;
  for (const Attempt& attempt : attempts) settled.push_back(settle_one(attempt));
  return settled;
}

Settled MailQueue::settle_one(const Attempt& attempt) {
  if (rows_.at(static_cast<std::size_t>(attempt.lease.delivery) - 1).is_held) return {Settled::Kind::kHeld, {}};
  auto* row = held(attempt.lease, std::string(attempt.verdict ? word_of(*attempt.verdict) : "rehearsed"));
  if (row == nullptr) return {};
  row->smtp_code = attempt.smtp_code;
  const auto end = end_after(attempt.verdict);
  if (end) row->state = row_of(*end).state;
  if (end) return {Settled::Kind::kDone, end};
  const bool is_untried = leaves_untried(*attempt.verdict);
  if (is_untried) row->due = clock_.steady_now();
  if (!is_untried && attempt.verdict != MailVerdict::kCutOff) row->due = clock_.steady_now() + kRetryDelay;
  return {};
}

void MailQueue::give_back(const Lease& lease) {
  const std::lock_guard lock(mutex_);
  fail_if_ordered();
  held(lease, "returned");
}

std::size_t MailQueue::prune(const Retention&) { return 0; }

}  // namespace rekey::test
