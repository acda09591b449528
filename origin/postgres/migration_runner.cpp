#include "origin/postgres/migration_runner.h"

#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {

namespace {

constexpr std::chrono::milliseconds kLongestWaitForOthers{60'000};

// Any fixed number; the same in every version of the program.
constexpr SqlStatement kLock{"migration_lock", "SELECT pg_advisory_lock(7203491865)"};

constexpr SqlStatement kCreateRecord{"migration_record", R"(
CREATE TABLE IF NOT EXISTS schema_migrations (
  name       text PRIMARY KEY,
  checksum   text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
))"};

constexpr SqlStatement kHasRecord{"migration_has_record", "SELECT to_regclass('schema_migrations') IS NOT NULL AS there"};
constexpr SqlStatement kApplied{"migration_applied", "SELECT name, checksum FROM schema_migrations ORDER BY name"};
constexpr SqlStatement kRecord{"migration_insert", "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)"};

std::string checksum(const Migration& migration) { return to_hex(sha256({as_bytes(migration.sql)})); }

std::string conninfo_for(const std::string& database_url) {
  constexpr std::chrono::milliseconds kUnlimited{0};  // migrating a large table may take long
  return with_timeouts(database_url,
                       {.statement = kUnlimited, .lock = kLongestWaitForOthers, .idle_in_transaction = kLongestWaitForOthers});
}

// The applied migrations must be the first of `migrations`, unchanged.
// Returns: how many of `migrations` are applied.
std::size_t count_applied(PostgresConnection& connection, std::span<const Migration> migrations) {
  const SqlRows applied = connection.run(kApplied);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const std::string name = applied[i].text("name");
    if (i >= migrations.size() || name != migrations[i].name) {
      throw MigrationRefused("the database holds migration " + name +
                             ", which this program does not know: run a program that is as new as the database");
    }
    if (applied[i].text("checksum") != checksum(migrations[i])) {
      throw MigrationRefused("migration " + name +
                             " has changed since it was applied: restore the file, and add a new migration instead");
    }
  }
  return applied.size();
}

void apply_one(PostgresConnection& connection, const Migration& migration) {
  try {
    connection.begin();
    connection.run_script(std::string(migration.sql));
    connection.run(kRecord, SqlParams().text(migration.name).text(checksum(migration)));
    connection.commit();
  } catch (const DatabaseFault& fault) {
    connection.roll_back();
    if (fault.kind() != FaultKind::kRefused) throw;
    throw MigrationRefused("migration " + std::string(migration.name) + " failed with SQLSTATE " + fault.sqlstate());
  }
}

}  // namespace

std::vector<std::string> apply_migrations(const std::string& database_url, std::span<const Migration> migrations) {
  PostgresConnection connection(conninfo_for(database_url));
  connection.run(kLock);  // held until the connection closes
  connection.run(kCreateRecord);
  std::vector<std::string> names;
  for (const Migration& migration : migrations.subspan(count_applied(connection, migrations))) {
    apply_one(connection, migration);
    names.emplace_back(migration.name);
  }
  return names;
}

void check_migrations(const std::string& database_url, std::span<const Migration> migrations) {
  PostgresConnection connection(DatabaseAccess{database_url});
  const std::size_t applied = connection.run(kHasRecord)[0].boolean("there") ? count_applied(connection, migrations) : 0;
  if (applied < migrations.size()) {
    throw MigrationRefused("the database lacks migration " + std::string(migrations[applied].name) +
                           ": run `rekey-origin migrate`");
  }
}

}  // namespace rekey
