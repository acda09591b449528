#include "origin/postgres/migration_record.h"

#include <algorithm>

namespace rekey {
namespace {

// Rows are few and never deleted. Of an origin's user it needs only SELECT; more does no harm.
constexpr SqlStatement kCreate{"migration_records", R"(
CREATE TABLE IF NOT EXISTS rekey.schema_migrations (
  name        text PRIMARY KEY,
  checksum    text NOT NULL,
  serves_from integer NOT NULL,            -- the oldest schema whose program works with this one
  steps_done  integer NOT NULL DEFAULT 0,
  batches_at  text,                        -- where the batches of the next step go on
  begun_at    timestamptz NOT NULL DEFAULT now(),
  applied_at  timestamptz                  -- NULL until its last step is done
))"};

// Asked first: CREATE SCHEMA IF NOT EXISTS, and the same for a table, need the right to make one even where there is one.
constexpr SqlStatement kHasSchema{"migration_schema_exists", "SELECT to_regnamespace('rekey') IS NOT NULL AS there"};
constexpr SqlStatement kCreateSchema{"migration_schema", "CREATE SCHEMA rekey"};

constexpr SqlStatement kExist{"migration_records_exist", "SELECT to_regclass('rekey.schema_migrations') IS NOT NULL AS there"};

constexpr SqlStatement kRead{"migration_records_read", R"(
SELECT name, checksum, serves_from, steps_done, batches_at, applied_at IS NOT NULL AS finished FROM rekey.schema_migrations ORDER BY name)"};

constexpr SqlStatement kBegin{"migration_begin", R"(
INSERT INTO rekey.schema_migrations (name, checksum, serves_from) VALUES ($1, $2, $3) RETURNING name)"};

constexpr SqlStatement kStepDone{"migration_step_done", R"(
UPDATE rekey.schema_migrations
SET steps_done = $2 + 1, batches_at = NULL, applied_at = CASE WHEN $2 + 1 = $3 THEN now() END
WHERE name = $1 AND steps_done = $2 AND applied_at IS NULL RETURNING name)"};

constexpr SqlStatement kBatchDone{"migration_batch_done", R"(
UPDATE rekey.schema_migrations SET batches_at = $4
WHERE name = $1 AND steps_done = $2 AND applied_at IS NULL AND batches_at IS NOT DISTINCT FROM $3 RETURNING name)"};

RecordedMigration read_record(const SqlRow& row) {
  RecordedMigration record;
  record.name = row.text("name");
  record.checksum = row.text("checksum");
  record.serves_from = static_cast<int>(row.integer("serves_from"));
  record.steps_done = static_cast<std::size_t>(row.integer("steps_done"));
  record.is_finished = row.boolean("finished");
  if (!row.is_null("batches_at")) record.batches_at = row.text("batches_at");
  return record;
}

void require_same(const RecordedMigration& record, const MigrationPlan& plan) {
  if (record.checksum == plan.checksum) return;
  throw MigrationRefused("migration " + record.name +
                         " has changed since it was applied: restore the file, and add a new migration instead");
}

void require_service(const RecordedMigration& record, int own) {
  if (record.serves_from <= own) return;
  throw MigrationRefused("the database has migration " + record.name + ", which serves no program older than schema " +
                         schema_text(record.serves_from) + "; this one is of schema " + schema_text(own) +
                         ": run a program that is as new as the database");
}

[[noreturn]] void refuse_stranger(const RecordedMigration& record) {
  throw MigrationRefused("the database holds migration " + record.name +
                         ", which this program does not know: run a program that is as new as the database");
}

void require_change(const SqlRows& changed, const MigrationPlan& plan) {
  if (changed.size() == 1) return;
  throw MigrationRefused("another run went on with migration " + std::string(plan.name) + ": this one ends");
}

SqlParams& add_optional(SqlParams& params, const std::optional<std::string>& text) {
  return text ? params.text(*text) : params.null();
}

}  // namespace

std::vector<RecordedMigration> read_records(const RunStatement& run) {
  std::vector<RecordedMigration> records;
  if (!run(kExist)[0].boolean("there")) return records;
  const SqlRows rows = run(kRead);
  for (std::size_t i = 0; i < rows.size(); ++i) records.push_back(read_record(rows[i]));
  return records;
}

SchemaState compare_schema(std::span<const RecordedMigration> records, std::span<const MigrationPlan> plans) {
  const int own = plans.empty() ? 0 : plans.back().number;
  SchemaState state;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    if (i < plans.size() && record.name == plans[i].name) {
      require_same(record, plans[i]);
      if (record.is_finished) ++state.finished;
      if (!record.is_finished) state.begun = record;
    } else if (i >= plans.size() && number_of_migration(record.name) > own) {
      require_service(record, own);
      state.newer.push_back(record);
    } else {
      refuse_stranger(record);
    }
  }
  return state;
}

SchemaState require_schema(std::span<const RecordedMigration> records, std::span<const MigrationPlan> plans) {
  auto state = compare_schema(records, plans);
  if (state.finished == plans.size()) return state;
  const std::string name(plans[state.finished].name);
  throw MigrationRefused((state.begun ? "the database has not finished migration " : "the database lacks migration ") + name +
                         ": run `rekey-origin migrate`");
}

void create_records(PostgresConnection& connection) {
  if (!connection.run(kHasSchema)[0].boolean("there")) connection.run(kCreateSchema);
  if (!connection.run(kExist)[0].boolean("there")) connection.run(kCreate);
}

void record_beginning(PostgresConnection& connection, const MigrationPlan& plan) {
  connection.run(kBegin, SqlParams().text(plan.name).text(plan.checksum).integer(plan.serves_from));
}

void record_step(PostgresConnection& connection, const MigrationPlan& plan, std::size_t before) {
  const auto step = static_cast<std::int64_t>(before);
  const auto steps = static_cast<std::int64_t>(plan.steps.size());
  require_change(connection.run(kStepDone, SqlParams().text(plan.name).integer(step).integer(steps)), plan);
}

void record_batch(PostgresConnection& connection, const MigrationPlan& plan, std::size_t step,
                  const std::optional<std::string>& from, const std::string& to) {
  SqlParams params;
  params.text(plan.name).integer(static_cast<std::int64_t>(step));
  add_optional(params, from).text(to);
  require_change(connection.run(kBatchDone, params), plan);
}

}  // namespace rekey
