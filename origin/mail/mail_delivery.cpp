#include "origin/mail/mail_delivery.h"

#include <algorithm>
#include <exception>
#include <string_view>

namespace rekey {
namespace {

using std::chrono::nanoseconds;

class ResetCourier final : public Courier {
 public:
  ResetCourier(AfterForgotPassword& hook, const MailTokens& tokens, std::chrono::seconds lifetime)
      : hook_(hook), tokens_(tokens), lifetime_(lifetime) {}

  MailOutcome hand_over(const Delivery& delivery, const User& user) override {
    const auto token = tokens_.token_of(delivery.token, delivery.key_id);
    if (!token) return {MailVerdict::kRefused, 0, "the token's key is no longer in the ring"};
    const auto code = tokens_.code_of(delivery.token);
    return hook_.after_forgot_password(event_of(delivery, user, *token, code));
  }

  void rehearse(const Delivery& delivery, const User& user) override {
    const auto code = tokens_.code_of(delivery.token);
    if (const auto token = tokens_.token_of(delivery.token, delivery.key_id))
      hook_.rehearse(event_of(delivery, user, *token, code));
  }

 private:
  ForgotPasswordEvent event_of(const Delivery& delivery, const User& user, const TokenText& token,
                               const RecoveryCode& code) const {
    const auto* const shown = delivery.code == CodeInMail::kShown ? &code : nullptr;
    const std::chrono::sys_seconds expires_at{std::chrono::seconds(delivery.token.expires_at)};
    return {delivery.message_key, user, token, expires_at, lifetime_, delivery.happened_at, delivery.request, shown};
  }

  AfterForgotPassword& hook_;
  const MailTokens& tokens_;
  std::chrono::seconds lifetime_;
};

class PasswordChangedCourier final : public Courier {
 public:
  explicit PasswordChangedCourier(AfterResetPassword& hook) : hook_(hook) {}

  MailOutcome hand_over(const Delivery& delivery, const User& user) override {
    const auto change = delivery.by_reset ? PasswordChange::kByReset : PasswordChange::kByOwner;
    return hook_.after_reset_password({delivery.message_key, user, change, delivery.happened_at, delivery.request});
  }

  void rehearse(const Delivery&, const User&) override {}  // only an account's password can change

 private:
  AfterResetPassword& hook_;
};

class SessionReusedCourier final : public Courier {
 public:
  explicit SessionReusedCourier(AfterSessionReuse& hook) : hook_(hook) {}

  MailOutcome hand_over(const Delivery& delivery, const User& user) override {
    return hook_.after_session_reuse({delivery.message_key, user, delivery.happened_at, delivery.request});
  }

  void rehearse(const Delivery&, const User&) override {}  // only an account has sessions

 private:
  AfterSessionReuse& hook_;
};

Event event_of(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
      return Event::kMailTaken;
    case MailVerdict::kTryLater:
    case MailVerdict::kRelayRefuses:
    case MailVerdict::kRelayAway:
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

nanoseconds since(std::chrono::sys_seconds then, const Clock& clock) {
  return std::max(nanoseconds(0), nanoseconds(clock.now() - then));
}

// Stands in for the account that a rehearsal lacks. Its address is never used (RFC 2606).
User invented_user() {
  User user;
  user.username = "invented";
  user.email = "invented@user.invalid";
  return user;
}

}  // namespace

std::string_view word_of(DeliveryKind kind) {
  if (kind == DeliveryKind::kReset) return "reset";
  return kind == DeliveryKind::kSessionReused ? "session_reused" : "password_changed";
}

MailDelivery::MailDelivery(MailHooks hooks, const MailTokens& tokens, std::chrono::seconds lifetime, const Clock& clock,
                           Metrics& metrics, EventLog& events)
    : hooks_(std::move(hooks)), clock_(clock), metrics_(metrics), events_(events) {
  couriers_[DeliveryKind::kReset] = std::make_unique<ResetCourier>(*hooks_.after_forgot_password, tokens, lifetime);
  couriers_[DeliveryKind::kPasswordChanged] = std::make_unique<PasswordChangedCourier>(*hooks_.after_reset_password);
  if (hooks_.after_session_reuse)
    couriers_[DeliveryKind::kSessionReused] = std::make_unique<SessionReusedCourier>(*hooks_.after_session_reuse);
}

void MailDelivery::end_by(std::chrono::steady_clock::time_point when) {
  if (hooks_.mailer) hooks_.mailer->end_by(when);
}

MailOutcome MailDelivery::probe(RelayRank relay) {
  try {
    return hooks_.mailer ? hooks_.mailer->probe(relay) : MailOutcome{};
  } catch (const std::exception&) {
    return {};
  }
}

std::optional<MailOutcome> MailDelivery::deliver(const Delivery& delivery, RelayRank relay) {
  if (!delivery.user) {
    rehearse(delivery);
    return std::nullopt;
  }
  if (hooks_.mailer) hooks_.mailer->use(relay);
  const auto started = clock_.steady_now();
  auto outcome = hand_over(delivery);
  metrics_.observe(Timing::kMail, clock_.steady_now() - started);
  return outcome;
}

void MailDelivery::rehearse(const Delivery& delivery) {
  try {
    couriers_.at(delivery.kind)->rehearse(delivery, invented_user());
  } catch (...) {  // a rehearsal has no outcome
    events_.write(Event::kHookFailed, delivery.request.request_id,
                  {{"kind", "rehearsal"}, {"delivery", delivery.lease.delivery}});
  }
}

MailOutcome MailDelivery::hand_over(const Delivery& delivery) {
  try {
    return couriers_.at(delivery.kind)->hand_over(delivery, *delivery.user);
  } catch (...) {  // its text may hold a secret: not logged
    events_.write(Event::kHookFailed, delivery.request.request_id,
                  {{"kind", word_of(delivery.kind)}, {"delivery", delivery.lease.delivery}});
    return {MailVerdict::kTryLater, 0, "the hook threw"};
  }
}

void MailDelivery::record(const Delivery& delivery, const MailOutcome& outcome) {
  metrics_.count(Counter::kMails, word_of(outcome.verdict));
  if (outcome.verdict == MailVerdict::kPoisoned) metrics_.count(Counter::kAlarms, Label::kPoisonedMail);
  if (outcome.verdict == MailVerdict::kTaken && delivery.kind == DeliveryKind::kReset)
    metrics_.observe(Timing::kMailDelay, since(delivery.happened_at, clock_));
  events_.write(event_of(outcome.verdict), delivery.request.request_id,
                {{"kind", word_of(delivery.kind)},
                 {"delivery", delivery.lease.delivery},
                 {"attempt", delivery.lease.attempt},
                 {"smtp_code", std::int64_t{outcome.smtp_code}},
                 {"reason", outcome.reason}});
}

}  // namespace rekey
