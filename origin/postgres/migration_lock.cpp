#include "origin/postgres/migration_lock.h"

namespace rekey {
namespace {

// Any fixed number; the same in every version of the program. It does not wait: a statement that waits holds a snapshot, for
// whose end CREATE INDEX CONCURRENTLY of the run at work would wait in turn, for ever.
constexpr SqlStatement kTryLock{"migration_lock", "SELECT pg_try_advisory_xact_lock(7203491865) AS held"};
constexpr SqlStatement kStillThere{"migration_lock_there", "SELECT 1 AS there"};

// Between its statements a transaction of this level holds no snapshot; of others it would, with the same end. No time-out may
// end it while a long step is at work.
constexpr const char* kSettle =
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL application_name = 'rekey migrate'";

}  // namespace

MigrationLock::MigrationLock(const std::string& conninfo, const std::function<void()>& wait) : connection_(conninfo) {
  while (!try_once()) wait();
}

bool MigrationLock::try_once() {
  connection_.begin();
  connection_.run_script(kSettle);
  if (connection_.run(kTryLock)[0].boolean("held")) return true;
  connection_.roll_back();
  return false;
}

void MigrationLock::require() { connection_.run(kStillThere); }

}  // namespace rekey
