// B11: opens a session for the right password. The edge mints the session's token; its hash comes in.
// Unknown, inactive and mistaken get one answer at one cost: the hasher spends the same on each, whatever hash is stored.
// Where the stored hash is of an older form, a right password is hashed anew and stored, if nobody changed it meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/password_rules.h"

namespace rekey {

struct LogInInput {
  EmailAddress email;
  std::string_view password;  // as typed
  TokenHash session;
};

enum class LogInOutcome : std::uint8_t { kOk, kBadCredentials };

class LogIn {
 public:
  LogIn(AccountStore& accounts, PasswordHasher& hasher, const PasswordRules& rules, std::chrono::seconds session_lifetime,
        EventLog& events)
      : accounts_(accounts), hasher_(hasher), rules_(rules), session_lifetime_(session_lifetime), events_(events) {}

  // Throws: Unavailable; no session is open, or one that nobody was told of.
  LogInOutcome run(const LogInInput& input, const RequestInfo& request);

 private:
  enum class Attempt : std::uint8_t { kOpened, kRefused, kHashChanged };
  Attempt try_once(const LogInInput& input, const PasswordText& password, const RequestInfo& request);

  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  std::chrono::seconds session_lifetime_;
  EventLog& events_;
};

}  // namespace rekey
