#include "origin/use_cases/reset_password.h"

namespace rekey {

namespace {
using Kind = ResetPasswordOutcome::Kind;
}

void TokenAlarm::check(const TokenHash& token, const RequestInfo& request) {
  if (recovery_.was_issued(token)) return;
  metrics_.count(Counter::kUnknownAuthenticTokens);
  metrics_.count(Counter::kAlarms, Label::kKeyKnown);
  events_.write(Event::kUnknownAuthenticToken, request.request_id);
}

ResetPasswordOutcome ResetPassword::run(const ResetPasswordInput& input, const RequestInfo& request) {
  const auto account = recovery_.find_reset_token(input.token);
  if (!account || !may_get_password(account->user)) return refuse_token(input.token, request);
  const auto password = rules_.accept(input.new_password, account->user.email, account->user.username);
  if (!password) return refuse_password(password.error(), account->user, request);
  const auto still_alive = [&] { return recovery_.find_reset_token(input.token).has_value(); };
  const auto hash = hasher_.hash(password->reveal(), still_alive);
  if (!hash || !recovery_.consume_reset_token(input.token, *hash, request)) return refuse_token(input.token, request);
  events_.write(Event::kPasswordReset, request.request_id, {{"user_id", account->user.id}});
  events_.write(Event::kSessionsRevoked, request.request_id, {{"user_id", account->user.id}});
  return {Kind::kOk, Error::kNone, account->user.email};
}

// A wrong code has no link of which refuse_token() could ask whether it was issued.
ResetPasswordOutcome ResetPassword::run_by_code(const ResetByCodeInput& input, const RequestInfo& request) {
  const auto token = codes_.run(input.code, request);
  if (token) return run(ResetPasswordInput{*token, input.new_password}, request);
  return repeat(request);
}

ResetPasswordOutcome ResetPassword::repeat(const RequestInfo& request) {
  const auto address = recovery_.find_reset(request);
  return address ? ResetPasswordOutcome{Kind::kOk, Error::kNone, *address} : ResetPasswordOutcome{Kind::kBadToken};
}

bool ResetPassword::accepts(const CodeTry& code, const RequestInfo& request) {
  const auto token = codes_.run(code, request);
  const auto account = token ? recovery_.find_reset_token(*token) : std::nullopt;
  return account && may_get_password(account->user);
}

// No mail told the link to an account that may not, but it may have been mailed while first passwords were allowed.
bool ResetPassword::may_get_password(const User& user) const {
  return user.has_password || first_password_ == FirstPassword::kAllowed;
}

// A repeated call ends like the first one, which has used the token up.
ResetPasswordOutcome ResetPassword::refuse_token(const TokenHash& token, const RequestInfo& request) {
  auto repeated = repeat(request);
  if (repeated.kind == Kind::kOk) return repeated;
  events_.write(Event::kResetTokenRefused, request.request_id);
  alarm_.check(token, request);
  return {Kind::kBadToken};
}

ResetPasswordOutcome ResetPassword::refuse_password(Error error, const User& user, const RequestInfo& request) {
  events_.write(Event::kPasswordRefused, request.request_id, {{"user_id", user.id}, {"reason", password_reason(error)}});
  return {Kind::kPasswordRefused, error};
}

void CancelReset::run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) {
  if (!recovery_.cancel_reset_token(token, email, request)) return alarm_.check(token, request);
  events_.write(Event::kResetCancelled, request.request_id);
}

}  // namespace rekey
