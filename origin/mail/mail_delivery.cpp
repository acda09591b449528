#include "origin/mail/mail_delivery.h"

#include <algorithm>
#include <string_view>

namespace rekey {
namespace {

using std::chrono::nanoseconds;

std::string_view word_of(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
      return "taken";
    case MailVerdict::kTryLater:
      return "try_later";
    case MailVerdict::kRefused:
      return "refused";
    case MailVerdict::kRelayRefuses:
      return "relay_refuses";
    case MailVerdict::kWantsLogIn:
      return "wants_log_in";
    case MailVerdict::kUnknown:
      return "unknown";
    case MailVerdict::kCutOff:
      return "cut_off";
    case MailVerdict::kPoisoned:
      return "poisoned";
  }
  __builtin_trap();
}

Event event_of(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
      return Event::kMailTaken;
    case MailVerdict::kTryLater:
    case MailVerdict::kRelayRefuses:
    case MailVerdict::kWantsLogIn:
    case MailVerdict::kUnknown:
    case MailVerdict::kCutOff:
      return Event::kMailPutBack;
    case MailVerdict::kRefused:
    case MailVerdict::kPoisoned:
      return Event::kMailDead;
  }
  __builtin_trap();
}

std::string_view kind_of(const MailJob& job) { return std::holds_alternative<ResetJob>(job.row) ? "reset" : "notice"; }

nanoseconds since(std::chrono::sys_seconds then, const Clock& clock) {
  return std::max(nanoseconds(0), nanoseconds(clock.now() - then));
}

}  // namespace

Settlement settlement_of(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
      return Settlement::kSent;
    case MailVerdict::kTryLater:
    case MailVerdict::kWantsLogIn:
      return Settlement::kTryLater;
    case MailVerdict::kRelayRefuses:
      return Settlement::kTurnedAway;
    case MailVerdict::kUnknown:
      return Settlement::kUnknown;
    case MailVerdict::kCutOff:
      return Settlement::kCutOff;
    case MailVerdict::kRefused:
    case MailVerdict::kPoisoned:
      return Settlement::kRejected;
  }
  __builtin_trap();
}

MailDelivery::MailDelivery(MailHooks hooks, const MailTokens& tokens, std::chrono::seconds lifetime, const Clock& clock,
                           Metrics& metrics, EventLog& events)
    : hooks_(std::move(hooks)), tokens_(tokens), lifetime_(lifetime), clock_(clock), metrics_(metrics), events_(events) {}

void MailDelivery::end_by(std::chrono::steady_clock::time_point when) {
  if (hooks_.mailer) hooks_.mailer->end_by(when);
}

MailOutcome MailDelivery::deliver(const MailJob& job) {
  const auto started = clock_.steady_now();
  auto outcome = call_hook(job);
  metrics_.observe(Timing::kMail, clock_.steady_now() - started);
  record(job, outcome);
  return outcome;
}

MailOutcome MailDelivery::call_hook(const MailJob& job) {
  try {
    return std::visit([this](const auto& row) { return call(row); }, job.row);
  } catch (...) {  // what it says may hold anything: it stays unsaid
    events_.write(Event::kHookFailed, job.request().request_id, {{"kind", kind_of(job)}, {"row", job.lease().row_id}});
    return {MailVerdict::kTryLater, 0, "the hook threw"};
  }
}

MailOutcome MailDelivery::call(const ResetJob& job) {
  const auto token = tokens_.token_of(job);
  if (!token) return {MailVerdict::kRefused, 0, "the token's key is no longer in the ring"};
  return hooks_.after_forgot_password->after_forgot_password(
      {job.message_key, job.user, *token, job.expires_at, lifetime_, job.requested_at, job.request});
}

MailOutcome MailDelivery::call(const NoticeJob& job) {
  const auto change = job.by_reset ? PasswordChange::kByReset : PasswordChange::kByOwner;
  return hooks_.after_reset_password->after_reset_password({job.message_key, job.user, change, job.changed_at, job.request});
}

void MailDelivery::record(const MailJob& job, const MailOutcome& outcome) {
  metrics_.count(Counter::kMails, word_of(outcome.verdict));
  if (outcome.verdict == MailVerdict::kPoisoned) metrics_.count(Counter::kAlarms, "poisoned_mail");
  if (outcome.verdict == MailVerdict::kTaken) {
    if (const auto* reset = std::get_if<ResetJob>(&job.row))
      metrics_.observe(Timing::kMailDelay, since(reset->requested_at, clock_));
  }
  events_.write(event_of(outcome.verdict), job.request().request_id,
                {{"kind", kind_of(job)},
                 {"row", job.lease().row_id},
                 {"attempt", job.lease().attempt},
                 {"smtp_code", std::int64_t{outcome.smtp_code}},
                 {"reason", outcome.reason}});
}

}  // namespace rekey
