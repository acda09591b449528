// Whether the database's schema still serves a running origin: `serve` checks it at the start (migration_runner.h), and each
// question to /readyz and each reading of the metrics checks it again. A migration that breaks older programs so takes those that
// still run out of the load balancer, and rings. Calls go on: the edge asks no /readyz.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/postgres/migration_record.h"
#include "origin/postgres/pool.h"

namespace rekey {

class SchemaWatch {
 public:
  SchemaWatch(std::span<const Migration> migrations, Metrics& metrics, EventLog& log)
      : plans_(read_migrations(migrations)), metrics_(metrics), log_(log) {}

  // Raises the alarm when the schema ceases to serve. Returns: whether it serves. Throws: Unavailable.
  bool serves(PostgresPool& pool);

  // Throws: Unavailable, also if the schema does not serve.
  void require(PostgresPool& pool);

 private:
  const std::vector<MigrationPlan> plans_;
  Metrics& metrics_;
  EventLog& log_;
  std::atomic_flag alarmed_;
};

}  // namespace rekey
