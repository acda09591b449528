#include "origin/mail/mail_worker.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace rekey {
namespace {

using std::chrono::milliseconds;

ClaimRules rules_of(const MailWorkerSettings& settings, const MailTokens& tokens) {
  ClaimRules rules;
  rules.lifetime = settings.lifetime;
  rules.lease = settings.pace.lease;
  rules.key_id = tokens.key_id();
  rules.per_short = settings.per_short;
  rules.short_period = settings.short_period;
  rules.per_long = settings.per_long;
  rules.long_period = settings.long_period;
  return rules;
}

template <class Job>
void take_over(std::vector<Job> rows, SteadyTime claimed_at, std::vector<MailJobPtr>& jobs) {
  for (auto& row : rows) {
    jobs.push_back(std::make_unique<MailJob>(row, claimed_at));
    if constexpr (std::is_same_v<Job, ResetJob>) wipe(row.seed);
  }
}

}  // namespace

MailWorker::MailWorker(const MailWorkerSettings& settings, const MailWorkerPorts& ports, const MailTokens& tokens,
                       MakeMailHooks make_hooks)
    : settings_(settings),
      ports_(ports),
      tokens_(tokens),
      make_hooks_(std::move(make_hooks)),
      rules_(rules_of(settings, tokens)),
      schedule_(settings.pace, ports.clock.steady_now(),
                static_cast<std::uint32_t>(ports.clock.steady_now().time_since_epoch().count())) {}

MailWorker::~MailWorker() { stop(); }

void MailWorker::start() {
  for (std::size_t i = 0; i < settings_.senders; ++i) {
    auto delivery =
        std::make_unique<MailDelivery>(make_hooks_(), tokens_, settings_.lifetime, ports_.clock, ports_.metrics, ports_.events);
    const std::lock_guard lock(mutex_);
    deliveries_.push_back(std::move(delivery));
  }
  for (auto& delivery : deliveries_) threads_.emplace_back([this, &delivery] { run(*delivery); });
}

void MailWorker::wake() {
  {
    const std::lock_guard lock(mutex_);
    schedule_.wake();
  }
  changed_.notify_one();
}

void MailWorker::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    if (schedule_.stopping()) return;
    schedule_.stop();
    for (auto& delivery : deliveries_) delivery->end_by(ports_.clock.steady_now() + settings_.pace.stop_grace);
  }
  changed_.notify_all();
  stopping_.notify_all();
}

void MailWorker::stop() {
  begin_stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard lock(mutex_);
  deliveries_.clear();
}

void MailWorker::run(MailDelivery& delivery) {
  for (;;) {
    const auto step = next_step();
    switch (step.kind) {
      case MailStep::Kind::kSend:
        send(delivery, *step.job);
        break;
      case MailStep::Kind::kGiveBack:
        settle(*step.job, Settlement::kReturned, 0);
        break;
      case MailStep::Kind::kClaim:
        claim(step);
        break;
      case MailStep::Kind::kPrune:
        prune();
        break;
      case MailStep::Kind::kWait:
        break;
      case MailStep::Kind::kLeave:
        return;
    }
  }
}

// Waits here, under the one lock, so that no wake() between looking and waiting is lost.
MailStep MailWorker::next_step() {
  std::unique_lock lock(mutex_);
  auto step = schedule_.next(ports_.clock.steady_now());
  if (step.kind != MailStep::Kind::kWait) return step;
  if (step.until == SteadyTime::max()) {
    changed_.wait(lock);
  } else {
    changed_.wait_for(lock, step.until - ports_.clock.steady_now());
  }
  return step;
}

// The schedule hears of the verdict first: a relay that refuses us shall not be asked by others while the row is settled.
void MailWorker::send(MailDelivery& delivery, const MailJob& job) {
  const auto outcome = delivery.deliver(job);
  auto change = RelayChange::kNone;
  {
    const std::lock_guard lock(mutex_);
    change = schedule_.sent(outcome, ports_.clock.steady_now());
  }
  changed_.notify_all();
  tell(change, outcome);
  settle(job, settlement_of(outcome.verdict), outcome.smtp_code);
}

