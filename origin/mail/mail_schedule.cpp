#include "origin/mail/mail_schedule.h"

#include <algorithm>
#include <utility>

namespace rekey {

namespace {

bool is_new(const FinishedMail& mail) { return !mail.unsettled; }
bool is_held(const FinishedMail& mail) { return mail.unsettled == Unsettled::kHeld; }

}  // namespace

MailSchedule::MailSchedule(const MailPace& pace, SteadyTime now, std::uint32_t spread)
    : pace_(pace), round_at_(now), relays_(pace.relay, pace.relays), spread_(spread) {
  prune_at_ = now + jittered(pace.prune_every);
}

void MailSchedule::stop(SteadyTime now) {
  stopping_ = true;
  stopped_at_ = now;
}

MailStep MailSchedule::next(SteadyTime now) {
  if (now >= settle_time()) return begin_settlement();
  if (now >= relays_.alarm_time()) return {.kind = MailStep::Kind::kRing, .alarm = relays_.ring(now)};
  if (now >= probe_time()) return {.kind = MailStep::Kind::kProbe, .relay = relays_.begin_probe()};
  if (has_time_for_upkeep()) {
    const bool round_is_due = now >= round_time();
    if (now >= prune_time() && !(prune_yields_ && round_is_due)) {
      pruning_ = true;
      return {.kind = MailStep::Kind::kPrune};
    }
    if (round_is_due) return begin_round();
  }
  if (!ready_.empty() && (has_room() || !may_start(ready_.front(), now))) return take_job(now);
  if (stopping_ && finished_.empty()) return {.kind = MailStep::Kind::kLeave};
  return {.kind = MailStep::Kind::kWait, .until = wake_time()};
}

SteadyTime MailSchedule::wake_time() const {
  const auto first = std::min({settle_time(), relays_.alarm_time(), probe_time()});
  return has_time_for_upkeep() ? std::min({first, round_time(), prune_time()}) : first;
}

// Without a mail to send; or while other senders send the last claimed mails, so that these senders need not wait for the next
// round.
bool MailSchedule::has_time_for_upkeep() const {
  return !stopping_ && (ready_.empty() || (ready_.size() <= pace_.low_water && in_flight_ > 0));
}

// max() while there is nothing to settle, or another sender is at it.
SteadyTime MailSchedule::settle_time() const {
  if (in_settlement_ > 0 || finished_.empty()) return SteadyTime::max();
  return std::ranges::min_element(finished_, {}, &FinishedMail::settle_at)->settle_at;
}

// Takes the mail that has been due for longest. If it is new, takes all new ones; else it could not be settled before, and comes
// alone, so that it holds up no others.
MailStep MailSchedule::begin_settlement() {
  MailStep step{.kind = MailStep::Kind::kSettle};
  const auto first = std::ranges::min_element(finished_, {}, &FinishedMail::settle_at);
  const bool is_group = is_new(*first);
  std::vector<FinishedMail> others;
  for (FinishedMail& mail : finished_) {
    const bool is_wanted = is_group ? is_new(mail) : &mail == &*first;
    (is_wanted ? step.finished : others).push_back(std::move(mail));
  }
  finished_ = std::move(others);
  in_settlement_ = step.finished.size();
  return step;
}

void MailSchedule::settled(std::vector<FinishedMail> left, Unsettled why, SteadyTime now) {
  in_settlement_ = 0;
  for (FinishedMail& mail : left) {
    mail.unsettled = why;
    mail.backoff = is_held(mail) ? std::clamp(mail.backoff * 2, pace_.first_held, pace_.last_held)
                                 : std::clamp(mail.backoff * 2, pace_.first_backoff, pace_.last_backoff);
    mail.settle_at = now + mail.backoff;
    if (is_worth_another_try(mail, now)) finished_.push_back(std::move(mail));
  }
}

// After the lease the attempt counts as lost, and another may begin. A stop doesn't wait for a store that is away.
bool MailSchedule::is_worth_another_try(const FinishedMail& mail, SteadyTime now) const {
  if (stopping_ && (!is_held(mail) || now >= stopped_at_ + pace_.stop_grace)) return false;
  return mail.settle_at < mail.claimed_at + pace_.lease;
}

MailStep MailSchedule::begin_round() {
  in_round_ = true;
  prune_yields_ = false;
  return {.kind = MailStep::Kind::kRound, .most = relays_.is_any_closed() ? pace_.batch : 1};
}

MailStep MailSchedule::take_job(SteadyTime now) {
  MailStep step;
  step.job = std::move(ready_.front());
  ready_.pop_front();
  step.kind = may_start(*step.job, now) ? MailStep::Kind::kSend : MailStep::Kind::kGiveBack;
  if (step.kind == MailStep::Kind::kSend) ++in_flight_;
  step.relay = relays_.choose();
  return step;
}

// Does not count mails whose account is held: else a holder of as many accounts as there are senders would stop all mail.
// The number of such mails is bounded by what was claimed before: nothing is decided for a held account.
bool MailSchedule::has_room() const {
  const auto held = static_cast<std::size_t>(std::ranges::count_if(finished_, is_held));
  return in_flight_ + in_settlement_ + finished_.size() - held < pace_.most_unrecorded;
}

bool MailSchedule::may_start(const MailJob& job, SteadyTime now) const {
  return !stopping_ && relays_.may_send() && now + pace_.longest_send <= job.claimed_at + pace_.lease;
}

// round_time() and prune_time(): max() while the next one depends on another sender's result.
SteadyTime MailSchedule::round_time() const {
  const bool may_send = relays_.is_any_closed() || (relays_.may_send() && in_flight_ == 0);
  return in_round_ || !may_send ? SteadyTime::max() : round_at_;
}

SteadyTime MailSchedule::probe_time() const { return stopping_ ? SteadyTime::max() : relays_.probe_time(); }

SteadyTime MailSchedule::prune_time() const { return pruning_ ? SteadyTime::max() : prune_at_; }

// The time of the next round does not depend on when a request came.
void MailSchedule::claimed(std::vector<MailJob> jobs, std::optional<Fill> fill, SteadyTime now) {
  in_round_ = false;
  if (fill) {
    backoff_ = {};
    round_at_ = *fill == Fill::kFull ? now : now + rest();
  } else {
    backoff_ = std::clamp(backoff_ * 2, pace_.first_backoff, pace_.last_backoff);
    round_at_ = now + jittered(backoff_);
  }
  for (auto& job : jobs) ready_.push_back(std::move(job));
}

SendEnd MailSchedule::sent(FinishedMail mail, const MailOutcome& outcome, SteadyTime now) {
  SendEnd end{.verdict = relays_.verdict_on(outcome, mail.relay, now)};
  end.news = relays_.heard(mail.relay, sign_of(outcome, mail.took), now);
  if (outcome.verdict == MailVerdict::kWantsLogIn) end.complaint = heard_complaint(now);
  mail.attempt.verdict = end.verdict;
  finish(std::move(mail), now);
  return end;
}

// No relay was used: what is known of them stays as it is.
void MailSchedule::rehearsed(FinishedMail mail, SteadyTime now) { finish(std::move(mail), now); }

std::optional<RelayNews> MailSchedule::probed(RelayRank relay, const MailOutcome& outcome, SteadyTime now) {
  return relays_.probed(relay, sign_of(outcome, {}), now);
}

void MailSchedule::finish(FinishedMail mail, SteadyTime now) {
  --in_flight_;
  mail.settle_at = now;
  finished_.push_back(std::move(mail));
}

Complaint MailSchedule::heard_complaint(SteadyTime now) {
  if (now < quiet_until_) return Complaint::kNone;
  quiet_until_ = now + pace_.complaint_again;
  return Complaint::kToBeTold;
}

void MailSchedule::pruned(std::size_t rows, SteadyTime now) {
  pruning_ = false;
  prune_yields_ = rows >= kPrunePiece;
  prune_at_ = prune_yields_ ? now : now + jittered(rows > 0 ? pace_.prune_again : pace_.prune_every);
}

std::chrono::milliseconds MailSchedule::jittered(std::chrono::milliseconds delay) {
  return delay - delay * (next_random() % 1024) / 2048;
}

std::chrono::milliseconds MailSchedule::rest() { return pace_.cadence / 2 + pace_.cadence * (next_random() % 1025) / 1024; }

// One step of the minimal standard generator (Lehmer), so that instances started together drift apart.
std::uint32_t MailSchedule::next_random() {
  spread_ = static_cast<std::uint32_t>((static_cast<std::uint64_t>(spread_ % 2147483646 + 1) * 48271) % 2147483647);
  return spread_;
}

}  // namespace rekey
