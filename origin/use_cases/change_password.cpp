#include "origin/use_cases/change_password.h"

namespace rekey {

namespace {
constexpr int kMostAttempts = 3;  // as for a log-in: only an upgrade of the same password's hash can interfere
}

// The first call's new password makes a repeated one's current password wrong.
ChangePasswordOutcome ChangePassword::run(const ChangePasswordInput& input, const RequestInfo& request) {
  const auto outcome = attempt(input, request);
  if (outcome.kind == Kind::kOk || accounts_.has_changed_password(request)) return {Kind::kOk};
  if (outcome.kind == Kind::kNoSession) reuse_.check(input.session, request);
  return outcome;
}

ChangePasswordOutcome ChangePassword::attempt(const ChangePasswordInput& input, const RequestInfo& request) {
  for (int i = 0; i < kMostAttempts; ++i) {
    if (const auto outcome = try_once(input, request)) return *outcome;
  }
  return {Kind::kNoSession};
}

std::optional<ChangePasswordOutcome> ChangePassword::try_once(const ChangePasswordInput& input, const RequestInfo& request) {
  const auto session = accounts_.find_session(input.session, std::nullopt);
  if (!session) return ChangePasswordOutcome{Kind::kNoSession};
  const User& user = session->account.user;
  const PasswordHash& stored = session->account.password_hash;
  const PasswordText current = rules_.normalize(input.current_password);
  if (hasher_.verify(current.reveal(), stored) == PasswordMatch::kNo) return ChangePasswordOutcome{Kind::kWrongPassword};
  const auto replacement = rules_.accept(input.new_password, user.email, user.username);
  if (!replacement) return ChangePasswordOutcome{Kind::kPasswordRefused, replacement.error()};
  const auto still_wanted = [&] { return accounts_.find_session(input.session, std::nullopt).has_value(); };
  const auto hash = hasher_.hash(replacement->reveal(), still_wanted);
  if (!hash) return ChangePasswordOutcome{Kind::kNoSession};
  if (!accounts_.change_password(user.id, stored, *hash, input.session, request)) return std::nullopt;
  events_.write(Event::kPasswordChanged, request.request_id, {{"user_id", user.id}});
  events_.write(Event::kSessionsRevoked, request.request_id, {{"user_id", user.id}});
  return ChangePasswordOutcome{Kind::kOk};
}

}  // namespace rekey