void MailWorker::tell(RelayChange change, const MailOutcome& outcome) {
  if (change != RelayChange::kPaused && change != RelayChange::kComplained) return;
  ports_.metrics.count(Counter::kAlarms, "relay");
  ports_.events.write(Event::kRelayRefuses, {},
                      {{"senders", change == RelayChange::kPaused ? "paused" : "go_on"},
                       {"smtp_code", std::int64_t{outcome.smtp_code}},
                       {"reason", outcome.reason}});
}

void MailWorker::claim(const MailStep& step) {
  std::vector<MailJobPtr> jobs;
  const auto next_due = claim_rows(step, jobs);
  {
    const std::lock_guard lock(mutex_);
    schedule_.claimed(std::move(jobs), next_due, ports_.clock.steady_now());
  }
  changed_.notify_all();
}

// Returns: when to look again, or nothing where the store failed; `jobs` holds what was claimed before that.
std::optional<milliseconds> MailWorker::claim_rows(const MailStep& step, std::vector<MailJobPtr>& jobs) {
  try {
    if (step.order == ClaimOrder::kNoticesFirst) claim_notices(std::max<std::size_t>(1, step.most / 2), jobs);
    claim_resets(step.most - jobs.size(), jobs);
    if (step.order == ClaimOrder::kResetsFirst) claim_notices(step.most - jobs.size(), jobs);
    return jobs.size() >= step.most ? milliseconds(0) : ports_.store.until_next(settings_.pace.poll);
  } catch (const std::exception&) {
    store_failed();
    return std::nullopt;
  }
}

void MailWorker::claim_notices(std::size_t most, std::vector<MailJobPtr>& jobs) {
  if (most == 0) return;
  const auto claimed_at = ports_.clock.steady_now();
  take_over(ports_.store.claim_notices(rules_.lease, most), claimed_at, jobs);
}

void MailWorker::claim_resets(std::size_t most, std::vector<MailJobPtr>& jobs) {
  if (most == 0) return;
  const auto claimed_at = ports_.clock.steady_now();
  auto rules = rules_;
  rules.most = most;
  const auto hash_of = [this](const TokenPlan& plan) { return tokens_.hash_of(plan); };
  take_over(ports_.store.claim_resets(rules, hash_of, ports_.random), claimed_at, jobs);
}

void MailWorker::prune() {
  std::size_t rows = 0;
  try {
    rows = ports_.store.prune(settings_.keep);
  } catch (const std::exception&) {
    store_failed();
  }
  {
    const std::lock_guard lock(mutex_);
    schedule_.pruned(rows, ports_.clock.steady_now());
  }
  changed_.notify_all();
}

// A mail that was sent should not be sent again because the store was away for a moment: asked again while the lease holds.
void MailWorker::settle(const MailJob& job, Settlement settlement, int smtp_code) {
  for (auto delay = settings_.pace.first_backoff;; delay *= 2) {
    try {
      return store_settlement(job, settlement, smtp_code);
    } catch (const std::exception&) {
      store_failed();
    }
    if (!wait_before_retry(job, delay)) return;
  }
}

void MailWorker::store_settlement(const MailJob& job, Settlement settlement, int smtp_code) {
  if (std::holds_alternative<ResetJob>(job.row)) {
    ports_.store.settle_reset(job.lease(), settlement, smtp_code);
  } else {
    ports_.store.settle_notice(job.lease(), settlement, smtp_code);
  }
}

// Returns: whether trying again makes sense: the lease will still hold, and nobody waits for us to end.
bool MailWorker::wait_before_retry(const MailJob& job, milliseconds delay) {
  std::unique_lock lock(mutex_);
  if (ports_.clock.steady_now() + delay >= job.claimed_at + settings_.pace.lease) return false;
  stopping_.wait_for(lock, delay, [this] { return schedule_.stopping(); });
  return !schedule_.stopping();
}

void MailWorker::store_failed() {
  ports_.metrics.count(Counter::kUnavailable, "database");
  ports_.events.write(Event::kUnavailable, {}, {{"of", "database"}, {"in", "mail_worker"}});
}

}  // namespace rekey
