#include "origin/postgres/migration_step.h"

#include <algorithm>
#include <thread>

namespace rekey {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kLeastBatch = 10;
constexpr std::size_t kMostBatch = 2'000;
constexpr std::chrono::seconds kTellEvery{5};

// Ends a statement whose client is gone: else the index of a run that was killed is built on, for as long as that takes.
// PostgreSQL 13 has no such setting.
constexpr SqlStatement kNoticeOurEnd{"migration_notice_end", R"(
SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval')"};

constexpr SqlStatement kIndexState{"migration_index", R"(
SELECT coalesce(i.indisvalid, false) AS valid, i.indrelid IS NOT DISTINCT FROM to_regclass($2) AS ours
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.oid = to_regclass($1))"};

constexpr SqlStatement kIndexBuilder{"migration_index_builder", R"(
SELECT 1 FROM pg_stat_progress_create_index WHERE datname = current_database() AND index_relid = to_regclass($1))"};

enum class IndexState : std::uint8_t { kNone, kInvalid, kValid, kOther };

IndexState state_of_index(PostgresConnection& connection, const MigrationStep& step) {
  const auto rows = connection.run(kIndexState, SqlParams().text(step.index_name()).text(step.table));
  if (rows.empty()) return IndexState::kNone;
  if (!rows[0].boolean("ours")) return IndexState::kOther;
  return rows[0].boolean("valid") ? IndexState::kValid : IndexState::kInvalid;
}

constexpr std::string_view kDuplicateTable = "42P07";

// A held lock (55P03), a statement that ran into its time-out (57014), a deadlock: worth another try.
bool may_pass(const DatabaseFault& fault) {
  return fault.kind() == FaultKind::kCollided || fault.sqlstate() == "55P03" || fault.sqlstate() == "57014";
}

milliseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

std::string milliseconds_text(milliseconds time) { return "'" + std::to_string(time.count()) + "ms'"; }

// `statement_timeout` counts for each statement of a script anew, but once for a DO.
std::string as_one_statement(std::string_view script) {
  const std::string quote(kStepQuote);
  return "DO $rekey_do$ BEGIN EXECUTE " + quote + std::string(script) + quote + "; END $rekey_do$";
}

}  // namespace

// A walk of batches over a table: where it is, and how fast it goes.
struct MigrationWorker::Walk {
  std::string name;
  SqlStatement statement;
  std::optional<std::string> at;
  std::size_t size = 0;
  std::int64_t changed = 0;
  steady_clock::time_point begun = steady_clock::now();
  steady_clock::time_point told = begun;

