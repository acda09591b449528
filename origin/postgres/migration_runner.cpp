#include "origin/postgres/migration_runner.h"

#include <thread>

#include "origin/postgres/migration_step.h"

namespace rekey {
namespace {

// No time-out but those that a step sets: an index may take an hour.
std::string conninfo_for(const DatabaseAccess& access) {
  constexpr std::chrono::milliseconds kUnlimited{0};
  return with_timeouts(access.database_url, {kUnlimited, kUnlimited, kUnlimited, access.timeouts.connect});
}

std::vector<RecordedMigration> records_of(PostgresConnection& connection) {
  return read_records([&](const SqlStatement& statement) { return connection.run(statement); });
}

std::vector<RecordedMigration> records_at(const DatabaseAccess& access) {
  PostgresConnection connection(access);
  return records_of(connection);
}

// Throws: MigrationRefused if the database's role has no right to the first change.
template <class Work>
void as_owner(const Work& work) {
  try {
    work();
  } catch (const DatabaseFault& fault) {
    if (fault.sqlstate() != "42501") throw;
    throw MigrationRefused(
        "the role in DATABASE_URL may not change the schema: run `rekey-origin migrate` as the one that owns it");
  }
}

class MigrationRun {
 public:
  MigrationRun(const std::string& conninfo, std::span<const MigrationPlan> plans, const MigrationOptions& options)
      : plans_(plans), options_(options), lock_(conninfo, [this] { wait(); }), worker_(conninfo, lock_, options_) {}

  std::vector<std::string> run() {
    as_owner([this] { create_records(worker_.connection()); });
    const auto state = compare_schema(records_of(worker_.connection()), plans_);
    std::vector<std::string> names;
    for (std::size_t i = state.finished; i < plans_.size(); ++i) {
      finish(plans_[i], i == state.finished ? state.begun : std::nullopt);
      names.emplace_back(plans_[i].name);
    }
    return names;
  }

 private:
  void wait() {
    if (!told_) options_.tell("another `migrate` is at work: waiting for its end");
    told_ = true;
    std::this_thread::sleep_for(options_.pace.next_look);
  }

  // Recorded before its first step: an older program that it no longer serves then knows.
  void finish(const MigrationPlan& plan, const std::optional<RecordedMigration>& begun) {
    if (!begun) as_owner([&] { record_beginning(worker_.connection(), plan); });
    const auto first = begun ? begun->steps_done : 0;
    for (std::size_t step = first; step < plan.steps.size(); ++step) {
      worker_.run(plan, step, begun && step == first ? begun->batches_at : std::nullopt);
    }
  }

  std::span<const MigrationPlan> plans_;
  const MigrationOptions& options_;
  bool told_ = false;
  MigrationLock lock_;
  MigrationWorker worker_;
};

std::string describe(const MigrationPlan& plan, std::size_t step) {
  const bool only_adds = plan.serves_from < plan.number;
  return name_of_step(plan, step) +
         (only_adds ? ", serves programs from schema " + schema_text(plan.serves_from) + " on" : ", serves no older program");
}

}  // namespace

std::vector<std::string> apply_migrations(const DatabaseAccess& access, std::span<const Migration> migrations,
                                          const MigrationOptions& options) {
  const auto plans = read_migrations(migrations);
  return MigrationRun(conninfo_for(access), plans, options).run();
}

std::vector<std::string> preview_migrations(const DatabaseAccess& access, std::span<const Migration> migrations) {
  const auto plans = read_migrations(migrations);
  const auto state = compare_schema(records_at(access), plans);
  std::vector<std::string> lines;
  for (std::size_t i = state.finished; i < plans.size(); ++i) {
    const auto done = i == state.finished && state.begun ? state.begun->steps_done : 0;
    for (std::size_t step = done; step < plans[i].steps.size(); ++step) lines.push_back(describe(plans[i], step));
  }
  return lines;
}

SchemaState check_migrations(const DatabaseAccess& access, std::span<const Migration> migrations) {
  const auto plans = read_migrations(migrations);
  return require_schema(records_at(access), plans);
}

}  // namespace rekey
