// The use cases over the fakes.
#pragma once

#include "origin/use_cases/change_password.h"
#include "origin/use_cases/forgot_password.h"
#include "origin/use_cases/log_in.h"
#include "origin/use_cases/register_user.h"
#include "origin/use_cases/reset_password.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {

struct UseCaseWorld {
  FakeAccounts accounts;
  FakeRecovery recovery;
  FakeHasher hasher;
  FakeNormalizer normalizer;
  FakeMetrics metrics;
  FakeEventLog events;
  PasswordRules rules{normalizer, "Rekey", 8};
  RequestInfo request{"AAAAAAAAAAAAAAAAAAAAAA", "192.0.2.7", "Test", "DE", ""};
  RequestInfo later{"BBBBBBBBBBBBBBBBBBBBBB", "192.0.2.7", "Test", "DE", ""};  // of another call

  RegisterUser register_user{accounts, hasher, rules, Registration::kOn, {"en", "de"}, events};
  FakeRandom random;
  HandClock clock;
  GuessWatch guesses{random, clock, events, metrics};
  LogIn log_in{accounts, hasher, rules, SessionLife{}, guesses, events};
  LogOut log_out{accounts, events};
  CurrentUser current_user{accounts, SessionLife{}, events};
  OwnSessions own_sessions{accounts, events};
  ChangePassword change_password{accounts, hasher, rules, events};
  ForgotPassword forgot_password{recovery, events, metrics};
  TryCode try_code{recovery, 2400, clock, events, metrics};
  ResetPassword reset_password{recovery, try_code, hasher, rules, events, metrics};
  CancelReset cancel_reset{recovery, events, metrics};
};

inline constexpr TokenHash kSomeToken{1};
inline constexpr TokenHash kOtherToken{2};

inline EmailAddress address(std::string_view text) { return EmailAddress::parse(text).value(); }

}  // namespace rekey::test
