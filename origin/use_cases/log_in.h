// B11: log in, log out, and find the current user. The edge mints session tokens; the origin gets only their hashes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/guess_watch.h"
#include "origin/use_cases/own_sessions.h"
#include "origin/use_cases/password_rules.h"

namespace rekey {

struct LogInInput {
  EmailAddress email;
  std::string_view password;  // as typed
  TokenHash session;
};

enum class LogInOutcome : std::uint8_t { kOk, kBadCredentials };

// Opens a session for the right password. An unknown account, an inactive one and a wrong password get the same answer at the
// same cost, whatever hash is stored. If the stored hash has an older form, a right password is hashed again and stored, unless
// the hash has changed meanwhile. Every refusal is counted in the GuessWatch.
class LogIn {
 public:
  LogIn(AccountStore& accounts, PasswordHasher& hasher, const PasswordRules& rules, const SessionLife& session_life,
        GuessWatch& guesses, EventLog& events)
      : accounts_(accounts), hasher_(hasher), rules_(rules), session_life_(session_life), guesses_(guesses), events_(events) {}

  // Throws: Unavailable; no session is open, or one whose token was never handed out.
  LogInOutcome run(const LogInInput& input, const RequestInfo& request);

 private:
  enum class Attempt : std::uint8_t { kOpened, kRefused, kHashChanged };
  Attempt try_once(const LogInInput& input, const PasswordText& password, const RequestInfo& request);

  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  SessionLife session_life_;
  GuessWatch& guesses_;
  EventLog& events_;
};

// Ends a session's whole chain. The answer is the same if there was none.
class LogOut {
 public:
  LogOut(AccountStore& accounts, EventLog& events) : accounts_(accounts), events_(events) {}

  // Throws: Unavailable; the session may live on.
  void run(const TokenHash& session, const RequestInfo& request);

 private:
  AccountStore& accounts_;
  EventLog& events_;
};

// Finds the user of a session. For a cookie that expires soon, and for an application that asks, the edge adds the hash of its
// successor.
class CurrentUser {
 public:
  CurrentUser(AccountStore& accounts, const SessionLife& session_life, EventLog& events)
      : accounts_(accounts), session_life_(session_life), reuse_(accounts, events) {}

  // Returns: nothing if the session is unknown, expired or ended, or its account is inactive.
  std::optional<SessionUser> run(const TokenHash& session, const std::optional<TokenHash>& renewal, const RequestInfo& request);

 private:
  AccountStore& accounts_;
  SessionLife session_life_;
  SessionReuse reuse_;
};

}  // namespace rekey
