// Does one step of a migration, and records it. A short step or a batch that meets a held lock gives way to the calls that wait
// behind it, and tries again; an index is built beside them, and waits for the end of every transaction that was open before.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "origin/postgres/migration_lock.h"
#include "origin/postgres/migration_runner.h"

namespace rekey {

class MigrationWorker {
 public:
  MigrationWorker(const std::string& conninfo, MigrationLock& lock, const MigrationOptions& options);

  PostgresConnection& connection() { return connection_; }

  // In: the key at which a walk of batches that was cut off goes on.
  // Throws: Unavailable; MigrationRefused if it fails for good.
  void run(const MigrationPlan& plan, std::size_t step, const std::optional<std::string>& batches_at);

 private:
  struct Walk;
  struct Batch;
  void run_short(const MigrationPlan& plan, std::size_t step);
  void run_index(const MigrationPlan& plan, std::size_t step);
  void run_alone(const MigrationPlan& plan, std::size_t step);
  void run_batches(const MigrationPlan& plan, std::size_t step, const std::optional<std::string>& batches_at);
  Batch run_batch(const MigrationPlan& plan, std::size_t step, const Walk& walk);
  void build_index(const MigrationPlan& plan, std::size_t step);
  void drop_invalid(const MigrationPlan& plan, std::size_t step);
  void await_builder(const MigrationPlan& plan, std::size_t step);
  void disperse_vacuum(const MigrationStep& step);
  void begin_within(std::chrono::milliseconds longest_statement);
  void set_lock_timeout(std::chrono::milliseconds longest);
  void try_until_done(const std::string& name, const std::function<void()>& attempt, const std::function<void()>& after_failure);

  PostgresConnection connection_;
  MigrationLock& lock_;
  const MigrationOptions& options_;
  std::deque<std::string> texts_;  // of the batches' statements, which the connection keeps prepared
};

// Returns: "0002_seen.sql, step 2 of 3 (index users_seen_at)".
std::string name_of_step(const MigrationPlan& plan, std::size_t step);

}  // namespace rekey
