#include "origin/mail/mail_worker.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace rekey {
namespace {

using std::chrono::milliseconds;

MailRules rules_of(const MailWorkerSettings& settings, const MailTokens& tokens) {
  MailRules rules;
  rules.lifetime = settings.lifetime;
  rules.lease = settings.pace.lease;
  rules.key_id = tokens.key_id();
  rules.per_short = settings.per_short;
  rules.short_period = settings.short_period;
  rules.per_long = settings.per_long;
  rules.long_period = settings.long_period;
  rules.per_hour = settings.per_hour;
  rules.codes.missed_a_day = settings.missed_codes_a_day;
  rules.codes.print_of = [&tokens](const TokenPlan& plan, std::string_view request_id) {
    return tokens.print_of(plan, request_id);
  };
  return rules;
}

std::uint32_t random_number(Random& random) {
  ByteArray<4> bytes{};
  random.fill(bytes);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

FinishedMail finished_mail(const MailJob& job, const std::optional<MailOutcome>& outcome) {
  const Delivery& delivery = job.delivery;
  FinishedMail mail{.kind = delivery.kind, .request_id = delivery.request.request_id, .claimed_at = job.claimed_at};
  mail.attempt.lease = delivery.lease;
  if (outcome) mail.attempt.verdict = outcome->verdict;
  if (outcome) mail.attempt.smtp_code = outcome->smtp_code;
  return mail;
}

std::vector<Attempt> attempts_of(const std::vector<FinishedMail>& mails) {
  std::vector<Attempt> attempts;
  attempts.reserve(mails.size());
  for (const FinishedMail& mail : mails) attempts.push_back(mail.attempt);
  return attempts;
}

MailPace pace_of(const MailWorkerSettings& settings) {
  auto pace = settings.pace;
  pace.most_unrecorded = settings.senders;
  return pace;
}

}  // namespace

MailWorker::MailWorker(const MailWorkerSettings& settings, const MailWorkerPorts& ports, const MailTokens& tokens,
                       MakeMailHooks make_hooks)
    : settings_(settings),
      ports_(ports),
      tokens_(tokens),
      make_hooks_(std::move(make_hooks)),
      rules_(rules_of(settings, tokens)),
      schedule_(pace_of(settings), ports.clock.steady_now(), random_number(ports.random)),
      last_step_(ports.clock.steady_now()) {}

MailWorker::~MailWorker() { stop(); }

void MailWorker::start() {
  for (std::size_t i = 0; i < settings_.senders; ++i) {
    auto sender =
        std::make_unique<MailDelivery>(make_hooks_(), tokens_, settings_.lifetime, ports_.clock, ports_.metrics, ports_.events);
    const std::lock_guard lock(mutex_);
    senders_.push_back(std::move(sender));
  }
  ports_.metrics.set(Gauge::kMailLimit, settings_.per_hour);
  show(RelayRank::kPrimary, RelayState::kReachable);
  ports_.metrics.clear(Gauge::kFallbackRelay);
  if (settings_.pace.relays > 1) show(RelayRank::kFallback, RelayState::kReachable);
  for (auto& sender : senders_) threads_.emplace_back([this, &sender] { run(*sender); });
}

void MailWorker::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    if (schedule_.stopping()) return;
    schedule_.stop(ports_.clock.steady_now());
    for (auto& sender : senders_) sender->end_by(ports_.clock.steady_now() + settings_.pace.stop_grace);
  }
  changed_.notify_all();
  stopping_.notify_all();
}

void MailWorker::stop() {
  begin_stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard lock(mutex_);
  senders_.clear();
}

