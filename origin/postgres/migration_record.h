// What the database knows of its migrations, in the table rekey.schema_migrations: for each its checksum, the oldest schema whose
// program it serves, and how far it has come. By this a program knows whether it may work with a database that is newer than
// itself.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "origin/postgres/connection.h"
#include "origin/postgres/migration_plan.h"

namespace rekey {

struct RecordedMigration {
  std::string name;
  std::string checksum;
  int serves_from = 0;
  std::size_t steps_done = 0;
  bool is_finished = false;
  std::optional<std::string> batches_at;  // the key at which the batches of the next step go on
};

// The schema as a program sees it.
struct SchemaState {
  std::size_t finished = 0;                // of the program's own migrations
  std::optional<RecordedMigration> begun;  // the one after them, if it is under way
  std::vector<RecordedMigration> newer;    // unknown to the program; all of them serve it
};

// Runs a statement: a connection's or a pool's.
using RunStatement = std::function<SqlRows(const SqlStatement&)>;

// In: `run` for two statements, which only read.
std::vector<RecordedMigration> read_records(const RunStatement& run);

// Throws: MigrationRefused if an applied file has changed, if the database holds a migration between ours that is not ours, or if
// a newer one no longer serves this program.
SchemaState compare_schema(std::span<const RecordedMigration> records, std::span<const MigrationPlan> plans);

// Throws: as compare_schema(), and MigrationRefused if a migration of ours is missing or unfinished.
SchemaState require_schema(std::span<const RecordedMigration> records, std::span<const MigrationPlan> plans);

// The writing side, for the runner. The first makes the schema and the table, if they are missing. Each of the three others
// changes exactly the state that the caller believes in, else throws: two runs that each believe to be alone can't both do a
// step.
void create_records(PostgresConnection& connection);
void record_beginning(PostgresConnection& connection, const MigrationPlan& plan);
// In: how many steps were done before. Finishes the migration if the step was its last.
void record_step(PostgresConnection& connection, const MigrationPlan& plan, std::size_t before);
void record_batch(PostgresConnection& connection, const MigrationPlan& plan, std::size_t step,
                  const std::optional<std::string>& from, const std::string& to);

}  // namespace rekey
