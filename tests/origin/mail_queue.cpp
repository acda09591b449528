#include "tests/origin/mail_queue.h"

#include <stdexcept>

#include "origin/ports/unavailable.h"

namespace rekey::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetryDelay = 15s;
constexpr auto kPatience = 30s;

}  // namespace

std::int64_t MailQueue::add(const std::string& email, bool is_notice) {
  const std::lock_guard lock(mutex_);
  QueueRow row;
  row.id = static_cast<std::int64_t>(rows_.size()) + 1;
  row.user.username = "ada";
  row.user.email = email;
  row.is_notice = is_notice;
  rows_.push_back(row);
  return row.id;
}

std::int64_t MailQueue::add_reset(const std::string& email) { return add(email, false); }
std::int64_t MailQueue::add_notice(const std::string& email) { return add(email, true); }

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

std::size_t MailQueue::claims() const {
  const std::lock_guard lock(mutex_);
  return claims_;
}

bool MailQueue::take(QueueRow& row, std::chrono::seconds lease) {
  const auto now = clock_.steady_now();
  const bool open = row.state == "queued" && row.due <= now;
  const bool abandoned = row.state == "sending" && row.lease_until <= now;
  if (!open && !abandoned) return false;
  row.state = "sending";
  row.lease_until = now + lease;
  ++row.attempt;
  return true;
}

std::vector<ResetJob> MailQueue::claim_resets(const ClaimRules& rules, const HashOfPlan& hash_of, Random& random) {
  const std::lock_guard lock(mutex_);
  ++claims_;
  changed_.notify_all();
  if (failing_claims_ > 0) {
    --failing_claims_;
    throw Unavailable("ordered");
  }
  std::vector<ResetJob> jobs;
  for (auto& row : rows_) {
    if (jobs.size() == rules.most) break;
    if (row.is_notice || !take(row, rules.lease)) continue;
    if (!row.plan) {
      row.plan.emplace();
      random.fill(row.plan->seed);
      row.plan->expires_at = static_cast<UnixSeconds>((clock_.now() + rules.lifetime).time_since_epoch().count());
      row.key_id = rules.key_id;
      row.hash = hash_of(*row.plan);
    }
    ResetJob job;
    job.lease = {row.id, row.attempt};
    job.user = row.user;
    job.seed = row.plan->seed;
    job.key_id = row.key_id;
    job.expires_at = std::chrono::sys_seconds(std::chrono::seconds(row.plan->expires_at));
    job.requested_at = kTestNow;
    job.message_key = "reset-" + std::to_string(row.id);
    job.request.request_id = "request-" + std::to_string(row.id);
    jobs.push_back(job);
  }
  return jobs;
}

std::vector<NoticeJob> MailQueue::claim_notices(std::chrono::seconds lease, std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<NoticeJob> jobs;
  for (auto& row : rows_) {
    if (jobs.size() == most) break;
    if (!row.is_notice || !take(row, lease)) continue;
    NoticeJob job;
    job.lease = {row.id, row.attempt};
    job.user = row.user;
    job.changed_at = kTestNow;
    job.message_key = "notice-" + std::to_string(row.id);
    job.request.request_id = "request-" + std::to_string(row.id);
    jobs.push_back(job);
  }
  return jobs;
}

void MailQueue::settle(const Lease& lease, Settlement settlement, int smtp_code) {
  const std::lock_guard lock(mutex_);
  if (failing_settlements_ > 0) {
    --failing_settlements_;
    throw Unavailable("ordered");
  }
  auto& row = rows_.at(static_cast<std::size_t>(lease.row_id) - 1);
  if (row.attempt != lease.attempt || row.state != "sending") return;
  row.settlements.push_back(settlement);
  row.smtp_code = smtp_code;
  changed_.notify_all();
  row.state = settlement == Settlement::kSent ? "sent" : settlement == Settlement::kRejected ? "rejected" : "queued";
  if (settlement == Settlement::kTryLater || settlement == Settlement::kUnknown) row.due = clock_.steady_now() + kRetryDelay;
}

void MailQueue::settle_reset(const Lease& lease, Settlement settlement, int smtp_code) { settle(lease, settlement, smtp_code); }
void MailQueue::settle_notice(const Lease& lease, Settlement settlement, int smtp_code) { settle(lease, settlement, smtp_code); }

std::chrono::milliseconds MailQueue::until_next(std::chrono::milliseconds limit) { return limit; }
std::size_t MailQueue::prune(std::chrono::seconds) { return 0; }
std::vector<RequestState> MailQueue::list_requests(std::size_t) { return {}; }

}  // namespace rekey::test
