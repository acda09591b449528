// B11: makes an account, if REGISTRATION is on.
// Hashes first, so that a taken name costs as much as a free one.
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
  std::optional<User> user;      // if created
  Error refusal = Error::kNone;  // if the password was refused
};

class RegisterUser {
 public:
  // In: `languages` are the lower-case tags of the mails' languages; one of them is stored with the account, "" if the request
  // has no Accept-Language.
  RegisterUser(AccountStore& accounts, PasswordHasher& hasher, const PasswordRules& rules, Registration registration,
               std::vector<std::string> languages, EventLog& events)
      : accounts_(accounts),
        hasher_(hasher),
        rules_(rules),
        registration_(registration),
        languages_(std::move(languages)),
        events_(events) {}

  // Throws: Unavailable; no account was made, or repeating the call returns it.
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
