// Brings a database to the schema that this program was built with: `rekey-origin migrate`, and a check when the server starts.
// Migrations are the numbered files of origin/migrations, embedded when building. Each runs once, in a transaction of its own,
// and is recorded with its SHA-256. Nothing is ever undone; a file that was applied may not change any more.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "origin/postgres/connection.h"

namespace rekey {

struct Migration {
  std::string_view name;  // "0001_schema.sql"
  std::string_view sql;
};

// The files of origin/migrations, by number.
std::span<const Migration> embedded_migrations();

// The database and the program don't go together; the text says why, for the operator.
class MigrationRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Applies what is missing, under an advisory lock: of several that start at once one works, the others wait.
// Returns: the names of the migrations applied now.
// Throws: Unavailable where the database can't be reached; MigrationRefused where an applied file has changed since, where the
// database is newer than the program, or where a file fails (then nothing of that file was done).
std::vector<std::string> apply_migrations(const std::string& database_url, std::span<const Migration> migrations);

// For the server's start: throws as apply_migrations() would, and MigrationRefused where something is missing.
void check_migrations(const std::string& database_url, std::span<const Migration> migrations);

}  // namespace rekey
