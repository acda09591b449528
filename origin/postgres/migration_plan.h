// A migration's file, read: for whom the schema is still good after it, and its steps. The files are those of origin/migrations:
//
//     -- serves: 0001
//     -- step: short rekey.users
//     ALTER TABLE rekey.users ADD COLUMN seen_at timestamptz;
//     -- step: index users_seen_at
//     CREATE INDEX CONCURRENTLY users_seen_at ON rekey.users (seen_at);
//
// The first line names the oldest schema whose program works with the migrated database, and with it during the migration. A
// migration that only adds names an earlier one; one that breaks older programs names its own number.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

// Quotes the statements of a short step, so it stands in none of them.
inline constexpr std::string_view kStepQuote = "$rekey_step$";

struct Migration {
  std::string_view name;  // "0001_schema.sql"
  std::string_view sql;
};

// The database and the program do not match, or a migration can't be applied; the text tells the operator why.
class MigrationRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// kShort: statements of one transaction, which together take a second at most; the only kind that may lock out calls. If it
// alters a table that calls use, it names that table and alters no other: it would hold the first while it waits for the second.
// kIndex: one `CREATE [UNIQUE] INDEX CONCURRENTLY name ON table ...`. An invalid index, left by an interrupted run, is dropped
// and built again. kAlone: one statement that locks nobody out and may run twice, outside a transaction and without a time limit:
// ALTER TABLE ... VALIDATE CONSTRAINT, DROP INDEX CONCURRENTLY IF EXISTS, ANALYZE. kBatches: one statement, which walks a table
// by its key and runs until it finds no more rows, each time as a transaction. It takes the last key ($1, text, NULL at first)
// and a number of rows ($2, bigint), and returns one row: `last` (text, NULL after the last row) and `changed` (bigint). New rows
// must get their value by a default: the walk does not come back for them.
enum class StepKind : std::uint8_t { kShort, kIndex, kAlone, kBatches };

struct MigrationStep {
  StepKind kind = StepKind::kShort;
  std::string_view object;  // of kIndex: the index; of kShort: the table that it alters, "" for none
  std::string_view table;   // of kIndex: the index's
  std::string_view sql;

  std::string kind_text() const;   // "index users_seen_at", as in the file
  std::string index_name() const;  // "rekey.users_seen_at": an index is in the schema of its table
};

struct MigrationPlan {
  std::string_view name;
  int number = 0;       // of the name: the schema after it
  int serves_from = 0;  // the oldest schema whose program still works
  std::string checksum;
  std::vector<MigrationStep> steps;
};

// Throws: MigrationRefused for a file of another form.
MigrationPlan read_migration(const Migration& migration);
std::vector<MigrationPlan> read_migrations(std::span<const Migration> migrations);

// Returns: the number that the name begins with; 0 without one.
int number_of_migration(std::string_view name);

// Returns: "0007", as the names of files have it.
std::string schema_text(int number);

}  // namespace rekey
