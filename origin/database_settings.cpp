#include "origin/database_settings.h"

#include <algorithm>

namespace rekey {
namespace {

// With the defaults of DATABASE_WAIT_MS and DATABASE_STATEMENT_MS less than the 3 s that the edge waits for a call that hashes
// nothing. Shorter, and a slow disk of the standby would cut calls that are about to succeed.
constexpr std::chrono::milliseconds kAnswerGrace{500};

std::size_t worker_share(const Settings& settings) { return std::max<std::size_t>(1, settings.database_pool_size / 5); }

void set_statement_time(PostgresTimeouts& timeouts, std::chrono::milliseconds longest) {
  timeouts.statement = longest;
  timeouts.lock = longest * 3 / 4;  // shorter, so that a lock conflict is reported as one
}

PostgresPoolSettings pool_settings(const Settings& settings, std::size_t size) {
  PostgresPoolSettings pool;
  pool.database_url = settings.database_url.reveal();
  pool.size = size;
  pool.longest_wait = settings.database_wait;
  pool.timeouts.connect = settings.database_connect;
  return pool;
}

}  // namespace

DatabaseAccess database_access(const Settings& settings) {
  DatabaseAccess access{settings.database_url.reveal()};
  access.timeouts.connect = settings.database_connect;
  return access;
}

PostgresPoolSettings request_pool_settings(const Settings& settings) {
  auto pool = pool_settings(settings, settings.database_pool_size - worker_share(settings));
  set_statement_time(pool.timeouts, settings.database_statement);
  pool.answer_grace = kAnswerGrace;
  return pool;
}

PostgresPoolSettings worker_pool_settings(const Settings& settings) {
  auto pool = pool_settings(settings, worker_share(settings));
  pool.plans = PostgresPlans::kByIndex;
  set_statement_time(pool.timeouts, std::max(pool.timeouts.statement, settings.database_statement));
  return pool;
}

}  // namespace rekey
