// B11: log in, log out, and who is logged in. The edge mints the tokens of sessions; their hashes come in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
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

// Opens a session for the right password. Unknown, inactive and mistaken get one answer at one cost: the hasher spends the same
// on each, whatever hash is stored. Where the stored hash is of an older form, a right password is hashed anew and stored, if
// nobody changed it meanwhile.
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

// Ends a session and all of its chain. The answer is the same where there was none.
class LogOut {
 public:
  LogOut(AccountStore& accounts, EventLog& events) : accounts_(accounts), events_(events) {}

  // Throws: Unavailable; the session may live on.
  void run(const TokenHash& session, const RequestInfo& request);

 private:
  AccountStore& accounts_;
  EventLog& events_;
};

// Who a session belongs to. A cookie that is about to end may bring the hash of its successor along.
class CurrentUser {
 public:
  CurrentUser(AccountStore& accounts, std::chrono::seconds session_lifetime)
      : accounts_(accounts), session_lifetime_(session_lifetime) {}

  // Returns: nothing where the session is unknown, over, or its account inactive.
  std::optional<SessionUser> run(const TokenHash& session, const std::optional<TokenHash>& renewal);

 private:
  AccountStore& accounts_;
  std::chrono::seconds session_lifetime_;
};

}  // namespace rekey
