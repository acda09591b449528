#include "origin/postgres/migration_lock.h"

namespace rekey {
namespace {

// Any fixed number; the same in every version of the program. It does not wait: a statement that waits holds a snapshot, for
// whose end CREATE INDEX CONCURRENTLY of the run at work would wait in turn, for ever.
constexpr SqlStatement kTryLock{"migration_lock", "SELECT pg_try_advisory_xact_lock(7203491865) AS held"};

// Between its statements a transaction of this level holds no snapshot; of others it would, with the same end.
constexpr const char* kReadCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

// A prepared SELECT keeps its snapshot until another statement follows, and this is one. No time-out may end the transaction
// while a long step is at work.
constexpr const char* kSettle = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL application_name = 'rekey migrate'";

// As a script, which keeps no snapshot.
constexpr const char* kStillThere = "SELECT 1";

}  // namespace

MigrationLock::MigrationLock(const std::string& conninfo, const std::function<void()>& wait) : connection_(conninfo) {
  while (!try_once()) wait();
}

bool MigrationLock::try_once() {
  connection_.begin();
  connection_.run_script(kReadCommitted);
  if (!connection_.run(kTryLock)[0].boolean("held")) {
    connection_.roll_back();
    return false;
  }
  connection_.run_script(kSettle);
  return true;
}

void MigrationLock::require() { connection_.run_script(kStillThere); }

}  // namespace rekey
