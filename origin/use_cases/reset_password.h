// A2, B9: sets a new password for whoever holds a live reset token. The edge has proved that we made the token; its hash comes
// in. A refused password leaves the token usable. Of any number of simultaneous uses exactly one wins. Nobody is logged in by it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/password_rules.h"

namespace rekey {

struct ResetPasswordInput {
  TokenHash token;
  std::string_view new_password;  // as typed
};

struct ResetPasswordOutcome {
  enum class Kind : std::uint8_t { kOk, kBadToken, kPasswordRefused } kind;
  Error refusal = Error::kNone;
};

class ResetPassword {
 public:
  ResetPassword(RecoveryStore& recovery, PasswordHasher& hasher, const PasswordRules& rules, EventLog& events, Metrics& metrics)
      : recovery_(recovery), hasher_(hasher), rules_(rules), events_(events), metrics_(metrics) {}

  // Throws: Unavailable; the token is unused, but where the answer of the commit was lost.
  ResetPasswordOutcome run(const ResetPasswordInput& input, const RequestInfo& request);

 private:
  ResetPasswordOutcome refuse_token(const TokenHash& token, const RequestInfo& request);
  ResetPasswordOutcome refuse_password(Error error, const User& user, const RequestInfo& request);

  RecoveryStore& recovery_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  EventLog& events_;
  Metrics& metrics_;
};

}  // namespace rekey
