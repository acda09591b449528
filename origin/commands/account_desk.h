// The parts for the commands about accounts: one database connection, one hash at a time, a log of errors only.
#pragma once

#include <string_view>

#include "origin/passwords/format_hasher.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "origin/postgres/account_store.h"
#include "origin/postgres/operator_accounts.h"
#include "origin/postgres/operator_history.h"
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

  PostgresPool& pool() { return pool_; }
  AccountStore& accounts() { return accounts_; }
  PostgresOperatorAccounts& operators() { return operators_; }
  PostgresOperatorHistory& history() { return history_; }
  Random& random() { return random_; }

  OperatorAct new_act();

  // Throws: std::runtime_error for an invalid address or name; ForeignAccounts; Unavailable.
  RegisterOutcome add(std::string_view email, std::string_view username, std::string_view password);

  // Returns: a hash that no password matches: over the accounts of another product of the form of PASSWORD_FORMAT, since its
  // log-in may fail with another.
  PasswordHash unmatched_hash(const OperatorAct& act);

  // In: an address or an id. Returns: the id of the account, or nothing.
  // Throws: std::runtime_error for a text with an @ that is neither; Unavailable.
  std::optional<std::string> find(std::string_view account);

 private:
  std::string new_request_id();

  SystemRandom random_;
  MetricsRegistry metrics_;
  JsonLog log_{{.level = LogLevel::kError}};
  Utf8procNormalizer normalizer_;
  PostgresPool pool_;
  PostgresAccountStore accounts_;
  PostgresOperatorAccounts operators_;
  PostgresOperatorHistory history_;
  FormatHasher hasher_;
  PasswordRules rules_;
  RegisterUser register_user_;
};

// Throws: std::runtime_error that names the rule.
EmailAddress require_email(std::string_view text);

// Returns: whether a text is a UUID with hyphens, in any case.
bool is_uuid(std::string_view text);

}  // namespace rekey