void MailWorker::run(MailDelivery& sender) {
  for (;;) {
    auto step = next_step();
    switch (step.kind) {
      case MailStep::Kind::kSettle:
        settle(std::move(step.finished));
        break;
      case MailStep::Kind::kSend:
        send(sender, *step.job, step.relay);
        break;
      case MailStep::Kind::kProbe:
        probe(sender, step.relay);
        break;
      case MailStep::Kind::kRing:
        ring(*step.alarm);
        break;
      case MailStep::Kind::kGiveBack:
        give_back(*step.job);
        break;
      case MailStep::Kind::kRound:
        make_round(step.most);
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

// Looks and waits under one lock, so that no change in between is missed.
MailStep MailWorker::next_step() {
  std::unique_lock lock(mutex_);
  const auto now = ports_.clock.steady_now();
  last_step_ = now;
  auto step = schedule_.next(now);
  if (step.kind != MailStep::Kind::kWait) return step;
  if (step.until == SteadyTime::max()) {
    changed_.wait(lock);
  } else {
    changed_.wait_for(lock, std::min<SteadyTime::duration>(step.until - ports_.clock.steady_now(), settings_.pace.longest_nap));
  }
  return step;
}

// The schedule gets the verdict first: other senders must not use a relay that takes nothing while the delivery is settled.
void MailWorker::send(MailDelivery& sender, const MailJob& job, RelayRank relay) {
  const auto began = ports_.clock.steady_now();
  auto outcome = sender.deliver(job.delivery, relay);
  auto finished = finished_mail(job, outcome);
  finished.relay = relay;
  SendEnd end;
  {
    const std::lock_guard lock(mutex_);
    const auto now = ports_.clock.steady_now();
    finished.took = now - began;
    if (!outcome) return schedule_.rehearsed(std::move(finished), now);
    end = schedule_.sent(std::move(finished), *outcome, now);
  }
  if (end.news) changed_.notify_all();
  outcome->verdict = end.verdict;
  sender.record(job.delivery, *outcome);
  if (end.complaint == Complaint::kToBeTold) tell_complaint(relay, *outcome);
  if (end.news) tell(*end.news);
}

void MailWorker::probe(MailDelivery& sender, RelayRank relay) {
  const auto outcome = sender.probe(relay);
  std::optional<RelayNews> news;
  {
    const std::lock_guard lock(mutex_);
    news = schedule_.probed(relay, outcome, ports_.clock.steady_now());
  }
  changed_.notify_all();
  if (news) tell(*news);
}

void MailWorker::tell(const RelayNews& news) {
  show(news.relay, news.to);
  ports_.events.write(Event::kRelayChanged, {},
                      {{"relay", word_of(news.relay)},
                       {"from", word_of(news.from)},
                       {"to", word_of(news.to)},
                       {"smtp_code", std::int64_t{news.sign.smtp_code}},
                       {"reason", news.sign.reason}});
}

void MailWorker::show(RelayRank relay, RelayState state) {
  const auto gauge = relay == RelayRank::kPrimary ? Gauge::kRelay : Gauge::kFallbackRelay;
  for (const Label label : row_of(kGauges, gauge).labels)
    ports_.metrics.set(gauge, word_of(label) == word_of(state) ? 1 : 0, label);
}

void MailWorker::tell_complaint(RelayRank relay, const MailOutcome& outcome) {
  ports_.metrics.count(Counter::kAlarms, Label::kRelay);
  ports_.events.write(Event::kRelayWantsLogIn, {},
                      {{"relay", word_of(relay)}, {"smtp_code", std::int64_t{outcome.smtp_code}}, {"reason", outcome.reason}});
}

void MailWorker::ring(const RelayAlarm& alarm) {
  ports_.metrics.count(Counter::kAlarms, Label::kRelay);
  ports_.events.write(Event::kRelayDown, {},
                      {{"relay", word_of(alarm.relay)},
                       {"state", word_of(alarm.state)},
                       {"mails", alarm.mails == RelayAlarm::Mails::kWait ? "wait" : "go_on"},
                       {"smtp_code", std::int64_t{alarm.sign.smtp_code}},
                       {"reason", alarm.sign.reason}});
}

void MailWorker::make_round(std::size_t most) {
  std::vector<MailJob> jobs;
  const auto fill = decide_and_claim(most, jobs);
  {
    const std::lock_guard lock(mutex_);
    schedule_.claimed(std::move(jobs), fill, ports_.clock.steady_now());
  }
  changed_.notify_all();
}

// Returns: nothing if the store failed.
std::optional<Fill> MailWorker::decide_and_claim(std::size_t most, std::vector<MailJob>& jobs) {
  auto rules = rules_;
  rules.most = most;
  try {
    const auto decided = decide(rules);
    if (decided.budget == Budget::kUsedUp) {
      watch_budget(Budget::kUsedUp);
      return Fill::kPartly;
    }
    const auto claimed = claim(rules, jobs);
    watch_budget(claimed.budget);
    if (claimed.budget == Budget::kUsedUp) return Fill::kPartly;
    return decided.fill == Fill::kFull ? Fill::kFull : claimed.fill;
  } catch (const std::exception&) {
    store_failed();
    return std::nullopt;
  }
}

Decided MailWorker::decide(const MailRules& rules) {
  auto decided = ports_.outbox.decide(rules, [this](const TokenPlan& plan) { return tokens_.hash_of(plan); }, ports_.random);
  for (const auto& [end, requests] : decided.ended) {
    for (std::size_t i = 0; i < requests; ++i) ports_.metrics.ended(Ended::kRequest, end);
  }
  if (decided.refused > 0) store_failed();
  return decided;
}

Claimed MailWorker::claim(const MailRules& rules, std::vector<MailJob>& jobs) {
  const auto claimed_at = ports_.clock.steady_now();
  auto claimed = ports_.outbox.claim(rules);
  for (auto& delivery : claimed.deliveries) jobs.push_back({std::move(delivery), claimed_at});
  for (const auto& ended : claimed.ended) record_end(ended.kind, ended.end, ended.id, ended.request_id);
  return claimed;
}

void MailWorker::watch_budget(Budget budget) {
  if (std::exchange(budget_, budget) == budget) return;
  if (budget == Budget::kLeft) return ports_.events.write(Event::kBudgetLeft, {});
  ports_.metrics.count(Counter::kAlarms, Label::kMailBudget);
  ports_.events.write(Event::kBudgetUsedUp, {}, {{"mails_an_hour", std::int64_t{settings_.per_hour}}});
}

// MailDelivery has logged the mails that the relay refused.
void MailWorker::record_end(DeliveryKind kind, MailEnd end, std::int64_t delivery, const std::string& request_id) {
  ports_.metrics.ended(kind == DeliveryKind::kReset ? Ended::kRequest : Ended::kNotice, end);
  if (row_of(end).state != row_of(MailEnd::kLate).state) return;
  ports_.events.write(
      Event::kMailDead, request_id,
      {{"kind", word_of(kind)}, {"delivery", delivery}, {"reason", std::string_view("too late")}, {"cause", row_of(end).cause}});
}

void MailWorker::prune() {
  std::size_t rows = 0;
  try {
    rows = ports_.outbox.prune(settings_.keep);
  } catch (const std::exception&) {
    store_failed();
  }
  {
    const std::lock_guard lock(mutex_);
    schedule_.pruned(rows, ports_.clock.steady_now());
  }
  changed_.notify_all();
}

// What can't be settled goes back to the schedule: a short failure of the store should not make a mail go out twice.
void MailWorker::settle(std::vector<FinishedMail> mails) {
  auto why = Unsettled::kHeld;
  std::vector<FinishedMail> left;
  try {
    const auto settled = ports_.outbox.settle(attempts_of(mails));
    for (std::size_t i = 0; i < mails.size(); ++i) {
      const FinishedMail& mail = mails[i];
      if (settled[i].end) record_end(mail.kind, *settled[i].end, mail.attempt.lease.delivery, mail.request_id);
      if (settled[i].kind == Settled::Kind::kHeld) left.push_back(std::move(mails[i]));
    }
  } catch (const std::exception&) {
    store_failed();
    why = Unsettled::kStoreFailed;
    left = std::move(mails);
  }
  {
    const std::lock_guard lock(mutex_);
    schedule_.settled(std::move(left), why, ports_.clock.steady_now());
  }
  changed_.notify_all();
}

// Tries again while the lease holds: else it would count as a lost attempt.
void MailWorker::give_back(const MailJob& job) {
  for (auto delay = settings_.pace.first_backoff;; delay *= 2) {
    try {
      return ports_.outbox.give_back(job.delivery.lease);
    } catch (const std::exception&) {
      store_failed();
    }
    if (!wait_before_retry(job, delay)) return;
  }
}

// Returns: whether to try again: the lease will still hold, and the worker is not stopping.
bool MailWorker::wait_before_retry(const MailJob& job, milliseconds delay) {
  std::unique_lock lock(mutex_);
  if (ports_.clock.steady_now() + delay >= job.claimed_at + settings_.pace.lease) return false;
  stopping_.wait_for(lock, delay, [this] { return schedule_.stopping(); });
  return !schedule_.stopping();
}

void MailWorker::store_failed() {
  ports_.metrics.count(Counter::kUnavailable, Label::kDatabase);
  ports_.events.write(Event::kUnavailable, {}, {{"of", "database"}, {"in", "mail_worker"}});
}

}  // namespace rekey
