#include "origin/use_cases/reset_password.h"

namespace rekey {

namespace {
using Kind = ResetPasswordOutcome::Kind;
}

ResetPasswordOutcome ResetPassword::run(const ResetPasswordInput& input, const RequestInfo& request) {
  const auto account = recovery_.find_reset_token(input.token);
  if (!account) return refuse_token(input.token, request);
  const auto password = rules_.accept(input.new_password, account->user.email, account->user.username);
  if (!password) return refuse_password(password.error(), account->user, request);
  const auto still_alive = [&] { return recovery_.find_reset_token(input.token).has_value(); };
  const auto hash = hasher_.hash(password->reveal(), still_alive);
  if (!hash || !recovery_.consume_reset_token(input.token, *hash, request)) return refuse_token(input.token, request);
  events_.write(Event::kPasswordReset, request.request_id, {{"user_id", account->user.id}});
  events_.write(Event::kSessionsRevoked, request.request_id, {{"user_id", account->user.id}});
  return {Kind::kOk};
}

// The edge let it pass, so its tag was good: either it was one of ours, or somebody else can make them.
ResetPasswordOutcome ResetPassword::refuse_token(const TokenHash& token, const RequestInfo& request) {
  events_.write(Event::kResetTokenRefused, request.request_id);
  if (!recovery_.was_issued(token)) {
    metrics_.count(Counter::kUnknownAuthenticTokens);
    metrics_.count(Counter::kAlarms, "key_known");
    events_.write(Event::kUnknownAuthenticToken, request.request_id);
  }
  return {Kind::kBadToken};
}

ResetPasswordOutcome ResetPassword::refuse_password(Error error, const User& user, const RequestInfo& request) {
  events_.write(Event::kPasswordRefused, request.request_id, {{"user_id", user.id}, {"reason", password_reason(error)}});
  return {Kind::kPasswordRefused, error};
}

}  // namespace rekey
