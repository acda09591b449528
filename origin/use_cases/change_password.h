// B10: the logged-in owner changes the password and must give the current one. This session stays; all others and all reset
// tokens end. A call that is repeated under its request id changes nothing and ends like the first.
#pragma once

#include <cstdint>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/own_sessions.h"
#include "origin/use_cases/password_rules.h"

namespace rekey {

struct ChangePasswordInput {
  TokenHash session;
  std::string_view current_password;  // as typed
  std::string_view new_password;      // as typed
};

struct ChangePasswordOutcome {
  enum class Kind : std::uint8_t { kOk, kNoSession, kWrongPassword, kPasswordRefused } kind;
  Error refusal = Error::kNone;
};

class ChangePassword {
 public:
  ChangePassword(AccountStore& accounts, PasswordHasher& hasher, const PasswordRules& rules, EventLog& events)
      : accounts_(accounts), hasher_(hasher), rules_(rules), events_(events), reuse_(accounts, events) {}

  // Throws: Unavailable; the password is the old one, or (if the answer to the commit was lost) the new one.
  ChangePasswordOutcome run(const ChangePasswordInput& input, const RequestInfo& request);

 private:
  using Kind = ChangePasswordOutcome::Kind;
  ChangePasswordOutcome attempt(const ChangePasswordInput& input, const RequestInfo& request);
  // Returns: nothing if the stored hash is no longer the one that was verified: a concurrent log-in may have upgraded it.
  std::optional<ChangePasswordOutcome> try_once(const ChangePasswordInput& input, const RequestInfo& request);

  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  EventLog& events_;
  SessionReuse reuse_;
};

}  // namespace rekey
