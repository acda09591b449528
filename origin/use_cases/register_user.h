// B11: makes an account, where the operator has switched registration on.
// Why the hash comes first: a name that is taken costs as much as one that is free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "origin/ports/event_log.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/use_cases/password_rules.h"

namespace rekey {

enum class Registration : std::uint8_t { kOff, kOn };

struct RegisterInput {
  Username username;
  EmailAddress email;
  std::string_view password;  // as typed
};

struct RegisterOutcome {
  enum class Kind : std::uint8_t { kCreated, kTaken, kRegistrationOff, kPasswordRefused } kind;
  std::optional<User> user;      // where created
  Error refusal = Error::kNone;  // where the password was refused
};

class RegisterUser {
 public:
  // In: `languages` are those that mails can be written in, lower-case tags; one of them is remembered for the account.
  RegisterUser(AccountStore& accounts, PasswordHasher& hasher, const PasswordRules& rules, Registration registration,
               std::vector<std::string> languages, EventLog& events)
      : accounts_(accounts),
        hasher_(hasher),
        rules_(rules),
        registration_(registration),
        languages_(std::move(languages)),
        events_(events) {}

  // Throws: Unavailable; no account was made, or the same call again returns it.
  RegisterOutcome run(const RegisterInput& input, const RequestInfo& request);

 private:
  std::string language_for(const RequestInfo& request) const;

  AccountStore& accounts_;
  PasswordHasher& hasher_;
  const PasswordRules& rules_;
  Registration registration_;
  std::vector<std::string> languages_;
  EventLog& events_;
};

}  // namespace rekey
