// The parts for the commands about accounts: one database connection, one hash at a time, a log of errors only.
#pragma once

#include <string_view>

#include "origin/passwords/argon2_hasher.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "origin/postgres/account_store.h"
#include "origin/postgres/pool.h"
#include "origin/settings/settings.h"
#include "origin/system/json_log.h"
#include "origin/system/metrics_registry.h"
#include "origin/system/system_random.h"
#include "origin/use_cases/register_user.h"

namespace rekey {

class AccountDesk {
 public:
  explicit AccountDesk(const Settings& settings);

  AccountStore& accounts() { return accounts_; }
  // Throws: std::runtime_error for an invalid address or name; Unavailable.
  RegisterOutcome add(std::string_view email, std::string_view username, std::string_view password);

 private:
  RequestInfo new_request();

  SystemRandom random_;
  MetricsRegistry metrics_;
  JsonLog log_{{.level = LogLevel::kError}};
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
