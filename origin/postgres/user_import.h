// Writes accounts of another system into `users`, a batch in a transaction: COPY into a temporary table, then one INSERT that
// leaves out what is there already. Used by `rekey-origin user import`.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "origin/ports/user.h"
#include "origin/postgres/operator_accounts.h"
#include "origin/postgres/pool.h"
#include "shared/email_address.h"
#include "shared/username.h"

namespace rekey {

// A valid account of the other system. `line` is where it stands in the file.
struct ImportedUser {
  std::int64_t line = 0;
  std::string id;  // a UUID; "" for a new one
  Username username;
  EmailAddress email;
  PasswordHash password_hash;  // "" for an account without a password
  std::string sign_in_with;    // how such an account signs in; "" if not known
  std::string language;
  Standing standing = Standing::kActive;
  enum class Mark : std::uint8_t { kNo, kYes };
  Mark verified = Mark::kNo;
  Mark superuser = Mark::kNo;
  std::string created_at;  // ISO 8601 with an offset; "" for now
};

// An account that was not written.
struct LeftOut {
  std::int64_t line = 0;
  // kExisting: the address has an account. kNameTaken, kIdTaken: another address has the name or the id. kCollided: somebody
  // registered the address or the name in the same moment.
  enum class Reason : std::uint8_t { kExisting, kNameTaken, kIdTaken, kCollided } reason = Reason::kExisting;
};

// kTry changes nothing, and finds what kWrite would leave out.
enum class ImportMode : std::uint8_t { kWrite, kTry };

class PostgresUserImport {
 public:
  PostgresUserImport(PostgresPool& pool, ImportMode mode, OperatorAct act) : pool_(pool), mode_(mode), act_(std::move(act)) {}

  // Writes all of the batch that is not there, with a row of the audit log, in one transaction.
  // In: no address, name or id twice, in any ASCII case. Returns: the others, by line.
  // Throws: Unavailable; nothing of the batch was written, unless only the answer to the commit was lost: then a second run of
  // the file finds it there.
  std::vector<LeftOut> write(std::span<const ImportedUser> batch);

  // After the last batch: statistics for the planner.
  void finish();

 private:
  PostgresPool& pool_;
  ImportMode mode_;
  OperatorAct act_;
};

}  // namespace rekey
