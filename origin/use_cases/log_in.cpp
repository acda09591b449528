#include "origin/use_cases/log_in.h"

namespace rekey {

namespace {
constexpr auto kAlways = [] { return true; };

// Attempts with a right password while concurrent log-ins replace the hash: two log-ins that both upgrade it need two.
constexpr int kMostAttempts = 3;
}  // namespace

LogInOutcome LogIn::run(const LogInInput& input, const RequestInfo& request) {
  const PasswordText password = rules_.normalize(input.password);
  Attempt attempt = Attempt::kHashChanged;
  for (int i = 0; i < kMostAttempts && attempt == Attempt::kHashChanged; ++i) attempt = try_once(input, password, request);
  if (attempt == Attempt::kOpened) return LogInOutcome::kOk;
  accounts_.note_refused_log_in(input.email, request);
  events_.write(Event::kLoginFailed, request.request_id);
  return LogInOutcome::kBadCredentials;
}

LogIn::Attempt LogIn::try_once(const LogInInput& input, const PasswordText& password, const RequestInfo& request) {
  const auto account = accounts_.find_account(input.email);
  const bool has_password = account && account->user.has_password;
  const bool may_log_in = has_password && account->user.is_active;
  // An inactive account's own hash, too: to read its row and derive a hash of nobody would take microseconds longer than either.
  const PasswordHash stored = has_password ? account->password_hash : hasher_.hash_of_nobody(input.email.normalized());
  // One call for both: Argon2id works on its caller's stack, whose alignment changes its time by a hundredth.
  const PasswordMatch match = hasher_.verify(password.reveal(), stored, may_log_in ? Admits::kRightPassword : Admits::kNone);
  if (match == PasswordMatch::kNo) {
    guesses_.refused(input.email.normalized(), account ? std::string_view(account->user.id) : "", request);
    return Attempt::kRefused;
  }
  std::optional<PasswordHash> upgraded;
  const bool is_ours = account->keeper == HashKeeper::kRekey;
  if (match == PasswordMatch::kYesAndOutdated && is_ours) upgraded = hasher_.hash(password.reveal(), kAlways);
  const NewSession session{input.session, session_life_.each, session_life_.longest};
  if (!accounts_.open_session(account->user.id, account->password_hash, upgraded, session, request)) return Attempt::kHashChanged;
  events_.write(Event::kLoggedIn, request.request_id, {{"user_id", account->user.id}});
  return Attempt::kOpened;
}

void LogOut::run(const TokenHash& session, const RequestInfo& request) {
  accounts_.end_session(session, request);
  events_.write(Event::kLoggedOut, request.request_id);
}

std::optional<SessionUser> CurrentUser::run(const TokenHash& session, const std::optional<TokenHash>& renewal,
                                            const RequestInfo& request) {
  std::optional<NewSession> successor;
  if (renewal) successor = NewSession{*renewal, session_life_.each, session_life_.longest};
  auto found = accounts_.find_session(session, successor);
  if (!found) reuse_.check(session, request);
  return found;
}

}  // namespace rekey
