// The uses of a reset token: set a new password, or cancel ("this was not me"). The edge has verified the token's tag and
// expiry; the origin gets its hash. The code beside the link (try_code.h) leads to the same hash, and so to the same rules. If
// such a token does not work, it has ended, or it was never issued and the key has leaked. Promises: A2, B9 of tests/attacks.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/ports/first_password.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/password_rules.h"
#include "origin/use_cases/try_code.h"

namespace rekey {

// For authentic tokens that do not work. Used by both use cases.
class TokenAlarm {
 public:
  TokenAlarm(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), metrics_(metrics) {}

  // Raises the alarm if the token was never issued. Throws: Unavailable.
  void check(const TokenHash& token, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  Metrics& metrics_;
};

struct ResetPasswordInput {
  TokenHash token;
  std::string_view new_password;  // as typed
};

struct ResetByCodeInput {
  CodeTry code;
  std::string_view new_password;  // as typed
};

struct ResetPasswordOutcome {
  enum class Kind : std::uint8_t { kOk, kBadToken, kPasswordRefused } kind;
  Error refusal = Error::kNone;
  std::string address{};  // of kOk: the account's, "" if it is gone since
};

// In this order: the token is looked up with its account; the password is judged, with the account's address and name; the token
// is looked up again once the hasher's turn has come; the password is hashed; the token is used up and the hash set in one
// transaction, RecoveryStore::consume_reset_token. Why: a dead token costs no hash, a refused password leaves the token usable,
// and the transaction alone decides, so of any number of simultaneous uses exactly one wins. Nobody is logged in by it. A call
// that is repeated under its request id sets nothing and ends like the first.
class ResetPassword {
 public:
  ResetPassword(RecoveryStore& recovery, TryCode& codes, PasswordHasher& hasher, const PasswordRules& rules, EventLog& events,
                Metrics& metrics, FirstPassword first_password = FirstPassword::kRefused)
      : recovery_(recovery),
        codes_(codes),
        hasher_(hasher),
        rules_(rules),
        events_(events),
        alarm_(recovery, events, metrics),
        first_password_(first_password) {}

  // Throws: Unavailable; the token is unused, unless only the answer of the commit was lost.
  ResetPasswordOutcome run(const ResetPasswordInput& input, const RequestInfo& request);

  // The same by a code. A wrong one costs one of its five tries, and no hash.
  ResetPasswordOutcome run_by_code(const ResetByCodeInput& input, const RequestInfo& request);

  // Returns: kOk if a reset was done under this request id, else kBadToken. Throws: Unavailable.
  ResetPasswordOutcome repeat(const RequestInfo& request);

  // Returns: whether the code would set a password now; a wrong one costs a try. Throws: Unavailable.
  bool accepts(const CodeTry& code, const RequestInfo& request);

 private:
  bool may_get_password(const User& user) const;
  ResetPasswordOutcome refuse_token(const TokenHash& token, const RequestInfo& request);
  ResetPasswordOutcome refuse_password(Error error, const User& user, const RequestInfo& request);

  RecoveryStore& recovery_;
  TryCode& codes_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  EventLog& events_;
  TokenAlarm alarm_;
  const FirstPassword first_password_;
};

// Ends the token if the caller also gives the account's address. The answer is always the same. Why the address: programs that
// scan mail press buttons, but don't type addresses.
class CancelReset {
 public:
  CancelReset(RecoveryStore& recovery, EventLog& events, Metrics& metrics)
      : recovery_(recovery), events_(events), alarm_(recovery, events, metrics) {}

  // Throws: Unavailable; the token may live on, or the alarm was not raised.
  void run(const TokenHash& token, const EmailAddress& email, const RequestInfo& request);

 private:
  RecoveryStore& recovery_;
  EventLog& events_;
  TokenAlarm alarm_;
};

}  // namespace rekey
