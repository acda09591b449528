// What the commands about accounts work with: one database connection, one hash at a time, a log of warnings alone.
#pragma once

#include <string_view>

#include "origin/adapters/argon2_hasher.h"
#include "origin/adapters/json_log.h"
#include "origin/adapters/metrics_registry.h"
#include "origin/adapters/postgres_account_store.h"
#include "origin/adapters/postgres_pool.h"
#include "origin/adapters/system_random.h"
#include "origin/adapters/utf8proc_normalizer.h"
#include "origin/settings.h"
#include "origin/use_cases/register_user.h"

namespace rekey {

class AccountDesk {
 public:
  explicit AccountDesk(const Settings& settings);

  AccountStore& accounts() { return accounts_; }
  // Throws: std::runtime_error for an address or a name that is none; Unavailable.
  RegisterOutcome add(std::string_view email, std::string_view username, std::string_view password);

 private:
  RequestInfo new_request();

  SystemRandom random_;
  MetricsRegistry metrics_;
  JsonLog log_{LogLevel::kError};
  Utf8procNormalizer normalizer_;
  PostgresPool pool_;
  PostgresAccountStore accounts_;
  Argon2Hasher hasher_;
  PasswordRules rules_;
  RegisterUser register_user_;
};

// Throws: std::runtime_error that names the rule.
EmailAddress require_email(std::string_view text);

}  // namespace rekey