  void shrink() { size = std::max(kLeastBatch, size / 2); }
  void adapt(milliseconds took, milliseconds good) {
    if (took > 2 * good) shrink();
    if (took < good / 2) size = std::min(kMostBatch, size * 2);
  }
  std::string progress() const {
    const auto spent = std::max<std::int64_t>(1, since(begun).count());
    return name + ": " + std::to_string(changed) + " rows, " + std::to_string(changed * 1000 / spent) + " a second";
  }
};

struct MigrationWorker::Batch {
  std::optional<std::string> last;
  std::int64_t changed = 0;
  milliseconds took{};
};

std::string name_of_step(const MigrationPlan& plan, std::size_t step) {
  return std::string(plan.name) + ", step " + std::to_string(step + 1) + " of " + std::to_string(plan.steps.size()) + " (" +
         plan.steps[step].kind_text() + ")";
}

MigrationWorker::MigrationWorker(const std::string& conninfo, MigrationLock& lock, const MigrationOptions& options)
    : connection_(conninfo), lock_(lock), options_(options) {
  connection_.run(kNoticeOurEnd);
}

void MigrationWorker::run(const MigrationPlan& plan, std::size_t step, const std::optional<std::string>& batches_at) {
  lock_.require();
  try {
    switch (plan.steps[step].kind) {
      case StepKind::kShort:
        return run_short(plan, step);
      case StepKind::kIndex:
        return run_index(plan, step);
      case StepKind::kAlone:
        return run_alone(plan, step);
      case StepKind::kBatches:
        return run_batches(plan, step, batches_at);
    }
  } catch (const DatabaseFault& fault) {
    connection_.roll_back();
    if (fault.kind() != FaultKind::kRefused) throw;
    throw MigrationRefused("migration " + name_of_step(plan, step) + " failed with SQLSTATE " + fault.sqlstate());
  }
}

void MigrationWorker::run_short(const MigrationPlan& plan, std::size_t step) {
  const auto attempt = [&] {
    begin_within(options_.pace.longest_short);
    disperse_vacuum(plan.steps[step]);
    connection_.run_script(as_one_statement(plan.steps[step].sql));
    record_step(connection_, plan, step);
    connection_.commit();
  };
  try_until_done(name_of_step(plan, step), attempt, [] {});
}

// An automatic vacuum, which may hold a large table for minutes, ends when somebody has waited for it for `deadlock_timeout`.
// This lock waits that long, and lets all calls pass meanwhile: they need no lock of its kind.
void MigrationWorker::disperse_vacuum(const MigrationStep& step) {
  if (step.object.empty()) return;
  set_lock_timeout(options_.pace.longest_vacuum_wait);
  connection_.run_script(
      "SET LOCAL statement_timeout = 0; LOCK TABLE " + std::string(step.object) +
      " IN SHARE UPDATE EXCLUSIVE MODE; SET LOCAL statement_timeout = " + milliseconds_text(options_.pace.longest_short));
  set_lock_timeout(options_.pace.longest_lock_wait);
}

// Outside a transaction, so it is recorded apart: a run that is killed in between finds the index there.
void MigrationWorker::run_index(const MigrationPlan& plan, std::size_t step) {
  options_.tell(name_of_step(plan, step) + ": begins, and waits for the end of all transactions that are open now");
  try_until_done(name_of_step(plan, step), [&] { build_index(plan, step); }, [] {});
  record_step(connection_, plan, step);
}

// An invalid index serves no statement and still costs each write, and a unique one refuses rows: it does not stay.
void MigrationWorker::build_index(const MigrationPlan& plan, std::size_t step) {
  const auto& row = plan.steps[step];
  drop_invalid(plan, step);
  if (state_of_index(connection_, row) == IndexState::kValid) return;
  try {
    connection_.run_script(std::string(row.sql));
  } catch (const DatabaseFault& fault) {
    if (connection_.usable()) drop_invalid(plan, step);
    if (fault.sqlstate() != kDuplicateTable) throw;
    throw DatabaseFault(FaultKind::kCollided, fault.sqlstate());  // the server still had the statement of a run that is gone
  }
}

void MigrationWorker::drop_invalid(const MigrationPlan& plan, std::size_t step) {
  const auto& row = plan.steps[step];
  await_builder(plan, step);
  const auto state = state_of_index(connection_, row);
  if (state == IndexState::kOther) {
    throw MigrationRefused("migration " + name_of_step(plan, step) + " finds something else of this name, not an index of " +
                           std::string(row.table));
  }
  if (state != IndexState::kInvalid) return;
  lock_.require();
  connection_.run_script("DROP INDEX CONCURRENTLY " + row.index_name());
}

// After a run that was killed the server may still build its index: to drop it now would deadlock, or remove a good one.
void MigrationWorker::await_builder(const MigrationPlan& plan, std::size_t step) {
  const auto is_built = [&] { return !connection_.run(kIndexBuilder, SqlParams().text(plan.steps[step].index_name())).empty(); };
  if (!is_built()) return;
  options_.tell(name_of_step(plan, step) + ": an earlier run's statement still builds it: waiting for its end");
  do {
    lock_.require();
    std::this_thread::sleep_for(options_.pace.next_look);
  } while (is_built());
}

void MigrationWorker::run_alone(const MigrationPlan& plan, std::size_t step) {
  options_.tell(name_of_step(plan, step) + ": begins");
  connection_.run_script(std::string(plan.steps[step].sql));
  record_step(connection_, plan, step);
}

void MigrationWorker::run_batches(const MigrationPlan& plan, std::size_t step, const std::optional<std::string>& batches_at) {
  const auto& text = texts_.emplace_back(plan.steps[step].sql);
  // Short: the server cuts names of statements after 63 bytes.
  const auto& name = texts_.emplace_back("batches " + std::to_string(plan.number) + "." + std::to_string(step));
  Walk walk{name_of_step(plan, step), {name.c_str(), text.c_str()}, batches_at, options_.pace.first_batch};
  for (;;) {
    lock_.require();
    Batch batch;
    try_until_done(walk.name, [&] { batch = run_batch(plan, step, walk); }, [&] { walk.shrink(); });
    if (!batch.last) break;
    walk.at = batch.last;
    walk.changed += batch.changed;
    if (steady_clock::now() - walk.told > kTellEvery) {
      walk.told = steady_clock::now();
      options_.tell(walk.progress());
    }
    walk.adapt(batch.took, options_.pace.good_batch);
    std::this_thread::sleep_for(batch.took);  // half of the time for the calls beside it
  }
  options_.tell(walk.progress());
}

// A batch and the record of how far it came are one transaction. The walk's end is recorded as the step's.
MigrationWorker::Batch MigrationWorker::run_batch(const MigrationPlan& plan, std::size_t step, const Walk& walk) {
  const auto begun = steady_clock::now();
  begin_within(options_.pace.longest_batch);
  SqlParams params;
  (walk.at ? params.text(*walk.at) : params.null()).integer(static_cast<std::int64_t>(walk.size));
  const auto rows = connection_.run(walk.statement, params);
  Batch batch{std::nullopt, rows[0].integer("changed"), {}};
  if (rows[0].is_null("last")) {
    record_step(connection_, plan, step);
  } else {
    batch.last = rows[0].text("last");
    record_batch(connection_, plan, step, walk.at, *batch.last);
  }
  connection_.commit();
  batch.took = since(begun);
  return batch;
}

void MigrationWorker::begin_within(milliseconds longest_statement) {
  connection_.begin();
  set_lock_timeout(options_.pace.longest_lock_wait);
  connection_.run_script("SET LOCAL application_name = 'rekey migrate'; SET LOCAL statement_timeout = " +
                         milliseconds_text(longest_statement));
}

void MigrationWorker::set_lock_timeout(milliseconds longest) {
  connection_.run_script("SET LOCAL lock_timeout = " + milliseconds_text(longest));
}

void MigrationWorker::try_until_done(const std::string& name, const std::function<void()>& attempt,
                                     const std::function<void()>& after_failure) {
  const auto begun = steady_clock::now();
  auto pause = options_.pace.first_pause;
  for (;;) {
    try {
      return attempt();
    } catch (const DatabaseFault& fault) {
      connection_.roll_back();
      if (!may_pass(fault)) throw;
      if (since(begun) > options_.pace.patience) {
        throw MigrationRefused("migration " + name + " found a table held again and again (SQLSTATE " + fault.sqlstate() +
                               "): see pg_stat_activity for a long transaction, then run it again");
      }
      options_.tell(name + ": gave way (SQLSTATE " + fault.sqlstate() + "), tries again");
    }
    after_failure();
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, options_.pace.longest_pause);
  }
}

}  // namespace rekey
